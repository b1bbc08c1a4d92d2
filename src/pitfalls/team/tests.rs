//! Teams, and what a run leaves behind.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::measure::{Member, together};
use crate::machine::{Footprint, allowed};
use crate::record::Recorder;

/// Fails if `run` leaves a thread, file, socket or child behind. The system
/// forgets threads with a delay, so it may take a moment.
pub(in crate::pitfalls) fn leaves_nothing<T>(run: impl FnOnce() -> T) -> T {
    let before = Footprint::now();
    let done = run();
    let until = Instant::now() + Duration::from_secs(20);
    while Footprint::now() != before && Instant::now() < until {
        std::thread::yield_now();
    }
    assert_eq!(Footprint::now(), before);
    done
}

#[test]
fn all_start_when_all_are_ready_and_none_is_left() {
    let recorder = Recorder::new("team");
    let members: Vec<Member> = (0..5)
        .map(|number| Member {
            name: format!("worker {number}"),
            cpu: allowed().first().copied(),
        })
        .collect();
    let (started, beside) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = |number: usize| {
        started.fetch_add(1, Ordering::Relaxed);
        number * 10
    };
    let results = leaves_nothing(|| {
        together(&recorder, &members, work, || {
            beside.store(1, Ordering::Relaxed);
        })
    });
    assert_eq!(results.unwrap(), [0, 10, 20, 30, 40]);
    assert_eq!(started.into_inner() + beside.into_inner(), 6);
    assert_eq!(recorder.finish().workers().len(), 5);
}

#[test]
fn a_cpu_that_cannot_be_used_is_told() {
    let recorder = Recorder::new("team");
    let members = [Member {
        name: "lonely".to_owned(),
        cpu: Some(1_022),
    }];
    assert_eq!(together(&recorder, &members, |_| 7, || ()), Ok(vec![7]));
    let trace = recorder.finish();
    let expected =
        "lonely ran wherever the system put it: CPU 1022 cannot be used here: use one of ";
    assert!(trace.notes()[0].starts_with(expected), "{trace}");
}
