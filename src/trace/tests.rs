//! Traces made by hand, with metrics worked out by hand.

use proptest::prelude::*;

use super::*;

mod formats;

/// A on w1 for 0..4, B on w2 for 2..6 and, after a wait, 9..10.
fn example() -> TraceBuilder {
    let mut run = Trace::simulated("example");
    let (a, b) = (run.task("A"), run.task_arriving("B", 1));
    let (w1, w2) = (run.worker("w1"), run.worker("w2"));
    run.run(a, w1, 0, 4)
        .switch(b, w2, 1, 2)
        .run(b, w2, 2, 6)
        .wait(b, 6, 9)
        .run(b, w1, 9, 10);
    run
}

#[test]
fn metrics_of_a_whole_run() {
    let trace = example().build().unwrap();
    assert_eq!(trace.makespan(), 10);
    assert_eq!(trace.work(), 9);
    assert_eq!(trace.overhead(), 1);
    assert_eq!(trace.serial_time(), 12);
    assert_eq!(trace.peak_parallelism(), 2);
    assert_eq!(trace.peak_concurrency(), 2);
    assert_eq!(trace.mean_parallelism(), 0.9);
    assert_eq!(trace.mean_concurrency(), 1.2);
    assert_eq!(trace.speedup(), 1.2);
    assert_eq!(trace.efficiency(), 0.6);
    assert_eq!(trace.mean_turnaround(), 6.5);
}

#[test]
fn a_task_with_nothing_to_do_is_complete_when_it_arrives() {
    let mut run = example();
    run.task_arriving("late", 25);
    let trace = run.build().unwrap();
    assert_eq!((trace.end(), trace.makespan()), (25, 25));
    assert_eq!(trace.per_task()[2].completion, 25);
    assert_eq!(trace.per_worker()[0].idle, 20);
}

#[test]
fn metrics_of_each_task() {
    let trace = example().build().unwrap();
    let of = trace.per_task();
    let check = |index: usize, expected: [u64; 7]| {
        let t: &TaskMetrics = &of[index];
        let got = [
            t.response,
            t.turnaround,
            t.running,
            t.waiting,
            t.switching,
            t.blocked,
            t.queued,
        ];
        assert_eq!(got, expected, "{}", t.name);
    };
    check(0, [0, 4, 4, 0, 0, 0, 0]);
    check(1, [1, 9, 5, 3, 1, 0, 0]);
    assert_eq!(trace.turnaround("B"), Some(9));
    assert_eq!(trace.response("B"), Some(1));
    assert_eq!(trace.turnaround("C"), None);
}

#[test]
fn counts_over_time() {
    let trace = example().build().unwrap();
    assert_eq!(trace.queue_length(), [(0, 0)]);
    assert_eq!(trace.tasks_in_system(), [(0, 1), (1, 2), (4, 1), (10, 0)]);
    assert_eq!(
        trace.concurrency_over_time(),
        [(0, 1), (2, 2), (4, 1), (10, 0)]
    );
    assert_eq!(
        trace.parallelism_over_time(),
        [(0, 1), (2, 2), (4, 1), (6, 0), (9, 1), (10, 0)]
    );
}

#[test]
fn metrics_of_each_worker() {
    let trace = example().build().unwrap();
    let parts: Vec<[u64; 4]> = trace
        .per_worker()
        .iter()
        .map(|of| [of.running, of.switching, of.blocked, of.idle])
        .collect();
    assert_eq!(parts, [[5, 0, 0, 5], [4, 1, 0, 5]]);
    assert_eq!((trace.idle_time(), trace.utilisation()), (10, 0.45));
    assert_eq!(trace.longest_task(), 8);
    assert_eq!(trace.throughput(), 0.2);
    let law = LittlesLaw {
        in_system: 1.3,
        arrival_rate: 0.2,
        time_in_system: 6.5,
    };
    assert_eq!(trace.littles_law(), law);
}

#[test]
fn a_baseline_replaces_the_serial_time() {
    let mut run = example();
    run.baseline(20);
    assert_eq!(run.build().unwrap().speedup(), 2.0);
}

#[test]
fn touching_spans_do_not_overlap() {
    let mut run = Trace::simulated("relay");
    let (a, b) = (run.task("A"), run.task("B"));
    let w = run.worker("w");
    run.run(a, w, 0, 5).run(b, w, 5, 9).run(a, w, 9, 9);
    let trace = run.build().unwrap();
    assert_eq!((trace.peak_parallelism(), trace.peak_concurrency()), (1, 1));
    assert_eq!(trace.spans().len(), 2, "spans of no length are dropped");
}

#[test]
fn an_empty_trace_has_harmless_metrics() {
    let trace = Trace::empty(Origin::Simulated, "nothing", "ticks", "Nothing happened.");
    assert_eq!((trace.makespan(), trace.work()), (0, 0));
    assert_eq!((trace.speedup(), trace.mean_parallelism()), (1.0, 0.0));
    assert_eq!(trace.notes(), ["Nothing happened."]);
}

