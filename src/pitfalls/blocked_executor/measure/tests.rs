//! A real event loop. A stall is longer than the hog, whatever else happens;
//! nothing else here depends on how long things take.

use super::*;
use crate::machine::pin;
use crate::notebook::Rich;
use crate::team::tests::leaves_nothing;
use crate::trace::SpanKind;

const MS: u64 = 1_000_000;

#[test]
fn a_blocking_call_makes_everybody_late() {
    let run = leaves_nothing(|| try_measure(50, Hog::Blocks(80)).unwrap());
    let late = &run.broken.delays;
    // The loop is held for 80 ms, and each bystander is due within 10.
    assert!(
        late.worst() >= 70 * MS && run.broken.hog >= 80 * MS,
        "{run}"
    );
    // Each is due seven times in those 80 ms, and asks once.
    assert!(late.answers_due() >= late.answers() + 50 * 5, "{run}");
    let blocked = run.broken.trace.per_task()[0].blocked;
    assert!(blocked >= 80 * MS, "{blocked}");
    assert_eq!(run.broken.trace.tasks().len(), 51);
}

#[test]
fn a_computation_stalls_the_only_thread() {
    let run = leaves_nothing(|| measure(10, Hog::Computes(30)));
    let trace = &run.broken.trace;
    assert_eq!((trace.workers().len(), trace.peak_parallelism()), (1, 1));
    let hog = trace.task_named("hog").unwrap();
    let turns = trace
        .spans_of(hog)
        .filter(|span| span.kind == SpanKind::Run);
    let longest = turns.map(|span| span.length()).max().unwrap();
    let held = trace.per_task()[1].queued;
    // Nobody runs while the hog does, and it runs without a break.
    assert!(run.broken.delays.worst() + 10 * MS >= longest, "{run}");
    assert!(held > 0 && trace.notes().iter().all(|note| !note.contains("wrong")));
    assert!(trace.peak_concurrency() >= 10, "{run}");
}

#[test]
fn each_remedy_is_somewhere_else() {
    let run = leaves_nothing(|| try_fixed(10, Hog::Computes(30)).unwrap());
    let workers = |stall: &Stall| -> Vec<String> {
        let workers = stall.trace.workers().iter();
        workers.map(|worker| worker.name.clone()).collect()
    };
    assert_eq!(workers(&run.offloaded), ["blocking thread", "event loop"]);
    assert_eq!(workers(&run.yielding), ["event loop"]);
    assert_eq!(workers(&run.elsewhere), ["event loop", "second loop"]);
    let pieces = |stall: &Stall| {
        let hog = stall.trace.task_named("hog").unwrap();
        let spans = stall.trace.spans_of(hog);
        spans.filter(|span| span.kind == SpanKind::Run).count()
    };
    assert!(pieces(&run.yielding) >= 30, "{}", pieces(&run.yielding));
    assert!(run.to_string().contains("yields"), "{run}");
}

#[test]
fn a_blocking_call_can_be_awaited() {
    let run = leaves_nothing(|| fixed(5, Hog::Blocks(20)));
    let hog = |stall: &Stall| stall.trace.per_task()[0].clone();
    assert!(hog(&run.offloaded).blocked >= 20 * MS);
    assert!(hog(&run.elsewhere).blocked >= 20 * MS);
    assert_eq!(hog(&run.yielding).blocked, 0);
    assert!(run.to_string().contains("awaits"), "{run}");
}

#[test]
fn it_runs_within_a_runtime_too() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let run = runtime.block_on(async { try_measure(1, Hog::Blocks(1)) });
    assert!(run.is_ok());
}

#[test]
fn one_cpu_is_told() {
    let _here = pin(&machine::allowed()[..1]).unwrap();
    let told = fixed(1, Hog::Computes(1)).to_string();
    assert!(told.contains("Only one CPU can be used here"), "{told}");
}

#[test]
fn what_was_never_asked_for_is_counted_in() {
    // Every 10 ms for a second, and one answer that takes 100 ms.
    let seen = (0..90).map(|_| MS).chain([100 * MS]);
    let delays = Delays::of(seen, 10 * MS).unwrap();
    assert_eq!((delays.answers(), delays.answers_due()), (91, 100));
    let about = |found: u64, expected: u64| found.abs_diff(expected) <= expected / 500;
    assert!(about(delays.uncorrected(98.0), MS), "{delays:?}");
    assert!(about(delays.percentile(95.0), 50 * MS), "{delays:?}");
    assert!(about(delays.worst(), 100 * MS), "{delays:?}");
    for percent in [f64::NAN, -1.0, 0.0] {
        assert!(about(delays.percentile(percent), MS));
    }
    assert!(about(delays.percentile(f64::INFINITY), 100 * MS));
    let none = Delays::default();
    assert_eq!((none.median(), none.worst(), none.answers()), (0, 0, 0));
}

#[test]
fn what_cannot_be_run_is_replaced_or_refused() {
    let refused = try_measure(0, Hog::Blocks(1)).unwrap_err().to_string();
    assert_eq!(refused, "0 handlers cannot be run: use 1 to 1000");
    let refused = try_fixed(1, Hog::Computes(0)).unwrap_err().to_string();
    let expected = "0 milliseconds of the hog cannot be run: use 1 to 1000";
    assert_eq!(refused, expected);
    let told = measure(0, Hog::Blocks(0)).to_string();
    assert!(told.contains("Here it is 1."), "{told}");
}

#[test]
fn hazard_remedies_and_simulation_stand_beside_each_other() {
    let hog = Hog::Blocks(20);
    let (hazard, remedies) = (measure(40, hog), fixed(40, hog));
    let simulated = crate::pitfalls::blocked_executor::simulate(40, hog);
    let all = hazard.comparison().beside(&remedies.comparison());
    let all = all.beside(&simulated.comparison());
    assert_eq!(all.ways().len(), 8);
    let worst = all.rows().iter().find(|(what, _)| what == "worst latency");
    let worst = &worst.unwrap().1;
    assert!(
        worst[0].ends_with(" ms") && worst[7].ends_with(" ticks"),
        "{all}"
    );
    let curves = hazard.latencies();
    assert!(curves.text().contains("in the way, uncorrected"));
    let html = hazard.mime_bundle().get("text/html").unwrap().to_owned();
    assert!(html.contains("more, not drawn") && html.len() < 2_000_000);
}
