//! Real counting. Nothing here depends on how long it takes.

use std::time::Duration;

use super::line::parse;
use super::*;
use crate::machine::pin;
use crate::team::tests::leaves_nothing;

#[test]
fn every_increment_of_every_layout_is_counted() {
    for threads in [1, 2, 3, 9] {
        let run = try_fixed(threads, 20_000).unwrap();
        for way in [&run.one_line, &run.padded, &run.local] {
            assert!(way.is_right(), "{run}");
            assert_eq!(way.counts(), vec![20_000; threads], "{run}");
            assert_eq!(way.trace.tasks().len(), threads);
            assert_eq!(way.trace.workers().len(), threads);
            assert_eq!(way.trace.spans().len(), threads);
        }
        assert_eq!(run.padded.lines, threads, "{run}");
    }
}

#[test]
fn counters_that_are_close_share_lines() {
    let check = |threads, line, expected| {
        let counters = counters::Counters::new(Layout::OneLine, threads);
        assert_eq!(counters.lines(threads, line), expected, "{threads} {line}");
    };
    check(1, 64, 1);
    check(8, 64, 1);
    check(8, 128, 1);
    check(8, 32, 2);
    check(9, 64, 2);
}

#[test]
fn what_cannot_be_run_is_refused_or_replaced() {
    let check = |threads, increments, expected: &str| {
        let error = try_measure(threads, increments).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(try_fixed(threads, increments).unwrap_err(), error);
    };
    check(0, 5, "0 threads cannot be run: use 1 to 64");
    check(
        usize::MAX,
        5,
        "18446744073709551615 threads cannot be run: use 1 to 64",
    );
    check(2, 0, "0 increments cannot be run: use 1 to 20000000");
    let run = measure(0, 0);
    assert_eq!(run.together.counts(), [1]);
    assert_eq!(
        run.notes()[..2],
        [
            "0 threads cannot be run: use 1 to 64. Here it is 1.",
            "0 increments cannot be run: use 1 to 20000000. Here it is 1."
        ]
    );
}

#[test]
fn one_cpu_says_why_nothing_is_to_be_seen() {
    let pinned = pin(&[machine::allowed()[0]]).unwrap();
    let text = measure(2, 1_000).to_string();
    drop(pinned);
    assert!(
        text.contains("so threads take turns on it: the line stays in its cache"),
        "{text}"
    );
}

#[test]
fn threads_run_on_the_cpus_that_they_may_use() {
    let cpus = machine::allowed();
    let run = measure(cpus.len(), 50_000);
    let mut used: Vec<u16> = run
        .together
        .trace
        .spans()
        .iter()
        .filter_map(|span| span.cpu)
        .collect();
    used.sort_unstable();
    assert_eq!(used, cpus);
}

#[test]
fn a_deadline_that_has_passed_ends_the_run() {
    let deadline = Deadline::after(Duration::ZERO);
    let run = run(2, 100_000_000, deadline, Vec::new()).unwrap();
    assert!(run.together.is_right());
    assert!(
        run.to_string().contains("Time was up in round 1 of 9"),
        "{run}"
    );
}

#[test]
fn a_line_is_a_power_of_two() {
    let check = |text, expected| assert_eq!(parse(text), expected, "{text:?}");
    check("64\n", Some(64));
    check("128", Some(128));
    check("0\n", None);
    check("48\n", None);
    check("-64\n", None);
    check("", None);
}

#[test]
fn without_a_thread_no_number_is_told() {
    let error = MeasureError::Threads {
        started: 0,
        wanted: 2,
        reason: "no more threads".to_owned(),
    };
    let run = Measured::nothing(1, &error, Vec::new()).to_string();
    let fixed = Fixed::nothing(1, &error, Vec::new()).to_string();
    for text in [run, fixed] {
        assert!(text.contains("\nNothing was measured."), "{text}");
        assert!(!text.contains("One thread has the line"), "{text}");
    }
}

#[test]
fn no_thread_is_left() {
    _ = leaves_nothing(|| (measure(6, 1_000), fixed(6, 1_000)));
}