#[test]
fn rules_are_kept() {
    let check = |break_rule: fn(&mut TraceBuilder), expected: &str| {
        let mut run = Trace::simulated("broken");
        run.task("A");
        run.task_arriving("B", 3);
        run.worker("w");
        run.worker("v");
        break_rule(&mut run);
        let message = run.build().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    const A: TaskId = TaskId(0);
    const B: TaskId = TaskId(1);
    const W: WorkerId = WorkerId(0);
    const V: WorkerId = WorkerId(1);
    check(|t| _ = t.run(TaskId(2), W, 0, 1), "trace with 2 tasks");
    check(|t| _ = t.run(A, WorkerId(2), 0, 1), "trace with 2 workers");
    check(|t| _ = t.run(A, W, 2, 1), "ends before it starts");
    check(|t| _ = t.run(B, W, 2, 5), "arrives at 3");
    check(
        |t| _ = t.run(A, W, 0, 5).run(B, W, 4, 6),
        "w does two things",
    );
    check(
        |t| _ = t.run(A, W, 0, 5).run(A, V, 4, 6),
        "A is in two places",
    );
    check(
        |t| _ = t.run(A, W, 0, 5).wait(A, 4, 6),
        "A is in two places",
    );
    let span = |kind, worker| Span {
        task: A,
        worker,
        start: 0,
        end: 1,
        kind,
        cpu: None,
    };
    let mut run = Trace::simulated("broken");
    run.task("A");
    run.worker("w");
    run.span(span(SpanKind::Run, None));
    assert!(matches!(run.build(), Err(TraceError::WrongWorker(_))));
    let mut run = Trace::simulated("broken");
    run.task("A");
    run.worker("w");
    run.span(span(SpanKind::Wait, Some(W)));
    assert!(matches!(run.build(), Err(TraceError::WrongWorker(_))));
}

proptest! {
    /// Whatever spans are thrown at it, a trace is refused or its metrics obey
    /// the laws that hold for every run.
    #[test]
    fn accepted_traces_obey_the_laws(
        spans in prop::collection::vec((0..4_usize, 0..3_usize, 0..40_u64, 0..6_u64, 0..4_u8), 0..10)
    ) {
        let mut run = Trace::simulated("random");
        let tasks: Vec<TaskId> = (0..4).map(|i| run.task(format!("t{i}"))).collect();
        let workers: Vec<WorkerId> = (0..3).map(|i| run.worker(format!("w{i}"))).collect();
        for (task, worker, start, length, kind) in spans {
            let (task, worker, end) = (tasks[task], workers[worker], start + length);
            match kind {
                0 => run.run(task, worker, start, end),
                1 => run.switch(task, worker, start, end),
                2 => run.blocked(task, worker, start, end),
                _ => run.wait(task, start, end),
            };
        }
        if let Ok(trace) = run.build() {
            // Work law: W workers do at most W ticks of work per tick.
            prop_assert!(trace.work() <= trace.makespan() * 3);
            prop_assert!(trace.mean_parallelism() <= trace.peak_parallelism() as f64);
            prop_assert!(trace.mean_concurrency() <= trace.peak_concurrency() as f64);
            prop_assert!(trace.peak_parallelism() <= trace.peak_concurrency());
            check_steps(&trace)?;
            let (law, all) = (trace.littles_law(), trace.per_task());
            prop_assert!((law.in_system - law.arrival_rate * law.time_in_system).abs() < 1e-9);
            prop_assert!(trace.makespan() >= trace.longest_task());
            for of in trace.per_worker() {
                let parts = of.running + of.switching + of.blocked + of.idle;
                prop_assert_eq!(trace.makespan(), parts);
            }
            for of in all {
                let parts = of.running + of.waiting + of.switching + of.blocked + of.queued;
                prop_assert_eq!(of.turnaround, parts);
                prop_assert!(of.response <= of.turnaround);
            }
        }
    }
}

/// The step functions against counts at each instant.
fn check_steps(trace: &Trace) -> Result<(), TestCaseError> {
    let all = trace.per_task();
    let covers = |span: &Span, now: u64| span.start <= now && now < span.end;
    let in_span = |task: TaskId, now| trace.spans_of(task).any(|span| covers(span, now));
    let there = |of: &&TaskMetrics, now| of.arrival <= now && now < of.completion;
    let progress = |span: &Span, now| span.kind != SpanKind::Switch && span.start <= now;
    let begun = |task: TaskId, now| trace.spans_of(task).any(|span| progress(span, now));
    for now in 0..60 {
        let running = trace.spans().iter().filter(|s| s.kind == SpanKind::Run);
        let running = running.filter(|span| covers(span, now)).count();
        prop_assert_eq!(at(&trace.parallelism_over_time(), now), running);
        let there: Vec<&TaskMetrics> = all.iter().filter(|of| there(of, now)).collect();
        prop_assert_eq!(at(&trace.tasks_in_system(), now), there.len());
        let queued = there.iter().filter(|of| !in_span(of.task, now)).count();
        prop_assert_eq!(at(&trace.queue_length(), now), queued);
        let begun = there.iter().filter(|of| begun(of.task, now)).count();
        prop_assert_eq!(at(&trace.concurrency_over_time(), now), begun);
    }
    Ok(())
}

fn at(steps: &[(u64, usize)], now: u64) -> usize {
    let so_far = steps.iter().take_while(|step| step.0 <= now);
    so_far.last().map_or(0, |step| step.1)
}
