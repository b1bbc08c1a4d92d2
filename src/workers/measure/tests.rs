//! Small real runs. Nothing here depends on how long they take.

use std::time::{Duration, Instant};

use super::*;
use crate::machine::{self, Footprint};
use crate::trace::{Origin, SpanKind};

/// What a trace's notes say, in one text.
fn told(trace: &Trace) -> String {
    trace.notes().join(" ")
}

#[test]
fn each_task_is_one_span_on_one_worker() {
    for runtime in Runtime::ALL {
        for (tasks, workers) in [(1, 1), (8, 1), (8, 2), (9, 4), (2, 5)] {
            let trace = try_measure(runtime, tasks, 1, workers).unwrap();
            let case = format!("{runtime}, {tasks} tasks, {workers} workers");
            assert_eq!(trace.origin(), Origin::Measured, "{case}");
            assert_eq!(trace.tasks().len(), tasks, "{case}");
            assert_eq!(trace.workers().len(), workers, "{case}");
            assert_eq!(trace.workers()[0].name, "worker 1");
            assert_eq!(trace.spans().len(), tasks, "{case}");
            for (task, span) in trace.per_task().iter().zip(1..) {
                assert_eq!(task.name, format!("task {span}"));
                assert_eq!(task.running + task.queued, task.turnaround, "{case}");
            }
            let spans = trace.spans();
            assert!(spans.iter().all(|span| span.kind == SpanKind::Run));
            assert!(spans.iter().all(|span| span.cpu.is_some()), "{case}");
            assert!(trace.peak_parallelism() <= workers.min(tasks), "{case}");
            assert!(trace.conditions().is_some());
        }
    }
}

#[test]
fn tasks_that_wait_block_a_worker_or_give_it_back() {
    let check = |runtime, workers, wanted: &[SpanKind]| {
        let experiment = Experiment::new(runtime).tasks(3).compute(1).wait(3);
        let experiment = experiment.compute(1).workers(workers);
        let (real, simulated) = (experiment.try_measure().unwrap(), experiment.simulate());
        for trace in [&real, &simulated] {
            for task in 0..3 {
                let spans = trace.spans_of(crate::trace::TaskId(task));
                let mut kinds: Vec<SpanKind> = spans.map(|span| span.kind).collect();
                // A sleep may be polled once more than it has to be.
                kinds.dedup();
                assert_eq!(kinds, wanted, "{runtime}");
            }
        }
        (real.peak_concurrency(), simulated.peak_concurrency())
    };
    let (run, wait) = (SpanKind::Run, SpanKind::Wait);
    let blocked = [run, SpanKind::Blocked, run];
    assert_eq!(check(Runtime::Threads, 1, &blocked), (1, 1));
    assert_eq!(check(Runtime::Rayon, 1, &blocked), (1, 1));
    assert_eq!(check(Runtime::Tokio, 1, &[run, wait, run]).1, 3);
}

#[test]
fn nothing_is_left_behind() {
    let before = Footprint::now();
    for runtime in Runtime::ALL {
        _ = measure(runtime, 4, 1, 3);
        _ = Experiment::new(runtime)
            .tasks(2)
            .wait(1)
            .workers(2)
            .measure();
        _ = try_measure(runtime, 0, 1, 3);
        assert_eq!(settled(before), before, "{runtime}");
    }
}

/// The footprint, as soon as it is `wanted` or after five seconds: the system
/// takes a moment to forget a thread that was joined.
fn settled(wanted: Footprint) -> Footprint {
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        let now = Footprint::now();
        if now == wanted || Instant::now() > end {
            return now;
        }
        std::thread::yield_now();
    }
}

#[test]
fn one_cpu_is_oversubscribed_by_two_workers() {
    let cpu = machine::allowed()[0];
    let _pinned = machine::pin(&[cpu]).unwrap();
    for runtime in Runtime::ALL {
        let trace = measure(runtime, 4, 1, 2);
        let note = "Oversubscribed: 2 workers share 1 CPU, so at most 1 can compute at one instant";
        assert!(told(&trace).contains(note), "{:?}", trace.notes());
        assert!(trace.spans().iter().all(|span| span.cpu == Some(cpu)));
        let alone = measure(runtime, 2, 1, 1);
        assert!(!told(&alone).contains("Oversubscribed"));
    }
    // Who only waits needs no CPU.
    let waiting = Experiment::new(Runtime::Threads).wait(1).workers(4);
    assert!(!told(&waiting.measure()).contains("Oversubscribed"));
    let sweep = sweep(Runtime::Threads, 2, 1, 2);
    assert_eq!(sweep.cpus(), 1);
    assert!(sweep.amdahl().is_err() && sweep.usl().is_err());
    assert!(sweep.to_string().contains("oversubscribed"));
}
