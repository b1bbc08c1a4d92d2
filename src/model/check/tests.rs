//! The checks on closures with known bugs, and on closures that break rules.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::panics;

/// The same closures over the types of one tool.
macro_rules! bugs {
    ($room:ident, $tool:ident) => {
        mod $room {
            use $tool::sync::atomic::{AtomicBool, AtomicUsize, Ordering, Ordering::SeqCst};
            use $tool::sync::{Arc, Condvar, Mutex};
            use $tool::thread;

            /// Two threads add 1 in two steps: load, then store.
            pub fn lost_update() {
                let count = Arc::new(AtomicUsize::new(0));
                let other = Arc::clone(&count);
                let thread = thread::spawn(move || {
                    let seen = other.load(SeqCst);
                    other.store(seen + 1, SeqCst);
                });
                let seen = count.load(SeqCst);
                count.store(seen + 1, SeqCst);
                thread.join().unwrap();
                assert_eq!(count.load(SeqCst), 2, "an update was lost");
            }

            /// The same with one step.
            pub fn fetch_add() {
                let count = Arc::new(AtomicUsize::new(0));
                let other = Arc::clone(&count);
                let thread = thread::spawn(move || other.fetch_add(1, SeqCst));
                count.fetch_add(1, SeqCst);
                thread.join().unwrap();
                assert_eq!(count.load(SeqCst), 2, "an update was lost");
            }

            /// Two threads take two locks in opposite orders.
            pub fn opposite_locks() {
                let a = Arc::new(Mutex::new(0));
                let b = Arc::new(Mutex::new(0));
                let (a2, b2) = (Arc::clone(&a), Arc::clone(&b));
                let thread = thread::spawn(move || {
                    let _b = b2.lock().unwrap();
                    let _a = a2.lock().unwrap();
                });
                {
                    let _a = a.lock().unwrap();
                    let _b = b.lock().unwrap();
                }
                thread.join().unwrap();
            }

            /// The flag is set without the lock, so the notice may come between
            /// the look at it and the wait.
            pub fn missed_notice() {
                let ready = Arc::new((AtomicBool::new(false), Mutex::new(()), Condvar::new()));
                let other = Arc::clone(&ready);
                let thread = thread::spawn(move || {
                    other.0.store(true, SeqCst);
                    other.2.notify_one();
                });
                let guard = ready.1.lock().unwrap();
                if !ready.0.load(SeqCst) {
                    drop(ready.2.wait(guard).unwrap());
                }
                thread.join().unwrap();
            }

            /// A message behind a flag that orders nothing.
            pub fn relaxed_flag() {
                publish(Ordering::Relaxed, Ordering::Relaxed);
            }

            /// A message behind a flag that orders it.
            pub fn release_flag() {
                publish(Ordering::Release, Ordering::Acquire);
            }

            fn publish(store: Ordering, load: Ordering) {
                let shared = Arc::new((AtomicUsize::new(0), AtomicBool::new(false)));
                let other = Arc::clone(&shared);
                let thread = thread::spawn(move || {
                    other.0.store(42, Ordering::Relaxed);
                    other.1.store(true, store);
                });
                if shared.1.load(load) {
                    assert_eq!(
                        shared.0.load(Ordering::Relaxed),
                        42,
                        "an old message was read"
                    );
                }
                thread.join().unwrap();
            }
        }
    };
}

bugs!(with_loom, loom);
bugs!(with_shuttle, shuttle);

#[track_caller]
fn fails(verdict: &Verdict, kind: FailureKind, words: &str, closure: fn()) {
    let failure = verdict.failure().unwrap_or_else(|| panic!("{verdict}"));
    assert_eq!(failure.kind, kind, "{verdict}");
    assert!(failure.message.contains(words), "{verdict}");
    let again = verdict.replay(closure);
    let repeated = again.failure().unwrap_or_else(|| panic!("{again}"));
    assert_eq!((repeated.kind, &repeated.message), (kind, &failure.message));
    assert_eq!(
        (again.executions(), again.schedule()),
        (1, verdict.schedule())
    );
    let text = failure.schedule.as_ref().unwrap().to_string();
    let read: Schedule = text.parse().unwrap();
    assert_eq!(failure.schedule, Some(read));
}

