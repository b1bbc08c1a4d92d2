//! Limits, medians and parts of a run.

use super::*;
use crate::pitfalls::range::{Range, RangeError};
use crate::team::TeamError;
use crate::trace::Trace;

#[test]
fn the_middle_of_some_runs() {
    assert_eq!(middle(vec![9, 5, 7], |&value| f64::from(value)), Some(7));
    assert_eq!(middle(Vec::<u8>::new(), |&value| f64::from(value)), None);
}

#[test]
fn times_have_three_digits() {
    let check = |nanoseconds, expected| assert_eq!(time(nanoseconds), expected);
    check(f64::NAN, "-");
    check(0.0, "0 ns");
    check(0.25, "0.25 ns");
    check(5.123, "5.12 ns");
    check(123.4, "123 ns");
    check(1_234.0, "1.23 µs");
    check(12_345_678.0, "12.3 ms");
    check(2e9, "2.00 s");
}

#[test]
fn what_takes_too_long_says_how_much_fits() {
    assert_eq!(enough("requests", 10, 15_000), Ok(()));
    let error = enough("requests", 10_000, 190_000).unwrap_err();
    assert_eq!(
        error.to_string(),
        "10000 requests would take about 190 s here, and a call may take 15 s: use at most 789"
    );
}

#[test]
fn a_number_that_cannot_be_run_says_so_in_the_same_words_everywhere() {
    let range = Range {
        what: "threads",
        least: 1,
        most: 8,
    };
    let mut notes = Vec::new();
    assert_eq!(nearest_run(range, 8, &mut notes), 8);
    assert_eq!(nearest_run(range, 9, &mut notes), 8);
    assert_eq!(range.nearest(0, &mut notes), 1);
    let expected = [
        "9 threads cannot be run: use 1 to 8. Here it is 8.",
        "0 threads cannot be simulated: use 1 to 8. Here it is 1.",
    ];
    assert_eq!(notes, expected);
    let refused: Result<u64, RangeError> = range.check(9);
    let error = MeasureError::from(refused.unwrap_err());
    assert_eq!(error.to_string(), "9 threads cannot be run: use 1 to 8");
}

#[test]
fn what_kept_threads_from_beginning_is_said_with_what_to_do() {
    let check = |error: TeamError, expected: &str| {
        let told = MeasureError::from(error).to_string();
        assert!(told.starts_with(expected), "{told}");
    };
    let refused = TeamError::Refused {
        started: 1,
        wanted: 2,
        reason: "no more".to_owned(),
    };
    check(
        refused,
        "only 1 of 2 threads could be started: no more; close other programs",
    );
    let late = TeamError::NotReady {
        ready: 3,
        wanted: 4,
        seconds: 10,
    };
    check(
        late,
        "only 3 of 4 threads were ready after 10 seconds: the machine is too busy",
    );
}

/// One worker, one task after the other.
fn one_by_one(times: &[(u64, u64)]) -> Trace {
    let mut run = Trace::measured("run", "ns");
    let worker = run.worker("w");
    for &(start, end) in times {
        let task = run.task(format!("from {start}"));
        run.run(task, worker, start, end);
    }
    run.build().unwrap()
}

fn names(trace: &Trace) -> Vec<&str> {
    trace.tasks().iter().map(|task| &*task.name).collect()
}

#[test]
fn a_stretch_is_the_shortest_with_so_many_tasks() {
    // The third task was interrupted.
    let trace = one_by_one(&[(0, 10), (10, 20), (20, 90), (90, 95), (95, 100), (100, 130)]);
    let check = |most, expected: &[&str], makespan| {
        let part = stretch(&trace, most);
        assert_eq!(
            (names(&part).as_slice(), part.makespan()),
            (expected, makespan)
        );
        assert_eq!(part.notes().len(), usize::from(expected.len() < 6));
    };
    check(1, &["from 90"], 5);
    check(2, &["from 90", "from 95"], 10);
    check(3, &["from 90", "from 95", "from 100"], 40);
    check(0, &["from 90"], 5);
    check(99, &names(&trace), 130);
    let none = Trace::measured("none", "ns").build().unwrap();
    assert_eq!(stretch(&none, 3).tasks().len(), 0);
}

#[test]
fn what_others_did_in_a_stretch_is_in_it() {
    let mut run = Trace::measured("run", "ns");
    let workers = [run.worker("busy"), run.worker("waits")];
    let waiting = run.task("waiting");
    run.blocked(waiting, workers[1], 5, 500);
    for start in [0, 10, 20, 30] {
        let task = run.task(format!("from {start}"));
        run.run(task, workers[0], start, start + 10);
    }
    let part = stretch(&run.build().unwrap(), 2);
    assert_eq!(names(&part), ["waiting", "from 10", "from 20"]);
    assert_eq!((part.start(), part.end()), (0, 20));
}

#[test]
fn the_first_tasks_keep_their_times() {
    let trace = one_by_one(&[(5, 10), (10, 20), (20, 90)]);
    let part = first(&trace, 2);
    assert_eq!(
        (names(&part).as_slice(), part.end()),
        (["from 5", "from 10"].as_slice(), 20)
    );
    assert_eq!(part.notes(), ["The first 2 of 3 tasks."]);
    assert!(first(&trace, 3).notes().is_empty());
    assert_eq!(first(&trace, 0).tasks().len(), 0);
}
