//! Slices in readings made for the purpose, and short real runs of which only
//! what no noise can break is asserted.

use proptest::prelude::*;

use super::slices::{Slice, find};
use super::*;
use crate::machine::allowed;
use crate::notebook::Rich;
use crate::team::tests::leaves_nothing;
use crate::trace::{Origin, SpanKind, Trace};

const STEP: u64 = 5_000;

/// Readings every 5 µs from each start to each end.
fn steps(stretches: &[(u64, u64)]) -> Vec<u64> {
    let one = |&(start, end): &(u64, u64)| (start..=end).step_by(5_000);
    stretches.iter().flat_map(one).collect()
}

#[test]
fn slices_are_who_had_the_cpu() {
    let a = steps(&[(0, 4_000_000), (8_010_000, 12_000_000)]);
    let b = steps(&[(4_005_000, 8_005_000), (12_005_000, 14_005_000)]);
    let (slices, numbers) = find(&[&a, &b]);
    let found: Vec<_> = slices.iter().map(|s| (s.who, s.start, s.end)).collect();
    assert_eq!(
        found,
        [
            (0, 0, 4_000_000),
            (1, 4_005_000, 8_005_000),
            (0, 8_010_000, 12_000_000),
            (1, 12_005_000, 14_005_000),
        ]
    );
    assert_eq!(
        (numbers.handovers, numbers.others, numbers.neither),
        (2, 0, 0)
    );
    assert_eq!((numbers.median, numbers.longest), (4_000_000, 4_000_000));
    assert_eq!((numbers.period, numbers.gap), (STEP, 100_000));
}

#[test]
fn a_gap_in_which_nobody_ran_is_somebody_else() {
    let a = steps(&[(0, 1_000_000), (3_000_000, 4_000_000)]);
    let (slices, numbers) = find(&[&a]);
    assert_eq!(slices.len(), 2);
    assert_eq!((numbers.handovers, numbers.others), (0, 1));
    assert_eq!(numbers.neither, 2_000_000);
    // An interrupt of the machine is none.
    let (slices, numbers) = find(&[&steps(&[(0, 1_000_000), (1_050_000, 2_000_000)])]);
    assert_eq!((slices.len(), numbers.others), (1, 0));
}

#[test]
fn few_readings_are_no_slices() {
    for readings in [
        &[][..],
        &[&[][..]],
        &[&[], &[]],
        &[&[7]],
        &[&[u64::MAX], &[0]],
    ] {
        let (slices, numbers) = find(readings);
        assert_eq!((slices.len(), numbers.count), (0, 0));
    }
    assert_eq!(
        find(&[&[0, u64::MAX]]).1.others,
        0,
        "the only period there is"
    );
}

#[test]
fn both_counts_agree_or_the_sentence_says_why() {
    let check = |handovers, others, preemptions, part: &str| {
        let slices = Slices {
            handovers,
            others,
            preemptions,
            gap: 100_000,
            ..Slices::default()
        };
        assert_eq!(slices.agrees(), part == "both agree", "{slices}");
        assert!(slices.to_string().contains(part), "{slices}");
    };
    check(50, 0, 50, "both agree");
    check(50, 5, 50, "both agree");
    check(50, 0, 60, "both agree");
    check(0, 0, 3, "both agree");
    check(50, 0, 49, "do not agree");
    check(50, 0, 90, "shorter than 0.10 ms");
    let held_up = Slices {
        neither: 2_000_000,
        stolen: Some(10_000_000),
        ..Slices::default()
    };
    let told = held_up.to_string();
    assert!(
        told.contains("for 2.00 ms neither of the two ran; a hypervisor had the CPU for 10.00 ms."),
        "{told}"
    );
}