#[test]
fn known_bugs_are_found_and_replayed_by_every_search() {
    let check = |kind, words, under_loom: fn(), under_shuttle: fn()| {
        fails(&exhaustive(under_loom), kind, words, under_loom);
        for verdict in [
            dfs(under_shuttle),
            random(7, under_shuttle),
            pct(7, under_shuttle),
        ] {
            fails(&verdict, kind, words, under_shuttle);
        }
    };
    check(
        FailureKind::Panic,
        "an update was lost",
        with_loom::lost_update,
        with_shuttle::lost_update,
    );
    check(
        FailureKind::Deadlock,
        "threads 0, 1 wait, and nothing can wake them",
        with_loom::opposite_locks,
        with_shuttle::opposite_locks,
    );
    check(
        FailureKind::Deadlock,
        "thread 0 waits, and nothing can wake it",
        with_loom::missed_notice,
        with_shuttle::missed_notice,
    );
}

#[test]
fn repaired_closures_are_proven() {
    let check = |verdict: Verdict| assert!(verdict.is_complete(), "{verdict}");
    check(exhaustive(with_loom::fetch_add));
    check(exhaustive(with_loom::release_flag));
    check(dfs(with_shuttle::fetch_add));
    check(dfs(with_shuttle::release_flag));
}

#[test]
fn only_loom_knows_that_relaxed_loads_may_be_old() {
    let closure = with_loom::relaxed_flag as fn();
    fails(
        &exhaustive(closure),
        FailureKind::Panic,
        "an old message was read",
        closure,
    );
    // Complete, and yet no proof: shuttle takes every ordering for SeqCst.
    let verdict = dfs(with_shuttle::relaxed_flag);
    assert!(verdict.is_complete(), "{verdict}");
}

#[test]
fn equal_seeds_give_equal_verdicts() {
    for check in [Check::random(11), Check::pct(11)] {
        let once = check.run(with_shuttle::lost_update);
        assert_eq!(once, check.run(with_shuttle::lost_update));
    }
}

#[test]
fn an_empty_closure_has_one_execution() {
    let searches = [
        Check::exhaustive(),
        Check::dfs(),
        Check::random(1),
        Check::pct(1),
    ];
    for verdict in searches.map(|check| check.run(|| ())) {
        assert!(
            verdict.is_complete() && verdict.executions() == 1,
            "{verdict}"
        );
    }
}

#[test]
fn limits_end_a_search() {
    let many_yield = || {
        let spawn = |_| shuttle::thread::spawn(shuttle::thread::yield_now);
        let threads: Vec<_> = (0..6).map(spawn).collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    };
    let check = |verdict: Verdict, expected: Stopped| match verdict {
        Verdict::Passed { stopped, .. } => assert_eq!(stopped, expected),
        other => panic!("{other}"),
    };
    let brief = Duration::from_millis(50);
    check(Check::dfs().time(brief).run(many_yield), Stopped::Time);
    check(
        Check::dfs().executions(9).run(many_yield),
        Stopped::Executions,
    );
    check(
        Check::random(3).executions(9).run(many_yield),
        Stopped::Executions,
    );
    check(
        Check::pct(3).executions(9).run(many_yield),
        Stopped::Executions,
    );
    let one = Check::exhaustive().executions(1).run(with_loom::fetch_add);
    check(one, Stopped::Executions);
    let few = Check::exhaustive().preemptions(0).run(with_loom::fetch_add);
    check(few, Stopped::PreemptionBound);
    // The very last execution is not mistaken for a limit.
    let all = exhaustive(with_loom::fetch_add).executions();
    check(
        Check::exhaustive()
            .executions(all)
            .run(with_loom::fetch_add),
        Stopped::Complete,
    );
    let all = dfs(with_shuttle::fetch_add).executions();
    check(
        Check::dfs().executions(all).run(with_shuttle::fetch_add),
        Stopped::Complete,
    );
}

#[test]
fn limits_that_leave_nothing_are_refused() {
    let check = |check: Check, expected: &str| {
        let verdict = check.run(|| ());
        let reason = verdict.reason().unwrap_or_else(|| panic!("{verdict}"));
        assert!(reason.to_string().starts_with(expected), "{reason}");
    };
    check(
        Check::dfs().executions(0),
        "a check with 0 executions was asked for",
    );
    check(
        Check::dfs().time(Duration::ZERO),
        "a check with 0 nanoseconds of time",
    );
    check(
        Check::random(1).steps(0),
        "a check with 0 steps was asked for; ask for at least 1",
    );
    check(
        Check::exhaustive().steps(100_001),
        "a check with 100001 steps",
    );
    check(Check::exhaustive().threads(0), "a check with 0 threads");
    check(
        Check::exhaustive().threads(6),
        "a check with 6 threads was asked for; ask for at least 1 and at most 5",
    );
    check(Check::pct(1).depth(0), "a check with 0 depth");
    let endless = Check::dfs()
        .time(Duration::MAX)
        .executions(u64::MAX)
        .steps(usize::MAX);
    assert!(endless.run(|| ()).is_complete());
}

