//! Counting for real. Nothing here depends on how long it takes, or on when
//! the system interrupts a thread.

use super::*;
use crate::machine::pin;
use crate::notebook::Rich;
use crate::team::tests::leaves_nothing;
use crate::trace::SpanKind;

#[test]
fn a_yield_between_load_and_store_loses_updates_on_one_cpu() {
    let run = leaves_nothing(|| try_measure(3, 5_000).unwrap());
    let tally = &run.one_cpu_yielding;
    assert_eq!(tally.additions, 3 * 2_000);
    assert!(tally.lost() > 0, "{run}");
    assert!(run.to_string().contains("with a yield"), "{run}");
}

#[test]
fn every_addition_is_counted_or_lost() {
    let run = measure(2, 300_000);
    for tally in [&run.one_cpu, &run.one_cpu_computing]
        .into_iter()
        .chain(&run.several_cpus)
    {
        assert_eq!(tally.additions, 600_000);
        assert_eq!(tally.value + tally.lost(), tally.additions);
        assert!(tally.value >= 1 && tally.trace.workers().len() == 2);
        let kinds = tally.trace.spans().iter().map(|span| span.kind);
        assert!(kinds.clone().all(|kind| kind == SpanKind::Run));
    }
    let cpus = run.several_cpus.map(|tally| tally.cpus.len());
    assert_eq!(cpus, (machine::allowed().len() > 1).then_some(2));
}

#[test]
fn remedies_lose_nothing() {
    let run = leaves_nothing(|| try_fixed(4, 20_000).unwrap());
    for tally in [&run.atomic, &run.locked, &run.apart] {
        assert_eq!((tally.additions, tally.value), (80_000, 80_000), "{run}");
    }
    assert!(run.to_string().contains("Nothing is lost."), "{run}");
}

#[test]
fn one_cpu_is_told() {
    let _here = pin(&machine::allowed()[..1]).unwrap();
    let run = measure(2, 1_000);
    assert_eq!(run.several_cpus, None);
    let told = run.to_string();
    assert!(told.contains("Only one CPU can be used here"), "{told}");
}

#[test]
fn one_thread_loses_nothing() {
    let run = measure(1, 10_000);
    assert_eq!((run.one_cpu.lost(), run.one_cpu_yielding.lost()), (0, 0));
    assert!(run.to_string().contains("One thread has nobody"), "{run}");
}

#[test]
fn what_cannot_be_run_is_replaced_or_refused() {
    let refused = try_measure(9, 1).unwrap_err().to_string();
    assert_eq!(refused, "9 threads cannot be run: use 1 to 8");
    let refused = try_fixed(1, 0).unwrap_err().to_string();
    assert_eq!(refused, "0 rounds cannot be run: use 1 to 1000000000");
    let run = fixed(0, 0);
    assert_eq!(run.atomic.value, 1);
    let told = run.to_string();
    assert!(
        told.contains("0 threads cannot be run: use 1 to 8. Here it is 1."),
        "{told}"
    );
}

#[test]
fn a_refusal_of_the_system_is_shown() {
    let error = MeasureError::Threads {
        started: 1,
        wanted: 2,
        reason: "no more threads".to_owned(),
    };
    let tally = Tally::none(&error);
    assert_eq!((tally.share_lost(), tally.time_per_addition()), (0.0, 0.0));
    assert!(tally.trace.notes()[0].contains("close other programs"));
}

#[test]
fn hazard_remedies_and_simulation_stand_beside_each_other() {
    let (hazard, remedies) = (measure(2, 1_000), fixed(2, 1_000));
    let simulated = crate::pitfalls::lost_update::simulate(2, 3);
    let all = hazard.comparison().beside(&remedies.comparison());
    assert_eq!(all.origin(), Some(Origin::Measured));
    let all = all.beside(&simulated.comparison());
    assert_eq!(all.origin(), None);
    let ways = all.ways();
    assert!(ways[0] == "one CPU (measured)" && ways.contains(&"lock (simulated)".to_owned()));
    assert!(all.rows().iter().all(|(_, row)| row.len() == ways.len()));
    let finals = all.rows().iter().filter(|(what, _)| what == "final value");
    assert_eq!(finals.count(), 1, "{all}");
    let shown = hazard.mime_bundle();
    assert!(shown.get("text/plain").unwrap().contains("(measured)"));
    assert!(shown.get("text/html").unwrap().contains("<table>"));
}

#[test]
fn what_is_lost_is_never_told_as_nothing() {
    let run = |lost: u64, cpus: &[u16]| Tally {
        additions: 1_000_000,
        value: 1_000_000 - lost,
        cpus: cpus.to_vec(),
        ..run("a", How::FetchAdd, &[None], 1).unwrap()
    };
    let with = |several| Measured {
        one_cpu: run(30, &[0]),
        one_cpu_computing: run(0, &[0]),
        one_cpu_yielding: run(500_000, &[0]),
        several_cpus: Some(several),
        threads: 2,
        notes: Vec::new(),
    };
    let check = |several, parts: &[&str]| {
        let text = with(several).to_string();
        for part in parts {
            assert!(text.contains(part), "{part}: {text}");
        }
    };
    check(
        run(500_000, &[0, 1]),
        &["below 0.01%", "0.00%", "On 2 CPUs it takes no interruption"],
    );
    // Threads that were refused their CPUs.
    check(run(30, &[1]), &["  1 CPU", "were not seen on two"]);
    check(run(30, &[]), &["several CPUs", "were not seen on two"]);
}

#[test]
fn a_run_ends_at_its_deadline() {
    let tally = run("for ever", How::LoadYieldStore, &[None], 1_000_000_000).unwrap();
    assert!(tally.additions < 1_000_000_000);
    let told = tally.trace.notes().join(" ");
    assert!(told.contains("It was ended after 2 seconds"), "{told}");
}
