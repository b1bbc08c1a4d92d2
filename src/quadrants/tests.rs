//! Where runs stand, as tables and against a slow, obvious version.

use proptest::prelude::*;

use super::*;
use crate::barista::{Order, Policy, Shop, time_slice};
use crate::trace::{Conditions, Origin, Span, SpanKind, TaskId, Trace};

#[test]
fn two_answers_make_a_quadrant() {
    for quadrant in Quadrant::ALL {
        assert_eq!(
            Quadrant::of(quadrant.concurrent(), quadrant.parallel()),
            quadrant
        );
    }
    assert_eq!(Quadrant::of(false, true), Quadrant::ParallelOnly);
    assert_eq!(
        format!("{:>26}|", Quadrant::ConcurrentOnly),
        "  concurrent, not parallel|"
    );
}

#[test]
fn each_example_stands_in_its_quadrant() {
    let check = |quadrant: Quadrant, makespan| {
        let trace = quadrant.example();
        assert_eq!(classify(&trace).quadrant(), quadrant);
        assert_eq!((trace.work(), trace.makespan()), (16, makespan));
    };
    check(Quadrant::Sequential, 16);
    check(Quadrant::ConcurrentOnly, 16);
    check(Quadrant::ParallelOnly, 8);
    check(Quadrant::Both, 8);
}

/// The trace of `spans`, given as (task, worker or `None` to wait, from, to).
fn trace(spans: &[(usize, Option<usize>, u64, u64)]) -> Trace {
    let mut run = Trace::simulated("by hand");
    let tasks: Vec<_> = (0..4).map(|k| run.task(format!("t{k}"))).collect();
    let workers: Vec<_> = (0..4).map(|k| run.worker(format!("w{k}"))).collect();
    for &(task, worker, start, end) in spans {
        match worker {
            Some(worker) => run.run(tasks[task], workers[worker], start, end),
            None => run.wait(tasks[task], start, end),
        };
    }
    run.build().unwrap()
}

#[test]
fn runs_are_told_apart_by_what_overlaps() {
    use Quadrant::{Both, ConcurrentOnly, ParallelOnly, Sequential};
    let check = |spans: &[(usize, Option<usize>, u64, u64)], quadrant, aside| {
        let found = classify(&trace(spans));
        assert_eq!((found.quadrant(), found.put_aside()), (quadrant, aside));
    };
    let (w0, w1) = (Some(0), Some(1));
    check(&[], Sequential, 0);
    check(&[(0, w0, 0, 9)], Sequential, 0);
    // One task that waits has nothing to interleave with.
    check(
        &[(0, w0, 0, 3), (0, None, 3, 9), (0, w0, 9, 10)],
        Sequential,
        0,
    );
    // One after another, also when the worker changes.
    check(&[(0, w0, 0, 3), (1, w1, 3, 6)], Sequential, 0);
    // Turns on one worker.
    check(
        &[(0, w0, 0, 3), (1, w0, 3, 6), (0, w0, 6, 9)],
        ConcurrentOnly,
        1,
    );
    // Turns on two workers that never run at once: still not parallel.
    check(
        &[(0, w0, 0, 3), (1, w1, 3, 6), (0, w0, 6, 9)],
        ConcurrentOnly,
        1,
    );
    // Two waits that overlap need no worker at all.
    check(&[(0, None, 0, 5), (1, None, 2, 7)], ConcurrentOnly, 2);
    // Lanes in lockstep, and lanes that end at different times.
    check(&[(0, w0, 0, 5), (1, w1, 0, 5)], ParallelOnly, 0);
    check(
        &[(0, w0, 0, 5), (1, w1, 2, 7), (2, w0, 5, 9)],
        ParallelOnly,
        0,
    );
    // A second worker runs while a task is aside.
    check(
        &[(0, w0, 0, 5), (1, w1, 0, 2), (2, w1, 2, 4), (1, w1, 4, 6)],
        Both,
        1,
    );
}

/// A measured trace of `spans`, given as (task and thread, CPU or `None` where
/// that was not recorded, from, to), in nanoseconds, with its CPU time and the
/// CPUs that it could use.
fn measured(
    spans: &[(usize, Option<u16>, u64, u64)],
    told: Option<(u64, u64)>,
) -> crate::trace::TraceBuilder {
    let mut run = Trace::measured("by hand", "ns");
    let tasks: Vec<_> = (0..4).map(|k| run.task(format!("t{k}"))).collect();
    let workers: Vec<_> = (0..4).map(|k| run.worker(format!("w{k}"))).collect();
    for &(k, cpu, start, end) in spans {
        run.span(Span {
            task: tasks[k],
            worker: Some(workers[k]),
            start,
            end,
            kind: SpanKind::Run,
            cpu,
        });
    }
    if let Some((cpu_time, cpus)) = told {
        run.conditions(Conditions {
            cpus,
            wall: 100,
            cpu_time,
            ..Conditions::default()
        });
    }
    run
}

