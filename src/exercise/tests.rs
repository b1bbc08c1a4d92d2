//! Cases that pass, fail, panic, never end and are not there.

// Exercises that nobody has begun say `todo!()`.
#![allow(clippy::todo)]

use std::time::Duration;

use super::attempt::attempt;
use super::*;
use crate::notebook::Rich;

fn text(exercise: &Exercise) -> String {
    exercise.mime_bundle().get("text/plain").unwrap().to_owned()
}

fn double(cups: u64) -> u64 {
    cups * 2
}

fn unwritten(_: u64) -> u64 {
    todo!("double the cups")
}

#[test]
fn points_are_those_of_the_cases_that_pass() {
    let checked = exercise("start-ticks")
        .equal(1, "three", || double(3), 6)
        .case(1, "none", || double(0) == 1)
        .case(1, "a reason", || Err::<(), _>("there are too few"));
    insta::assert_snapshot!(text(&checked), @"
    ◐ 1 of 6 points (start-ticks: the rule behind the riddle)
    ✔ three (1 point)
    ✘ none (1 point)
      This does not hold.
    ✘ a reason (1 point)
      there are too few
    3 more come from tests that run when you have handed in.
    ");
    assert_eq!(checked.points(), 1);
}

#[test]
fn code_that_is_not_there_is_not_attempted() {
    let checked = exercise("start-ticks")
        .equal(1, "three", || unwritten(3), 6)
        .case(1, "none", || unwritten(0) == 0);
    insta::assert_snapshot!(text(&checked), @"
    ○ Not attempted yet: 0 points (start-ticks: the rule behind the riddle)
    Write the code in the cell above where it says `todo!()`, run that cell, then this one.
    ");
    assert_eq!(checked.points(), 0);
}

#[test]
fn what_must_be_filled_in_comes_first() {
    let tried = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let inside = tried.clone();
    let checked = exercise("start-ticks")
        .needs(false, "Set `cups` first.")
        .case(1, "never tried", move || {
            inside.store(true, std::sync::atomic::Ordering::Relaxed);
            true
        });
    assert!(text(&checked).contains("Set `cups` first."));
    assert_eq!(checked.points(), 0);
    assert!(!tried.load(std::sync::atomic::Ordering::Relaxed));
}

#[test]
fn a_panic_fails_its_case_alone_and_is_shown_nowhere_else() {
    let checked = exercise("start-ticks")
        .case(1, "panics", || -> bool { panic!("no cups left") })
        .case(1, "passes", || true);
    assert!(text(&checked).contains("It panicked: no cups left"));
    assert_eq!(checked.points(), 1);
}

#[test]
fn what_does_not_end_is_left_behind() {
    let endless = || -> Result<(), String> {
        loop {
            std::thread::park();
        }
    };
    let outcome = attempt(Box::new(endless), Patience(Duration::from_millis(20)));
    assert_eq!(outcome, Err(Fault::Endless(Duration::from_millis(20))));

    let mut checked = exercise("start-ticks");
    checked.note(1, "loops", outcome);
    let checked = checked.case(1, "after it", || true);
    assert!(text(&checked).contains("Not tried, because an earlier one did not end."));
    assert_eq!(checked.points(), 0);
}

#[test]
fn a_failing_schedule_is_shown() {
    use shuttle::sync::{Arc, Mutex};

    let both_locks = || {
        let (a, b) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
        let (c, d) = (a.clone(), b.clone());
        let other = shuttle::thread::spawn(move || {
            let _first = d.lock().unwrap();
            let _second = c.lock().unwrap();
        });
        let first = a.lock().unwrap();
        let second = b.lock().unwrap();
        drop((first, second));
        other.join().unwrap();
    };
    let checked = exercise("start-ticks")
        .checked(1, "no deadlock", &Check::dfs(), both_locks)
        .checked(1, "nothing at all", &Check::dfs(), || ())
        .checked(1, "not there", &Check::dfs(), || todo!("lock in order"));
    let said = text(&checked);
    assert!(
        said.contains("✔ nothing at all (1 point)\n  1 execution without a failure"),
        "{said}"
    );
    assert!(
        said.contains("One order of the threads fails: deadlock"),
        "{said}"
    );
    assert!(said.contains("threads in order: "), "{said}");
    assert!(
        said.contains("Not attempted: the code says `todo!()`"),
        "{said}"
    );
    assert_eq!(checked.points(), 1);
}

/// The first schedules of a search depth first differ in their last steps only.
#[test]
fn a_search_that_comes_to_no_end_is_no_proof() {
    use shuttle::sync::{Arc, atomic::AtomicUsize, atomic::Ordering};

    let steps = |fails: bool| {
        move || {
            let count = Arc::new(AtomicUsize::new(0));
            let other = Arc::clone(&count);
            let thread = shuttle::thread::spawn(move || {
                for _ in 0..8 {
                    other.fetch_add(1, Ordering::SeqCst);
                }
            });
            // Whoever goes on first here is settled last.
            let early = count.load(Ordering::SeqCst);
            assert!(!(fails && early > 0), "the other one was first");
            for _ in 0..8 {
                count.fetch_add(1, Ordering::SeqCst);
            }
            thread.join().unwrap();
        }
    };
    let few = Check::dfs().executions(50);
    assert!(few.run(steps(true)).passed(), "or this test shows nothing");
    let checked = exercise("start-ticks")
        .checked(1, "fails early", &few, steps(true))
        .checked(1, "holds", &few, steps(false));
    let said = text(&checked);
    assert!(said.contains("the other one was first"), "{said}");
    assert!(
        said.contains("50 schedules in turn and 2000 by lot were tried"),
        "{said}"
    );
    assert_eq!(checked.points(), 1);
}

#[test]
fn a_search_that_time_ended_early_is_no_proof() {
    let slow = || {
        let other = shuttle::thread::spawn(shuttle::thread::yield_now);
        std::thread::sleep(Duration::from_millis(20));
        shuttle::thread::yield_now();
        other.join().unwrap();
    };
    let little_time = Check::dfs().time(Duration::from_millis(30));
    let checked = exercise("start-ticks").checked(1, "slow", &little_time, slow);
    let said = text(&checked);
    assert!(
        said.contains("orders of the threads could be tried in time"),
        "{said}"
    );
    assert_eq!(checked.points(), 0);
}

#[test]
fn code_that_is_handed_out_wrong_is_not_repaired_yet() {
    let checked = exercise("pitfalls-update").case(2, "counts right", || false);
    let said = text(&checked);
    assert!(
        said.starts_with("○ Not repaired yet: 0 of 5 points"),
        "{said}"
    );
    assert_eq!(checked.points(), 0);
}

#[test]
fn long_values_are_cut_and_nothing_is_markup() {
    let checked =
        exercise("start-ticks").equal(1, "<b>long</b>", || "<i>".repeat(500), String::new());
    let bundle = checked.mime_bundle();
    let html = bundle.get("text/html").unwrap();
    assert!(
        html.contains("&lt;b&gt;long") && !html.contains("<i>"),
        "{html}"
    );
    assert!(html.len() < 3_000, "{html}");
    assert_eq!(checked.points(), 0);
}

#[test]
fn an_unknown_exercise_still_gives_its_points() {
    let checked = exercise("strat-cups").case(2, "passes", || true);
    let said = text(&checked);
    assert!(
        said.contains("there is no exercise \"strat-cups\"; the nearest are start-ticks"),
        "{said}"
    );
    assert_eq!(checked.points(), 2);
}

#[test]
fn what_cannot_be_checked_says_why() {
    // A lock of `std`, which a thread of the model holds while another waits.
    let stuck = Check::dfs().time(Duration::from_millis(50)).run(|| {
        let lock = std::sync::Arc::new(std::sync::Mutex::new(()));
        let held = lock.lock().unwrap();
        let other = std::sync::Arc::clone(&lock);
        let thread = shuttle::thread::spawn(move || drop(other.lock().unwrap()));
        shuttle::thread::yield_now();
        drop(held);
        thread.join().unwrap();
    });
    let checked = exercise("start-ticks")
        .checkable(&stuck, 2)
        .case(1, "never tried", || true);
    let said = text(&checked);
    assert!(
        said.starts_with("! Could not be checked: 0 points"),
        "{said}"
    );
    assert!(said.contains("does the closure loop without one"), "{said}");
    assert_eq!(checked.points(), 0);

    let blind = Check::dfs().run(|| ());
    let checked = exercise("start-ticks")
        .checkable(&blind, 2)
        .case(1, "never tried", || true);
    assert!(
        text(&checked).contains("and not from `std`"),
        "{}",
        text(&checked)
    );
    assert_eq!(checked.points(), 0);

    let seen = Check::dfs().run(|| shuttle::thread::spawn(|| ()).join().unwrap());
    let checked = exercise("start-ticks")
        .checkable(&seen, 1)
        .case(1, "tried", || true);
    assert_eq!(checked.points(), 1);
}
