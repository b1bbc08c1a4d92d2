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
        "As predicted. You predicted speedup 1.82; the run says 2 (9% below).",
    );
    check(predict!(speedup, 1.79), "Not as predicted.");
    check(predict!(speedup, 1.79).within(0.2), "As predicted.");
    check(
        predict!(speedup, 1.99).within(f64::NAN),
        "Not as predicted.",
    );
    check(
        predict!(makespan, 80),
        "Not as predicted. You predicted makespan 80 ticks; the run says 40 ticks (100% above).",
    );
    check(
        predict!(speedup, 2_000_000),
        "Not as predicted. You predicted speedup 2000000; the run says 2 (1000000 times as much).",
    );
    check(
        predict!(speedup, 24),
        "Not as predicted. You predicted speedup 24; the run says 2 (12 times as much).",
    );
    check(
        predict!(speedup, -98),
        "Not as predicted. You predicted speedup -98; the run says 2 (100 below).",
    );
    // Any number will do: counts are `usize`, times are `u64`.
    let units: u64 = 20;
    check(predict!(makespan, units * 2), "As predicted.");
    check(predict!(speedup, [1, 2].len()), "As predicted.");
    check(predict!(speedup, 2_f32), "As predicted.");
    check(
        predict!(speed, 2),
        "This run says nothing about `speed`: predict one of makespan, work, speedup",
    );
    check(
        predict!(speedup, f64::NAN),
        "No prediction yet: write your number in place of NaN",
    );
    check(
        predict!(speedup, f64::INFINITY),
        "inf is no number that a run can have",
    );
    check(
        predict!(cpus_used, 2),
        "This run says nothing about `cpus_used`",
    );
}

#[test]
fn a_disturbed_run_says_so_on_the_card() {
    let mut run = crate::trace::Trace::measured("disturbed", "ns");
    let (task, worker) = (run.task("task"), run.worker("worker"));
    run.run(task, worker, 0, 200_000_000);
    run.conditions(crate::trace::Conditions {
        cpus: 2,
        wall: 200_000_000,
        cpu_time: 200_000_000,
        elsewhere: Some(150_000_000),
        ..Default::default()
    });
    let run = run.build().unwrap();
    let card = predict!(milliseconds, 250).check(&run).mime_bundle();
    let text = card.get("text/plain").unwrap();
    assert!(
        text.starts_with("✘ Not as predicted. You predicted 250 ms; the run says 200 ms"),
        "{text}"
    );
    assert!(
        text.contains("\nOther programs or threads kept 0.75 CPUs busy"),
        "{text}"
    );
    let quiet = predict!(makespan, 40).check(&workers::simulate(8, 10, 2));
    assert_eq!(quiet.disturbances(), &[] as &[String]);
}

/// The numbers that a run answers, and that one of them can be predicted.
fn answers(run: &impl Answers, names: &[&'static str]) {
    let known: Vec<&str> = run.answers().iter().map(|(name, _, _)| *name).collect();
    for name in names {
        assert!(known.contains(name), "{name} is not among {known:?}");
        let answer = Prediction::new(*name, 1).check(run).answer();
        assert!(answer.is_some(), "{name}");
    }
}

#[test]
fn real_runs_answer() {
    use crate::pitfalls::{blocked_executor, false_sharing, io_bound, lost_update};
    use crate::workers::Runtime;

    let sweep = workers::sweep(Runtime::Threads, 4, 1, 4);
    answers(&sweep, &["speedup", "best_speedup", "best_workers"]);
    // The same as stands below the figure; one CPU tells none.
    let told = sweep.amdahl().ok().map(|fit| fit.p.value);
    let answer = predict!(parallel_fraction, 1).check(&sweep).answer();
    assert_eq!(answer, told, "{sweep}");
    answers(
        &workers::measure(Runtime::Rayon, 2, 1, 2),
        &["speedup", "milliseconds", "cpus_used"],
    );
    let run = crate::server::Load::new(20).measure();
    answers(
        &run,
        &[
            "peak_in_flight",
            "median_ms",
            "p99_ms",
            "throughput",
            "peak_concurrency",
        ],
    );
    answers(
        &lost_update::measure(2, 1_000).one_cpu,
        &["lost", "share_lost"],
    );
    let stall = blocked_executor::measure(5, blocked_executor::Hog::Computes(5));
    answers(&stall.broken, &["worst_ms", "makespan"]);
    let backend = io_bound::Service {
        compute: 0,
        latency: 1,
        capacity: 2,
    };
    answers(
        &io_bound::measure(4, 2, backend).overlapped,
        &["throughput", "limit"],
    );
    answers(&false_sharing::measure(2, 10_000), &["slowdown"]);
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