#[test]
fn a_measured_run_is_parallel_where_its_cpus_say_so() {
    use Quadrant::{Both, ConcurrentOnly, ParallelOnly, Sequential};
    let check = |spans: &[_], told, quadrant, place| {
        let trace = measured(spans, told).build().unwrap();
        let found = classify(&trace);
        let there = (found.put_aside(), found.running_at_once());
        assert_eq!((found.quadrant(), there), (quadrant, place), "{found}");
        let map = Map::empty().with("it", &trace);
        assert_eq!(map.points()[0].quadrant(), quadrant);
        assert_eq!(map.points()[0].source, Source::Measured);
    };
    let (c0, c1) = (Some(0), Some(1));
    // Two threads side by side: on two CPUs, and on one that took turns.
    let overlap = |a, b| [(0, a, 0, 90), (1, b, 10, 100)];
    check(&overlap(c0, c1), Some((180, 2)), ParallelOnly, (0, 2));
    check(&overlap(c0, c0), Some((98, 2)), ConcurrentOnly, (1, 1));
    check(&overlap(c0, c0), Some((98, 1)), ConcurrentOnly, (1, 1));
    // Both began on one CPU, and one of them moved away: the time proves it.
    check(&overlap(c0, c0), Some((170, 2)), ParallelOnly, (0, 2));
    // No conditions, or no CPUs, as of an imported trace.
    check(&overlap(c0, c1), None, ParallelOnly, (0, 2));
    check(&overlap(c0, c0), None, ConcurrentOnly, (1, 1));
    check(&overlap(None, None), None, ParallelOnly, (0, 2));
    check(&overlap(None, c1), Some((99, 1)), ConcurrentOnly, (1, 1));
    // A busy neighbour took half of both CPUs: still on two at an instant.
    check(&overlap(c0, c1), Some((95, 2)), ParallelOnly, (0, 2));
    // One after the other on two CPUs.
    let after = [(0, c0, 0, 50), (1, c1, 50, 99)];
    check(&after, Some((99, 2)), Sequential, (0, 1));
    check(&[(0, c0, 0, 99)], Some((99, 2)), Sequential, (0, 1));
    // A thread that moves between its spans is still one thread.
    let moves = [(0, c0, 0, 50), (0, c1, 50, 99)];
    check(&moves, Some((99, 2)), Sequential, (0, 1));
    // Three threads on two CPUs: the system has put one of them aside.
    let three = [(0, c0, 0, 99), (1, c1, 0, 99), (2, c0, 5, 99)];
    check(&three, Some((190, 2)), Both, (1, 2));
    check(&three, Some((190, 4)), ParallelOnly, (0, 2));
    check(&[], Some((0, 2)), Sequential, (0, 0));
}

#[test]
fn the_reason_of_a_measured_run_names_its_cpus() {
    let check = |cpu, told, expected: &str| {
        let spans = [(0, Some(0), 0, 90), (1, cpu, 10, 100)];
        let trace = measured(&spans, told).build().unwrap();
        assert_eq!(classify(&trace).reason(), expected);
    };
    let side_by_side = "Not concurrent: up to 2 tasks were in progress at once, but each kept a worker from its beginning to its end and none was put aside.";
    let parallel = "Parallel: up to 2 workers ran at the same instant on 2 CPUs, and CPU time was 1.80 times wall-clock time.";
    check(
        Some(1),
        Some((180, 2)),
        &format!("{side_by_side} {parallel}"),
    );
    check(
        Some(0),
        Some((98, 2)),
        "Concurrent: up to 2 tasks were in progress at once, each on a thread of its own, but 1 CPU ran them: the system put up to 1 aside, unfinished, while another went on. Not parallel: spans of 2 workers overlap, but one CPU ran them in turn, each taken off it in the middle (CPU time was 0.98 times wall-clock time).",
    );
    check(
        Some(0),
        Some((170, 2)),
        &format!(
            "{side_by_side} Parallel: CPU time was 1.70 times wall-clock time, more than one CPU can give."
        ),
    );
    check(
        None,
        None,
        &format!(
            "{side_by_side} Parallel, as far as can be told: up to 2 workers ran at the same instant, but on which CPUs was not recorded (how much CPU time they got is not known)."
        ),
    );
}

#[test]
fn the_reason_names_the_numbers() {
    let check = |trace: &Trace, expected: &str| assert_eq!(classify(trace).reason(), expected);
    check(
        &time_slice(&[20, 20], 5),
        "Concurrent: up to 2 tasks were in progress at once, and 1 of them was put aside, unfinished, while another went on. Not parallel: there is one worker.",
    );
    check(
        &time_slice(&[20, 20], 20),
        "Not concurrent: each task began after the one before was complete. Not parallel: there is one worker.",
    );
    check(
        &Quadrant::ParallelOnly.example(),
        "Not concurrent: up to 2 tasks were in progress at once, but each kept a worker from its beginning to its end and none was put aside. Parallel: up to 2 workers ran at the same instant, 2.00 on average.",
    );
    check(
        &Trace::empty(Origin::Simulated, "nothing", "ticks", "no orders"),
        "Nothing made progress, so nothing could overlap.",
    );
    check(
        &time_slice(&[7], 2),
        "Not concurrent: there is one task, and none to interleave with. Not parallel: there is one worker.",
    );
}