#[test]
fn closures_that_break_rules_get_a_reason() {
    let check = |verdict: Verdict, expected: &str| {
        let reason = verdict.reason();
        let reason = reason.unwrap_or_else(|| panic!("{verdict}, not {expected}"));
        assert!(reason.to_string().contains(expected), "{reason}");
    };
    check(
        exhaustive(with_shuttle::lost_update),
        "uses a type of `shuttle`, and it ran under `loom`",
    );
    check(
        dfs(with_loom::lost_update),
        "uses a type of `loom`, and it ran under `shuttle`",
    );
    let crowd = || {
        for _ in 0..5 {
            loom::thread::spawn(|| ());
        }
    };
    check(exhaustive(crowd), "more than 5 threads at once");
    let runs = Arc::new(AtomicUsize::new(0));
    let moody = move || {
        let spawned = runs.fetch_add(1, Ordering::Relaxed) % 3;
        let spawn = |_| shuttle::thread::spawn(shuttle::thread::yield_now);
        let threads: Vec<_> = (0..spawned + 2).map(spawn).collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    };
    check(dfs(moody), "did something else");
    let inner = Arc::new(Mutex::new(None));
    let place = Arc::clone(&inner);
    let outer = dfs(move || *place.lock().unwrap() = Some(dfs(|| ())));
    assert!(outer.is_complete());
    check(
        inner.lock().unwrap().take().unwrap(),
        "inside of the closure of another check",
    );
    check(dfs(|| ()).replay(|| ()), "no failing schedule");
}

#[test]
fn whatever_ends_an_execution_is_a_verdict() {
    let check = |verdict: Verdict, kind: FailureKind, words: &str| {
        let failure = verdict.failure().unwrap_or_else(|| panic!("{verdict}"));
        assert_eq!(failure.kind, kind, "{verdict}");
        assert!(failure.message.contains(words), "{verdict}");
    };
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("second");
        }
    }
    let number = || std::panic::panic_any(7);
    check(dfs(number), FailureKind::Panic, "a value that is not text");
    check(
        exhaustive(number),
        FailureKind::Panic,
        "a value that is not text",
    );
    let twice = || {
        let _bomb = Bomb;
        panic!("first");
    };
    check(dfs(twice), FailureKind::Panic, "first");
    check(exhaustive(twice), FailureKind::Panic, "first");
    check(
        dfs(|| std::process::abort()),
        FailureKind::Abort,
        "std::process::abort",
    );
    let spin = || loop {
        shuttle::thread::yield_now();
    };
    check(dfs(spin), FailureKind::TooLong, "more steps");
    let spin = || loop {
        loom::thread::yield_now();
    };
    check(exhaustive(spin), FailureKind::TooLong, "more steps");
    let race = || {
        let cell = loom::sync::Arc::new(loom::cell::UnsafeCell::new(0));
        let other = loom::sync::Arc::clone(&cell);
        // SAFETY: loom stops before the two accesses meet.
        let thread = loom::thread::spawn(move || other.with_mut(|value| unsafe { *value = 1 }));
        // SAFETY: as above.
        cell.with_mut(|value| unsafe { *value = 2 });
        thread.join().unwrap();
    };
    check(
        exhaustive(race),
        FailureKind::DataRace,
        "Causality violation",
    );
    let leak = || std::mem::forget(loom::sync::Arc::new(1));
    check(exhaustive(leak), FailureKind::Leak, "leaked");
    let in_thread = || {
        let thread = shuttle::thread::spawn(|| panic!("in a thread"));
        thread.join().unwrap();
    };
    check(dfs(in_thread), FailureKind::Panic, "in a thread");
}

#[test]
fn a_closure_that_waits_outside_of_the_model_is_left_behind() {
    let held = Arc::new(Mutex::new(()));
    let guard = held.lock().unwrap();
    let inside = Arc::clone(&held);
    let verdict = Check::dfs().time(Duration::from_millis(10)).run(move || {
        drop(inside.lock().unwrap());
    });
    drop(guard);
    assert!(
        matches!(verdict.reason(), Some(Reason::Stuck { seconds: 5 })),
        "{verdict}"
    );
}

