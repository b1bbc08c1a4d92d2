//! Threads that are refused, late, many or not where they should be; and what
//! a run leaves behind.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::machine::{Footprint, allowed};

/// Fails if `run` leaves a thread, file, socket or child behind. The system
/// forgets threads with a delay, so it may take a moment.
pub(crate) fn leaves_nothing<T>(run: impl FnOnce() -> T) -> T {
    let before = Footprint::now();
    let done = run();
    let deadline = Deadline::after(Duration::from_secs(20));
    while Footprint::now() != before && !deadline.has_passed() {
        std::thread::yield_now();
    }
    assert_eq!(Footprint::now(), before);
    done
}

/// A team of four, of which the system starts only so many: the stacks of the
/// others have room in no address space.
fn refused_after(started: usize) -> Team {
    let members = (0..4).map(|number| Member {
        stack: NonZero::new(1 << 60).filter(|_| number >= started),
        ..Member::new(format!("worker {number}"))
    });
    Team::of(members)
}

/// What a team returns whose threads return their numbers.
fn numbers(team: &Team) -> Result<Crew<usize>, TeamError> {
    leaves_nothing(|| team.together(|number| number, || (), |_, number| number))
}

#[test]
fn nobody_begins_before_all_are_there() {
    let counts: [AtomicUsize; 3] = Default::default();
    let [prepared, begun, beside] = &counts;
    let seen = |count: &AtomicUsize| count.load(Ordering::Relaxed);
    let team = Team::workers(5, &allowed());
    let crew = leaves_nothing(|| {
        team.beside(
            |_| prepared.fetch_add(1, Ordering::Relaxed),
            || assert_eq!((seen(prepared), seen(begun)), (5, 0)),
            |number, _| {
                begun.fetch_add(1, Ordering::Relaxed);
                number * 10
            },
            || beside.store(1, Ordering::Relaxed),
        )
    });
    let crew = crew.unwrap();
    assert_eq!(crew.results, [0, 10, 20, 30, 40]);
    assert_eq!((seen(begun), seen(beside), crew.started), (5, 1, 5));
    assert_eq!(crew.notes(), Vec::<String>::new());
}

#[test]
fn threads_that_the_system_refuses_are_an_error_or_a_note() {
    let refusal = |result: Result<Crew<usize>, TeamError>| match result {
        Err(TeamError::Refused {
            started, wanted, ..
        }) => (started, wanted),
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal(numbers(&refused_after(2))), (2, 4));
    assert_eq!(refusal(numbers(&refused_after(0).or_fewer())), (0, 4));
    let crew = numbers(&refused_after(2).or_fewer()).unwrap();
    assert_eq!(
        (crew.results.as_slice(), crew.started),
        ([0, 1].as_slice(), 2)
    );
    let note = &crew.notes()[0];
    assert!(
        note.starts_with("The system started 2 threads of 4, then it refused: "),
        "{note}"
    );
}

#[test]
fn nobody_works_where_one_is_refused() {
    let worked = AtomicUsize::new(0);
    let count = || worked.fetch_add(1, Ordering::Relaxed);
    let team = refused_after(3);
    let result =
        leaves_nothing(|| team.beside(|_| (), || _ = count(), |_, ()| _ = count(), || _ = count()));
    assert!(result.is_err());
    assert_eq!(worked.into_inner(), 0);
}

#[test]
fn nobody_waits_for_ever_for_one_who_does_not_come() {
    let mut team = Team::workers(3, &[]);
    team.ready_within = Duration::from_millis(50);
    let late = leaves_nothing(|| team.together(|number| assert_ne!(number, 1), || (), |_, ()| ()));
    let error = late.unwrap_err();
    let expected = |error| {
        matches!(
            error,
            TeamError::NotReady {
                ready: ..3,
                wanted: 3,
                ..
            }
        )
    };
    assert!(expected(error));
    // Whoever waits goes home when the calling thread fails, too.
    let team = Team::workers(3, &[]);
    let failed = leaves_nothing(|| {
        let run = || team.together(|_| (), || assert!(team.ready_within.is_zero()), |_, ()| ());
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err()
    });
    assert!(failed);
}

#[test]
fn a_cpu_that_cannot_be_used_is_told_once_or_refused() {
    let check = |number, expected: &str| {
        let crew = numbers(&Team::workers(number, &[1_022])).unwrap();
        assert_eq!(crew.results.len(), number);
        let notes = crew.notes();
        assert!(
            notes.len() == 1 && notes[0].starts_with(expected),
            "{notes:?}"
        );
    };
    let why = "CPU 1022 cannot be used here: use one of ";
    check(
        1,
        &format!("worker 1 ran wherever the system put it: {why}"),
    );
    check(
        3,
        &format!("Threads ran wherever the system put them: {why}"),
    );
    let strict = Team::workers(2, &[1_022]).or_unpinned_fail();
    assert!(matches!(numbers(&strict), Err(TeamError::Unpinned(_))));
}

#[test]
fn a_thread_that_panics_is_missing() {
    let team = Team::workers(3, &[]);
    let crew = leaves_nothing(|| {
        team.together(
            |_| (),
            || (),
            |number, ()| {
                assert_ne!(number, 1);
                number
            },
        )
    });
    assert_eq!(crew.unwrap().results, [0, 2]);
}

#[test]
fn nobody_is_left_at_a_gate_that_is_not_opened() {
    let gate = Gate::default();
    let passed = leaves_nothing(|| {
        std::thread::scope(|scope| {
            let closer = gate.closer();
            let waits = scope.spawn(|| {
                gate.arrive();
                gate.pass()
            });
            let short = Deadline::after(Duration::from_millis(20));
            assert!(gate.wait_for(2, short) < 2 && short.has_passed());
            drop(closer);
            waits.join().unwrap()
        })
    });
    assert!(!passed);
    // What comes later does not open it.
    gate.open();
    assert!(!gate.pass());
}

#[test]
fn a_deadline_has_time_left_until_it_has_passed() {
    let past = Deadline::after(Duration::ZERO);
    assert!(past.has_passed() && past.left().is_zero());
    for far in [Duration::from_secs(100), Duration::MAX] {
        let deadline = Deadline::after(far);
        assert!(!deadline.has_passed() && deadline.left() > Duration::from_secs(50));
    }
}

#[test]
fn a_pool_is_there_when_work_begins_and_gone_afterwards() {
    let entered = AtomicUsize::new(0);
    let sum = leaves_nothing(|| {
        let name = |number| format!("thread {number}");
        let enter = |_| entered.fetch_add(1, Ordering::Relaxed);
        with_pool(3, name, enter, |pool| {
            assert_eq!(entered.load(Ordering::Relaxed), 3);
            pool.install(|| rayon::join(|| 40, || 2))
        })
    });
    assert_eq!(sum, Ok((40, 2)));
}

#[test]
fn a_thread_of_ones_own_returns_or_has_panicked() {
    let half = |number: u32| {
        assert_ne!(number, 7);
        number / 2
    };
    assert_eq!(leaves_nothing(|| alone("own", || half(8))), Ok(4));
    let gone = leaves_nothing(|| alone("own", || half(7)));
    assert_eq!(gone, Err(TeamError::Panicked));
}
