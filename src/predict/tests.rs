//! Predictions and what becomes of them.

use proptest::prelude::*;

use super::prediction::shown;
use super::*;
use crate::barista;
use crate::notebook::Rich;
use crate::{predict, workers};

#[test]
fn a_run_answers() {
    let check = |guess: Prediction, words: &str| {
        let run = workers::simulate(8, 10, 2);
        let text = guess.check(&run).to_string();
        assert!(text.starts_with(words), "{text}");
    };
    let right = "As predicted. You predicted speedup 2; the run says 2 (exactly).";
    check(predict!(speedup, 2), right);
    check(
        predict!(speedup, 1.82),
        "As predicted. You predicted speedup 1.82; the run says 2 (9 % below).",
    );
    check(predict!(speedup, 1.79), "Not as predicted.");
    check(predict!(speedup, 1.79).within(0.2), "As predicted.");
    check(
        predict!(speedup, 1.99).within(f64::NAN),
        "Not as predicted.",
    );
    check(
        predict!(makespan, 80),
        "Not as predicted. You predicted makespan 80; the run says 40 ticks (100 % above).",
    );
    check(
        predict!(speedup, 2_000_000),
        "Not as predicted. You predicted speedup 2000000; the run says 2 (999999 times).",
    );
    check(
        predict!(speed, 2),
        "This run says nothing about `speed`: predict one of makespan, work, speedup",
    );
    check(
        predict!(speedup, f64::NAN),
        "NaN is no number that a run can have",
    );
    check(
        predict!(cpus_used, 2),
        "This run says nothing about `cpus_used`",
    );
}

#[test]
fn the_third_argument_runs_after_the_prediction() {
    let order = std::cell::RefCell::new(Vec::new());
    let said = |what, value: f64| {
        order.borrow_mut().push(what);
        value
    };
    let verdict = predict!(makespan, said("guess", 40.0), {
        said("run", 0.0);
        barista::time_slice(&[20, 20], 5)
    });
    assert!(verdict.is_right());
    assert_eq!(*order.borrow(), ["guess", "run"]);
}

#[test]
fn a_verdict_is_a_card_without_markup_from_outside() {
    let verdict = Prediction::new("<b>", 1).check(&workers::simulate(1, 1, 1));
    let bundle = verdict.mime_bundle();
    let html = bundle.get("text/html").unwrap();
    assert!(
        html.contains("&lt;b&gt;") && !html.contains("<b>&"),
        "{html}"
    );
    let verdict = predict!(speedup, 1).check(&workers::simulate(8, 10, 4));
    let html = verdict.mime_bundle().get("text/html").unwrap().to_owned();
    assert!(
        html.contains("width:25.0%") && html.contains("width:100.0%"),
        "{html}"
    );
}

proptest! {
    #[test]
    fn any_prediction_has_a_verdict(value: f64, tolerance: f64, tasks in 0..9_usize, units in 0..9_u64) {
        let guess = Prediction::new("makespan", value).within(tolerance);
        let verdict = guess.check(&workers::simulate(tasks, units, 2));
        let bundle = verdict.mime_bundle();
        prop_assert!(!bundle.get("text/html").unwrap().contains("NaN%"));
        prop_assert_eq!(verdict.answer().is_some(), value.is_finite());
    }

    #[test]
    fn a_shown_number_is_near(number in -1e20..1e20_f64) {
        let back: f64 = shown(number).parse().unwrap();
        prop_assert!((back - number).abs() <= 2e-3 * number.abs() + 1e-9);
    }
}