#[test]
fn checks_at_once_do_not_meet() {
    let threads: Vec<_> = (0..8)
        .map(|index| {
            std::thread::spawn(move || match index % 2 {
                0 => exhaustive(with_loom::opposite_locks),
                _ => dfs(with_shuttle::opposite_locks),
            })
        })
        .collect();
    for thread in threads {
        let verdict = thread.join().unwrap();
        assert_eq!(
            verdict.failure().unwrap().kind,
            FailureKind::Deadlock,
            "{verdict}"
        );
    }
}

#[test]
fn a_lock_that_is_taken_twice_is_named() {
    let verdict = dfs(|| {
        let lock = shuttle::sync::Mutex::new(0);
        let _once = lock.lock().unwrap();
        let _twice = lock.lock().unwrap();
    });
    let failure = verdict.failure().unwrap();
    assert_eq!(failure.kind, FailureKind::Deadlock);
    assert_eq!(
        failure.message,
        "thread 0 tried to acquire a Mutex it already holds"
    );
}

#[test]
fn the_panic_hook_is_put_back() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        ears.lock().unwrap().push(panics::message(panic.payload()));
    }));
    let _ = dfs(with_shuttle::lost_update);
    let _ = exhaustive(with_loom::opposite_locks);
    let _ = std::panic::catch_unwind(|| panic!("after"));
    std::panic::set_hook(before);
    assert_eq!(*heard.lock().unwrap(), ["after"]);
}

#[test]
fn a_schedule_for_another_closure_is_refused() {
    let check = |schedule: &str, closure: fn(), expected: &str| {
        let verdict = replay(&schedule.parse().unwrap(), closure);
        assert!(verdict.to_string().contains(expected), "{verdict}");
    };
    let closure = with_shuttle::lost_update as fn();
    check(
        "shuttle 99 0 9",
        closure,
        "thread 9 should go on and cannot",
    );
    check(
        "shuttle 99 0x2",
        closure,
        "goes on after the schedule's end",
    );
    check("shuttle 99 r1", closure, "a random number should be drawn");
    check("shuttle 99", closure, "does not fit");
    let found = exhaustive(with_loom::opposite_locks);
    let verdict = found.replay(with_loom::fetch_add);
    assert!(verdict.failure().is_none(), "{verdict}");
}

#[test]
fn damaged_schedules_are_refused() {
    let check = |text: &str, expected: &str| {
        let error = text.parse::<Schedule>().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check("", "begins with `shuttle` or `loom`");
    check("spin 1 2", "and this one with `spin`");
    check("shuttle", "the limit on its steps");
    check("shuttle 0 1", "the limit on its steps");
    check("shuttle 9 x", "word 3 of the schedule, `x`, is no step");
    check("shuttle 9 -1", "`-1`, is no step");
    check("shuttle 9 0x99999999999", "more than 10000000 steps");
    check("loom", "damaged at its threads");
    check("loom 9 9 - {}", "damaged at its threads");
    check("loom 5 0 - {}", "damaged at its steps");
    check("loom 5 9 999 {}", "damaged at its preemptions");
    check("loom 5 9 - {}", "damaged at its path");
    let damaged = r#"loom 5 9 - {"branches":{"entries":[]}}"#;
    let verdict = replay(&damaged.parse().unwrap(), || ());
    assert!(verdict.reason().is_some(), "{verdict}");
}

#[test]
fn random_numbers_are_replayed() {
    let closure = || {
        use shuttle::rand::Rng;
        let drawn = shuttle::rand::thread_rng().r#gen::<u64>() % 8;
        let check = move || assert_ne!(drawn, 5, "the number came");
        shuttle::thread::spawn(check).join().unwrap();
    };
    for verdict in [random(7, closure), pct(7, closure)] {
        fails(&verdict, FailureKind::Panic, "the number came", closure);
        assert!(verdict.schedule().unwrap().to_string().contains(" r"));
    }
}

mod process;

mod properties {
    use proptest::prelude::*;

    use super::super::schedule::Step;
    use super::super::*;

    proptest! {
        #[test]
        fn schedules_survive_their_text(
            steps in proptest::collection::vec((0_usize..4, any::<Option<u64>>()), 0..60),
        ) {
            let steps = steps.into_iter().map(|(thread, random)| {
                random.map_or(Step::Thread(thread), Step::Random)
            });
            let schedule = Schedule::of_shuttle(7, steps.collect());
            prop_assert_eq!(schedule.to_string().parse(), Ok(schedule));
        }

        #[test]
        fn reading_a_schedule_never_panics(text in "(shuttle|loom) [0-9xr \\-{}\":a-f]{0,40}") {
            let _ = text.parse::<Schedule>();
        }
    }
}