#[test]
fn a_cell_shows_runs_and_simulations_in_pairs() {
    let real = measure(2);
    let shown = real.mime_bundle();
    let (text, html) = (shown.get("text/plain"), shown.get("text/html"));
    let (text, html) = (text.unwrap_or_default(), html.unwrap_or_default());
    assert_eq!(text, real.to_string());
    for part in [
        "One barista, slices of ",
        "Two threads on one CPU (measured)",
        "One barista, two orders that wait (simulated)",
        "Two waiting tasks on one thread (measured)",
        "most tasks at one instant",
        "Turns on one CPU save no time",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let charts = if real.two_cpus.is_some() { 6 } else { 4 };
    assert_eq!(html.matches("<svg").count(), charts);
}

proptest! {
    #[test]
    fn slices_never_overlap_and_hold_every_reading(
        gaps in prop::collection::vec((0_usize..2, 0_u64..300_000), 0..200)
    ) {
        let mut readings = [Vec::new(), Vec::new()];
        let mut now = 0;
        for (who, gap) in gaps {
            now += gap;
            readings[who].push(now);
        }
        let (slices, numbers) = find(&[&readings[0], &readings[1]]);
        prop_assert!(slices.windows(2).all(|two| two[0].end <= two[1].start));
        let within = |who, time| move |s: &Slice| s.who == who && (s.start..=s.end).contains(&time);
        for slice in &slices {
            let others = &readings[1 - slice.who];
            let inside = others.iter().filter(|&&t| slice.start < t && t < slice.end);
            prop_assert_eq!(inside.count(), 0);
            prop_assert!(slices.iter().any(within(slice.who, slice.start)));
        }
        prop_assert!(numbers.longest >= numbers.median);
        let total: u64 = slices.iter().map(|s| s.end - s.start).sum();
        prop_assert!(total <= now);
    }
}

#[test]
fn two_threads_on_one_cpu_take_turns() {
    let real = try_measure_or_say(60);
    let Some(slices) = real.slices else {
        return assert!(!real.notes().is_empty());
    };
    let trace = &real.one_cpu;
    assert_eq!((trace.origin(), trace.unit()), (Origin::Measured, "ns"));
    assert_eq!(
        (trace.tasks().len(), trace.workers().len()),
        (2, 1),
        "{:?}",
        trace.notes()
    );
    assert_eq!(
        (trace.peak_parallelism(), trace.spans().len()),
        (1, slices.count)
    );
    assert!(
        trace
            .spans()
            .iter()
            .all(|span| span.kind == SpanKind::Run && span.cpu == trace.spans()[0].cpu)
    );
    assert!(trace.work() <= trace.makespan());
    // To hand over, the system has to stop a thread that could have gone on.
    assert!(slices.handovers <= slices.preemptions, "{slices}");
    assert!(!computed_wrong(trace));
    assert!(
        trace
            .conditions()
            .is_some_and(|conditions| conditions.cpus == 1)
    );
}

#[test]
fn two_cpus_are_two_workers() {
    let real = measure(20);
    match &real.two_cpus {
        Some(trace) => {
            assert_eq!((trace.tasks().len(), trace.workers().len()), (2, 2));
            assert!(!computed_wrong(trace), "{:?}", trace.notes());
        }
        None => assert!(
            allowed().len() == 1 && real.notes().join(" ").contains("only one CPU"),
            "{:?}",
            real.notes()
        ),
    }
}

#[test]
fn waits_overlap_on_one_thread() {
    let real = measure(20);
    let trace = &real.waiting;
    assert_eq!(
        (trace.tasks().len(), trace.workers().len()),
        (2, 1),
        "{:?}",
        trace.notes()
    );
    assert_eq!((trace.peak_parallelism(), trace.peak_concurrency()), (1, 2));
    for task in trace.per_task() {
        assert!(task.waiting > 0 && task.running > 0, "{task:?}");
    }
    assert_eq!(real.simulated_waiting.makespan(), 2 + 2 + 20 + 2);
}

#[test]
fn a_number_that_is_not_run_is_said() {
    assert_eq!(try_measure(0), Err(MeasureError::Units(0)));
    let error = try_measure(u64::MAX).unwrap_err().to_string();
    assert!(error.ends_with("use 1 to 2000"), "{error}");
    let real = measure(0);
    assert_eq!(real.units, 1);
    assert!(
        real.notes()[0].ends_with("Here it is 1."),
        "{:?}",
        real.notes()
    );
}

#[test]
fn nothing_is_left() {
    _ = measure(1);
    _ = leaves_nothing(|| (measure(2), try_measure(0)));
}

#[test]
fn inside_an_event_loop_it_runs_as_well() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let real = runtime.block_on(async { measure(1) });
    assert_eq!(real.waiting.tasks().len(), 2, "{:?}", real.notes());
}

/// Machines differ in what they allow; what they do not is said.
fn try_measure_or_say(units: u64) -> RealBarista {
    try_measure(units).unwrap_or_else(|error| {
        assert!(matches!(error, MeasureError::Pin(_)), "{error}");
        measure(units)
    })
}

fn computed_wrong(trace: &Trace) -> bool {
    trace
        .notes()
        .iter()
        .any(|note| note.contains("do not trust"))
}
