//! Recordings of small real runs. Nothing here depends on how long they take.

use std::time::Duration;

use super::*;
use crate::quadrants::{Quadrant, classify};
use crate::trace::{Origin, SpanKind};

#[test]
fn each_thread_is_a_worker_with_its_own_spans() {
    let recorder = Recorder::new("threads");
    let tasks: Vec<_> = (0..4).map(|n| recorder.task(format!("task {n}"))).collect();
    recorder.begin();
    std::thread::scope(|scope| {
        for (number, tasks) in tasks.chunks(2).enumerate() {
            let recorder = recorder.clone();
            scope.spawn(move || {
                let _at = recorder.enter(format!("worker {number}"));
                for &task in tasks {
                    recorder.run(task, || {
                        std::hint::black_box(crate::machine::Unit::of_rounds(1_000).compute(1, 1))
                    });
                }
            });
        }
    });
    let trace = recorder.finish();
    assert_eq!(trace.origin(), Origin::Measured);
    assert_eq!(
        (
            trace.tasks().len(),
            trace.workers().len(),
            trace.spans().len()
        ),
        (4, 2, 4)
    );
    assert!(trace.tasks().iter().all(|task| task.arrival == 0));
    assert!(trace.spans().iter().all(|span| span.cpu.is_some()));
    let conditions = trace.conditions().unwrap();
    assert!(conditions.wall >= trace.makespan());
}

#[test]
fn spans_of_strangers_are_missed_aloud() {
    let recorder = Recorder::new("nobody entered");
    let task = recorder.task("A");
    recorder.run(task, || ());
    let trace = recorder.finish();
    assert!(
        trace
            .notes()
            .iter()
            .any(|note| note.starts_with("1 span is missing: it was on a thread")),
        "{:?}",
        trace.notes()
    );
}

#[test]
fn polls_are_spans_and_waits_lie_between_them() {
    let recorder = Recorder::new("two sleepers");
    let tasks = ["A", "B"].map(|name| recorder.task(name));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    recorder.begin();
    let at = recorder.enter("event loop");
    runtime.block_on(async {
        let sleep = |task| recorder.future(task, tokio::time::sleep(Duration::from_millis(5)));
        tokio::join!(sleep(tasks[0]), sleep(tasks[1]));
    });
    drop(at);
    let trace = recorder.finish();
    for task in tasks {
        let kinds: Vec<_> = trace.spans_of(task).map(|span| span.kind).collect();
        assert!(
            kinds.contains(&SpanKind::Wait) && kinds.contains(&SpanKind::Run),
            "{kinds:?}"
        );
    }
    assert_eq!(classify(&trace).quadrant(), Quadrant::ConcurrentOnly);
}

#[test]
fn a_thread_that_never_left_is_in_no_later_recording() {
    // The same address is likely to be given again; the key must not be.
    for _ in 0..100 {
        let recorder = Recorder::new("one");
        let task = recorder.task("A");
        recorder.run(task, || ());
        let trace = recorder.finish();
        assert_eq!(trace.notes().len(), 1 + disturbed(&trace), "{trace}");
        recorder.join("worker that stays");
    }
}

/// How many of the notes are about the machine.
fn disturbed(trace: &crate::trace::Trace) -> usize {
    trace.conditions().map_or(0, |now| now.disturbances().len())
}

#[test]
fn another_thread_of_this_process_is_somebody_else() {
    use std::sync::atomic::{AtomicU64, Ordering};

    use crate::machine::{Unit, Usage};

    // As a cell that was run before may have left one.
    let (used, stop) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while stop.load(Ordering::Relaxed) == 0 {
                std::hint::black_box(Unit::of_rounds(10_000).compute(1, 1));
                used.store(Usage::of_thread().cpu_time, Ordering::Relaxed);
            }
        });
        let recorder = Recorder::new("beside a thread that computes");
        let task = recorder.task("A");
        recorder.begin();
        let at = recorder.enter("worker 1");
        let before = used.load(Ordering::Relaxed);
        recorder.run(task, || {
            while used.load(Ordering::Relaxed) < before + 400_000_000 {
                std::thread::yield_now();
            }
        });
        drop(at);
        let trace = recorder.finish();
        stop.store(1, Ordering::Relaxed);
        if let Some(elsewhere) = trace.conditions().unwrap().elsewhere {
            // The system counts coarsely, and others only add to it.
            assert!(elsewhere > 150_000_000, "{:?}", trace.conditions());
        }
    });
}

#[test]
fn workers_that_have_not_left_are_missed_aloud() {
    let recorder = Recorder::new("somebody stays");
    let task = recorder.task("A");
    let at = recorder.enter("worker");
    recorder.run(task, || ());
    let early = recorder.finish();
    let note = "Spans are missing: of the workers of this recording, 1 had not left it";
    assert!(
        early.notes().iter().any(|told| told.starts_with(note)),
        "{:?}",
        early.notes()
    );
    drop(at);
    let late = recorder.finish();
    assert!(
        !late.notes().iter().any(|told| told.starts_with(note)),
        "{:?}",
        late.notes()
    );
}