#[test]
fn switching_alone_is_no_progress() {
    let mut run = Trace::simulated("switches only");
    let (a, b, w) = (run.task("A"), run.task("B"), run.worker("w"));
    run.switch(a, w, 0, 2).switch(b, w, 2, 4).switch(a, w, 4, 6);
    let found = classify(&run.build().unwrap());
    assert_eq!(found.quadrant(), Quadrant::Sequential);
    assert_eq!(
        found.reason(),
        "Nothing made progress, so nothing could overlap."
    );
}

/// The hook of the article: many requests in flight on one core.
#[test]
fn an_event_loop_is_far_along_one_axis_only() {
    let requests = (0..1000).map(|k| Order::new(format!("{k}")).work(1).waits(5000).work(1));
    let trace = Shop::new().orders(requests).run().unwrap();
    let found = classify(&trace);
    assert_eq!(found.quadrant(), Quadrant::ConcurrentOnly);
    assert!(found.put_aside() >= 999 && found.peak_parallelism() == 1);
    let one_by_one = Shop::new().policy(Policy::OneAtATime);
    let requests = (0..9).map(|k| Order::new(format!("{k}")).work(1).waits(50).work(1));
    let trace = one_by_one.orders(requests).run().unwrap();
    assert_eq!(classify(&trace).quadrant(), Quadrant::Sequential);
}

#[test]
fn systems_stand_where_the_article_puts_them() {
    let map = map();
    let check = |quadrant, expected: &[&str]| {
        let names: Vec<&str> = map.points_in(quadrant).map(|p| p.name.as_str()).collect();
        assert_eq!(names, expected);
    };
    check(Quadrant::Sequential, &["Bash script"]);
    check(
        Quadrant::ConcurrentOnly,
        &[
            "Node.js event loop",
            "Python asyncio",
            "OS scheduler, 1 core",
        ],
    );
    check(Quadrant::ParallelOnly, &["GPU SIMD"]);
    check(
        Quadrant::Both,
        &["Go runtime", "Multi-threaded JVM server", "Linux kernel"],
    );
}

#[test]
fn own_runs_join_the_map() {
    let map = Map::empty()
        .with("turns", &time_slice(&[20, 20], 5))
        .with("by hand", (0, 16));
    let [turns, by_hand] = map.points() else {
        panic!("two points")
    };
    assert_eq!((turns.place.aside, turns.place.workers), (1, 1));
    assert_eq!(
        (turns.source, by_hand.source),
        (Source::Simulated, Source::Given)
    );
    assert_eq!(by_hand.quadrant(), Quadrant::ParallelOnly);
}

#[test]
fn the_misconception_has_its_counterexamples() {
    let found: Vec<Quadrant> = misconception()
        .evidence()
        .iter()
        .map(|(_, trace)| classify(trace).quadrant())
        .collect();
    assert_eq!(found, [Quadrant::ConcurrentOnly, Quadrant::ParallelOnly]);
}

/// Tick by tick: which tasks are in progress, and which of those are on a
/// worker that runs or is blocked.
fn slow_put_aside(trace: &Trace) -> usize {
    let of = |k| {
        trace
            .spans_of(TaskId(k))
            .filter(|s| s.kind != SpanKind::Switch)
    };
    let live = |k, t| of(k).any(|s| s.start <= t) && trace.spans_of(TaskId(k)).any(|s| s.end > t);
    let held = |k, t| of(k).any(|s| s.worker.is_some() && s.start <= t && t < s.end);
    let at = |t| {
        let live: Vec<usize> = (0..trace.tasks().len()).filter(|&k| live(k, t)).collect();
        let aside = live.iter().filter(|&&k| !held(k, t)).count();
        if live.len() >= 2 { aside } else { 0 }
    };
    (0..trace.end()).map(at).max().unwrap_or(0)
}

proptest! {
    #[test]
    fn the_sweep_agrees_with_looking_at_every_tick(
        orders in prop::collection::vec((0..8_u64, 0..6_u64, 0..6_u64, 0..4_u64), 0..6),
        baristas in 1..4_usize,
        quantum in 1..4_u64,
        cost in 0..2_u64,
        policy in 0..3,
    ) {
        let policy = match policy {
            0 => Policy::Fcfs,
            1 => Policy::OneAtATime,
            _ => Policy::RoundRobin { slice: quantum },
        };
        let order = |&(at, work, wait, more): &(u64, u64, u64, u64)| {
            Order::new("x").arrives(at).work(work).waits(wait).work(more)
        };
        let shop = Shop::new().policy(policy).baristas(baristas).switch_cost(cost);
        if let Ok(trace) = shop.orders(orders.iter().map(order)).run() {
            let found = classify(&trace);
            prop_assert_eq!(found.put_aside(), slow_put_aside(&trace));
            prop_assert_eq!(found.quadrant().parallel(), trace.peak_parallelism() > 1);
            prop_assert!(found.put_aside() == 0 || trace.peak_concurrency() > 1);
        }
    }
}
