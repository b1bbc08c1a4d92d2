//! Real locks. Nothing here depends on how long it takes.

use std::time::Duration;

use super::*;
use crate::team::tests::leaves_nothing;
use crate::trace::{SpanKind, Trace};

#[test]
fn every_operation_counts_once_behind_every_kind_of_lock() {
    for workers in [1, 2, 5] {
        let run = try_fixed(40, 2, 3, workers).unwrap();
        let ways = [&run.one_worker, &run.one_lock, &run.sharded, &run.shares];
        assert!(ways.iter().all(|way| way.is_right()), "{run}");
        let done = |trace: &Trace| {
            let names = trace
                .tasks()
                .iter()
                .filter(|task| task.name.starts_with("op "));
            names.count()
        };
        assert_eq!(ways.map(|way| done(&way.trace)), [40; 4]);
        let workers_in = |way: &fixed::Kept| way.trace.workers().len();
        assert_eq!(ways.map(workers_in), [1, workers, workers, workers]);
    }
}

#[test]
fn one_worker_at_a_time_is_inside() {
    let trace = try_measure(60, 5, 20, 3).unwrap().trace;
    let mut inside: Vec<(u64, u64)> = (0..60)
        .filter_map(|task| {
            let spans = trace.spans_of(crate::trace::TaskId(task));
            let last = spans.filter(|span| span.kind == SpanKind::Run).last()?;
            Some((last.start, last.end))
        })
        .collect();
    inside.sort_unstable();
    assert_eq!(inside.len(), 60);
    assert!(
        inside.windows(2).all(|two| two[0].1 <= two[1].0),
        "{inside:?}"
    );
}

#[test]
fn each_number_of_workers_has_a_point() {
    let check = |workers, expected: &[usize]| assert_eq!(numbers(workers), expected);
    check(1, &[1]);
    check(3, &[1, 2, 3]);
    check(8, &[1, 2, 3, 4, 5, 6, 7, 8]);
    check(9, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    check(16, &[1, 2, 3, 4, 5, 6, 7, 8, 16]);
    check(40, &[1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 40]);
    let run = try_measure(20, 1, 4, 3).unwrap();
    let points: Vec<_> = run.points().iter().map(|point| point.workers).collect();
    assert_eq!(points, [1, 2, 3]);
    let first = &run.points()[0];
    assert_eq!((first.speedup, first.simulated), (1.0, 1.0));
    assert!(first.karp_flatt.is_nan());
    let cpus = machine::allowed().len();
    for point in run.points() {
        assert_eq!(point.is_oversubscribed, point.workers > cpus);
        assert!(point.time.least <= point.time.median && point.time.median <= point.time.most);
    }
}

#[test]
fn a_part_of_a_run_keeps_its_spans() {
    let run = try_measure(50, 5, 5, 2).unwrap();
    let part = run.excerpt();
    assert!(part.tasks().len() >= 12 && part.workers().len() == 2);
    assert_eq!(part.spans().first().map(|span| span.start), Some(0));
    let few = try_measure(3, 5, 5, 2).unwrap().excerpt();
    assert_eq!(few.tasks().len(), 3);
    assert_eq!(
        crate::pitfalls::measure::stretch(&measured::nothing_in("none"), 12)
            .tasks()
            .len(),
        0
    );
}

#[test]
fn what_cannot_be_run_is_refused_or_replaced() {
    let check = |operations, outside, inside, workers, expected: &str| {
        let error = try_measure(operations, outside, inside, workers).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(
            try_fixed(operations, outside, inside, workers).unwrap_err(),
            error
        );
    };
    check(0, 1, 1, 1, "0 operations cannot be run: use 1 to 10000");
    check(
        1,
        u64::MAX,
        1,
        1,
        "18446744073709551615 microseconds outside of the lock cannot be run: use 0 to 10000",
    );
    check(
        1,
        1,
        0,
        1,
        "0 microseconds inside of the lock cannot be run: use 1 to 10000",
    );
    check(1, 1, 1, 65, "65 workers cannot be run: use 1 to 64");
    let error = try_measure(10_000, 0, 10_000, 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "10000 operations would take about 500 s here, and a call may take 15 s: use at most 300"
    );
    let run = measure(0, 0, 0, 0);
    assert!(run.is_right() && run.points().len() == 1, "{run}");
    assert!(run.notes().len() >= 3, "{run}");
}

#[test]
fn a_deadline_that_has_passed_ends_the_run() {
    let plan = checked(10_000, 1_000, 1_000, 2).unwrap();
    let run = sweep(plan, Deadline::after(Duration::ZERO), Vec::new()).unwrap();
    assert!(run.is_right(), "{run}");
    assert!(
        run.to_string().contains("Time was up in round 1 of 5"),
        "{run}"
    );
}

#[test]
fn one_cpu_says_that_nothing_is_parallel() {
    let pinned = machine::pin(&[machine::allowed()[0]]).unwrap();
    let text = measure(10, 1, 1, 2).to_string();
    drop(pinned);
    assert!(
        text.contains("no number of them is faster than one"),
        "{text}"
    );
    assert!(text.contains("It takes two CPUs"), "{text}");
}

#[test]
fn a_speedup_is_told_by_what_it_means() {
    let check = |speedup, limit, expected: &str| {
        let share = crate::workers::karp_flatt(speedup, 2.0);
        let told = measured::meaning(speedup, limit, share);
        assert!(told.starts_with(expected), "{told}");
    };
    check(1.25, 1.25, ", which looks like a serial share of 0.60");
    check(2.02, 2.0, ", which looks like a serial share of 0.00");
    check(0.65, 1.25, ", slower than one");
    check(1.51, 1.0, ", which is more than can be");
}

#[test]
fn without_a_thread_no_number_is_told() {
    let error = MeasureError::Threads {
        started: 0,
        wanted: 2,
        reason: "no more threads".to_owned(),
    };
    let plan = checked(10, 1, 1, 2).unwrap();
    let run = Measured::nothing(plan, &error, Vec::new()).to_string();
    let fixed = Fixed::of(plan, Vec::new(), Vec::new());
    for text in [run, fixed.to_string()] {
        assert!(text.contains("\nNothing was measured."), "{text}");
        assert!(!text.contains("as fast as one"), "{text}");
    }
}

#[test]
fn no_thread_is_left() {
    _ = leaves_nothing(|| (measure(20, 2, 2, 6), fixed(20, 2, 2, 6)));
}
