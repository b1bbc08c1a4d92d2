//! Real runs of small programs. Nothing here depends on how long they take.

use super::*;
use crate::machine;
use crate::quadrants::Source;
use crate::team::tests::leaves_nothing;
use crate::trace::{Origin, SpanKind};

#[test]
fn every_program_computes_what_it_has_to_and_leaves_nothing() {
    let small = Experiment::new().tasks(5).units(2).wait(1);
    for quadrant in Quadrant::ALL {
        let run = leaves_nothing(|| small.try_run(quadrant)).unwrap();
        assert_eq!((run.asked(), run.right()), (quadrant, (5, 5)));
        let trace = run.trace();
        assert_eq!((trace.origin(), trace.unit()), (Origin::Measured, "ns"));
        assert_eq!(trace.tasks().len(), 5);
        assert!(trace.conditions().is_some());
        let runs = |s: &&crate::trace::Span| s.kind == SpanKind::Run;
        let polls = trace.spans().iter().filter(runs).count();
        // A poll for each unit, at least, where tasks wait; else one span.
        assert!(polls >= if quadrant.concurrent() { 10 } else { 5 });
        assert_eq!(run.waited() > 0, quadrant.concurrent());
    }
}

/// What holds on any machine, however busy.
#[test]
fn the_sequential_and_the_concurrent_quadrant_are_always_reached() {
    let real = measure();
    for quadrant in [Quadrant::Sequential, Quadrant::ConcurrentOnly] {
        assert!(
            real.of(quadrant).is_reached(),
            "{}",
            real.of(quadrant).found()
        );
    }
    let event_loop = real.of(Quadrant::ConcurrentOnly).found();
    assert_eq!(event_loop.peak_concurrency(), 8);
    assert_eq!(event_loop.running_at_once(), 1);
    // All of them wait, and none goes on.
    if event_loop.put_aside() == 8 {
        let reason = event_loop.reason();
        assert!(reason.contains("all of them were put aside"), "{reason}");
    }
    for note in real.lanes().notes() {
        assert!(real.notes().contains(&format!("Lanes: {note}")));
    }
    let measured = real.map();
    let measured = measured.points().iter();
    assert_eq!(measured.filter(|p| p.source == Source::Measured).count(), 4);
}

#[test]
fn on_one_cpu_nothing_is_parallel_and_it_says_so() {
    let first = machine::allowed()[0];
    let _pinned = machine::pin(&[first]).unwrap();
    for quadrant in [Quadrant::ParallelOnly, Quadrant::Both] {
        // Threads inherit the CPUs of the thread that starts them.
        let run = quadrant.measure();
        assert!(run.is_correct() && !run.is_reached());
        assert!(!run.found().quadrant().parallel(), "{}", run.found());
        assert_eq!(run.found().running_at_once(), 1);
        assert!(
            run.notes()[0].starts_with("One CPU can be used here"),
            "{:?}",
            run.notes()
        );
    }
    let lanes = lanes();
    assert!(lanes.times().iter().all(|way| way.cpus == 1));
    assert!(lanes.notes()[0].starts_with("One CPU can be used here"));
}

#[test]
fn it_does_not_matter_who_calls() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let run = runtime.block_on(async { Quadrant::Both.measure() });
    assert!(run.is_correct());
}

#[test]
fn sizes_out_of_range_are_refused_in_a_sentence_and_the_nearest_is_run() {
    let new = Experiment::new;
    let check = |size: Experiment, expected: &str| {
        let error = size.try_run(Quadrant::Sequential).unwrap_err().to_string();
        assert_eq!(error, expected);
    };
    check(
        new().tasks(0),
        "tasks: 0 was given, but it has to be from 1 to 1000",
    );
    check(
        new().units(0),
        "units of a task: 0 was given, but it has to be from 1 to 5000",
    );
    check(
        new().threads(1_000),
        "threads: 1000 was given, but it has to be from 1 to 64",
    );
    check(
        new().wait(u64::MAX),
        "milliseconds of a wait: 18446744073709551615 was given, but it has to be from 0 to 100",
    );
    check(
        new().tasks(100).units(51),
        "100 tasks of 51 units are 5100 units, about as many milliseconds: ask for 5000 or fewer",
    );
    let run = new().tasks(0).units(1).threads(2).run(Quadrant::Sequential);
    assert_eq!(run.right(), (1, 1));
    assert_eq!(
        run.notes()[0],
        "tasks: 0 was given, but it has to be from 1 to 1000. Shown is 1 task of 1 unit on up to 2 threads, with waits of 3 ms."
    );
}

#[test]
fn every_set_of_instructions_comes_to_the_same_numbers() {
    // Lengths around the vectors', so that the rest is computed as well.
    for count in [0, 1, 3, 4, 7, 8, 15, 16, 17, 33, 100] {
        let input = super::lanes::numbers_to(count);
        let scrambled = |instructions: Instructions| {
            let mut numbers = input.clone();
            instructions.scramble(&mut numbers, 7);
            numbers
        };
        let plain = scrambled(Instructions::Plain);
        for instructions in Instructions::all_here() {
            assert_eq!(scrambled(instructions), plain, "{instructions} {count}");
        }
        // What is not here is the plain loop.
        assert_eq!(scrambled(Instructions::Neon), plain);
        assert_eq!(scrambled(Instructions::Avx512), plain);
    }
    // One round of Marsaglia's xorshift of 1, by hand.
    let mut one = [1];
    Instructions::Plain.scramble(&mut one, 1);
    assert_eq!(one, [270_369]);
}

#[test]
fn lanes_are_checked_against_the_plain_loop() {
    let found = leaves_nothing(|| try_lanes(1_001, 9)).unwrap();
    assert!(found.times().iter().all(|way| way.right && way.time > 0));
    assert_eq!(found.times()[0].instructions, Instructions::Plain);
    let check = |numbers, rounds, expected: &str| {
        let error = try_lanes(numbers, rounds).unwrap_err().to_string();
        assert_eq!(error, expected);
    };
    check(
        0,
        1,
        "numbers: 0 was given, but it has to be from 1 to 16777216",
    );
    check(
        1,
        0,
        "rounds: 0 was given, but it has to be from 1 to 1000000",
    );
    check(
        1 << 20,
        1 << 12,
        "numbers times rounds: 4294967296 was given, but it has to be from 1 to 500000000",
    );
}

/// With a GPU or without: an answer, and a sentence where there is none.
#[cfg(feature = "gpu")]
#[test]
fn a_gpu_comes_to_the_same_numbers_or_says_why_not() {
    let found = gpu::try_lanes(1_001, 9);
    match found {
        Ok(found) => assert!(found.times().iter().all(|time| time.right), "{found:?}"),
        Err(error) => assert!(error.to_string().starts_with("no GPU"), "{error}"),
    }
    let error = gpu::try_lanes(0, 9).unwrap_err().to_string();
    assert_eq!(
        error,
        "numbers: 0 was given, but it has to be from 1 to 4000000"
    );
}
