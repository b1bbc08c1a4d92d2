//! Graphs against bounds that hold for all of them, and against a slow and
//! obvious scheduler that goes tick by tick.

use proptest::prelude::*;

use super::super::*;
use crate::trace::{SpanKind, TaskId, Trace};

/// a (3) before b (4) and c (2), both before d (1); e (6) alone.
fn diamond() -> Graph {
    let mut graph = Graph::new();
    let a = graph.task("a", 3);
    let b = graph.task_after("b", 4, &[a]).unwrap();
    let c = graph.task_after("c", 2, &[a, a]).unwrap();
    graph.task_after("d", 1, &[b, c]).unwrap();
    graph.task("e", 6);
    graph
}

fn runs(trace: &Trace) -> String {
    let runs = trace.spans().iter().filter(|s| s.kind == SpanKind::Run);
    let runs: Vec<String> = runs
        .map(|s| {
            let worker = s.worker.map_or(0, |worker| worker.0 + 1);
            format!(
                "{}{}-{}@{worker}",
                trace.tasks()[s.task.0].name,
                s.start,
                s.end
            )
        })
        .collect();
    runs.join(" ")
}

#[test]
fn work_span_and_what_follows() {
    let graph = diamond();
    assert_eq!((graph.work(), graph.span()), (16, 8));
    assert_eq!(graph.parallelism(), 2.0);
    assert_eq!(graph.critical_path(), [TaskId(0), TaskId(1), TaskId(3)]);
    assert_eq!(
        [1, 2, 3, 0].map(|w| graph.lower_bound(w)),
        [16, 8, 8, u64::MAX]
    );
    assert_eq!(graph.greedy_bound(2), 16.0);
    assert_eq!(graph.greedy_bound(0), f64::INFINITY);
    assert_eq!(Graph::new().greedy_bound(0), f64::INFINITY);
    let empty = Graph::new();
    assert_eq!(
        (empty.work(), empty.span(), empty.parallelism()),
        (0, 0, 1.0)
    );
    assert_eq!(empty.critical_path(), []);
    let vast = Graph::independent(&[u64::MAX, u64::MAX]);
    assert_eq!((vast.work(), vast.span()), (u64::MAX, u64::MAX));
}

#[test]
fn whoever_is_free_takes_the_first_that_is_ready() {
    let check = |workers, expected: &str| {
        assert_eq!(runs(&diamond().run(workers).unwrap()), expected);
    };
    check(1, "a0-3@1 b3-7@1 c7-9@1 d9-10@1 e10-16@1");
    check(2, "a0-3@1 e0-6@2 b3-7@1 c6-8@2 d8-9@1");
    check(3, "a0-3@1 e0-6@2 b3-7@1 c3-5@3 d7-8@1");
    let trace = diamond().overhead(1).run(2).unwrap();
    assert_eq!(runs(&trace), "a1-4@1 e1-7@2 b5-9@1 c8-10@2 d11-12@1");
    assert_eq!((trace.work(), trace.overhead()), (16, 5));
}

#[test]
fn a_task_arrives_when_it_could_start() {
    let trace = diamond().run(2).unwrap();
    let arrivals: Vec<u64> = trace.tasks().iter().map(|task| task.arrival).collect();
    assert_eq!(arrivals, [0, 3, 3, 8, 0]);
    // e has both workers' attention at once; only c has to queue.
    let queued: Vec<u64> = trace.per_task().iter().map(|of| of.queued).collect();
    assert_eq!(queued, [0, 0, 3, 0, 0]);
}

#[test]
fn more_workers_can_be_slower() {
    // Graham's anomaly (1969): a greedy schedule is not the best.
    let mut graph = Graph::new();
    let tasks: Vec<TaskId> = [3, 2, 2, 2].map(|ticks| graph.task("t", ticks)).into();
    for _ in 0..4 {
        graph.task_after("t", 4, &tasks[3..]).unwrap();
    }
    graph.task_after("t", 9, &tasks[..1]).unwrap();
    let makespan = |workers| graph.run(workers).unwrap().makespan();
    assert_eq!((makespan(3), makespan(4)), (12, 15));
}

#[test]
fn a_serial_part_is_amdahls_law_in_steps() {
    let check = |workers, expected: f64| {
        let trace = Graph::with_serial_part(20, 8, 10).run(workers).unwrap();
        assert!((trace.speedup() - expected).abs() < 1e-9);
    };
    check(1, 1.0);
    check(2, amdahl(0.8, 2));
    check(4, amdahl(0.8, 4));
    check(8, amdahl(0.8, 8));
    // Between those, whole tasks leave workers idle: below the law.
    check(3, 100.0 / 50.0);
    // Beyond them the span is the limit, and the law is not reached either.
    check(100, 100.0 / 30.0);
}

#[test]
fn a_graph_of_very_many_tasks_is_refused_and_not_built() {
    for tasks in [MAX_TASKS, usize::MAX] {
        let graph = Graph::with_serial_part(1, tasks, 1);
        assert_eq!(graph.tasks(), MAX_TASKS + 1);
        assert!(matches!(graph.run(1), Err(WorkersError::TooManyTasks(_))));
    }
    assert_eq!(Graph::new().greedy_bound(0), f64::INFINITY);
}

#[test]
fn graphs_that_cannot_run_say_why() {
    let check = |graph: Graph, workers, expected: &str| {
        let message = graph.run(workers).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    check(Graph::new(), 1, "no tasks");
    check(diamond(), 0, "0 workers");
    check(diamond(), usize::MAX, "18446744073709551615 workers");
    check(Graph::independent(&[u64::MAX, 1]), 1, "smaller numbers");
    check(
        Graph::independent(&[1]).overhead(u64::MAX),
        1,
        "smaller numbers",
    );
    let message = diamond()
        .task_after("f", 1, &[TaskId(5)])
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("after task 5, and the graph has 5 tasks"),
        "{message}"
    );
}

prop_compose! {
    fn any_graph()(
        tasks in prop::collection::vec(
            (0..9_u64, prop::collection::vec(any::<prop::sample::Index>(), 0..3)), 1..12),
        overhead in 0..3_u64,
    ) -> Graph {
        let mut graph = Graph::new();
        for (index, (ticks, needs)) in tasks.into_iter().enumerate() {
            let needs = needs.iter().filter(|_| index > 0);
            let needs: Vec<TaskId> = needs.map(|need| TaskId(need.index(index))).collect();
            graph.task_after(format!("t{index}"), ticks, &needs).unwrap();
        }
        graph.overhead(overhead)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_laws_of_work_and_span_hold(graph in any_graph(), workers in 1..5_usize) {
        let trace = graph.run(workers).unwrap();
        prop_assert_eq!(trace.work(), graph.work());
        prop_assert!(trace.end() >= graph.lower_bound(workers));
        prop_assert!(trace.end() as f64 <= graph.greedy_bound(workers) + 1e-9);
        prop_assert!(trace.speedup() <= graph.parallelism() + 1e-9);
    }

    #[test]
    fn a_worker_for_each_task_takes_the_span(graph in any_graph()) {
        let trace = graph.clone().overhead(0).run(graph.tasks()).unwrap();
        prop_assert_eq!(trace.end(), graph.span());
        prop_assert_eq!(graph.span(), longest_path(&graph));
    }

    #[test]
    fn events_agree_with_ticking(graph in any_graph(), workers in 1..5_usize) {
        let trace = graph.run(workers).unwrap();
        let finish: Vec<u64> = trace.per_task().iter().map(|of| of.completion).collect();
        prop_assert_eq!(finish, ticking(&graph, workers));
    }

    #[test]
    fn the_critical_path_is_a_chain_as_long_as_the_span(graph in any_graph()) {
        let path = graph.critical_path();
        let ticks: u64 = path.iter().map(|task| graph.nodes[task.0].ticks).sum();
        prop_assert_eq!(ticks, graph.span());
        for pair in path.windows(2) {
            prop_assert!(graph.nodes[pair[1].0].needs.contains(&pair[0]));
        }
    }

    #[test]
    fn equal_tasks_are_a_graph_without_needs(
        tasks in 1..20_usize, units in 1..9_u64, workers in 1..9_usize,
    ) {
        let graph = Graph::independent(&vec![units; tasks]);
        let (one, other) = (graph.run(workers).unwrap(), simulate(tasks, units, workers));
        prop_assert_eq!(one.spans(), other.spans());
    }
}

/// The longest of all paths, each of them walked.
fn longest_path(graph: &Graph) -> u64 {
    fn from(graph: &Graph, task: usize) -> u64 {
        let needs = graph.nodes[task].needs.iter();
        graph.nodes[task].ticks + needs.map(|need| from(graph, need.0)).max().unwrap_or(0)
    }
    (0..graph.tasks())
        .map(|task| from(graph, task))
        .max()
        .unwrap_or(0)
}

/// When each task is complete, one tick after another.
fn ticking(graph: &Graph, workers: usize) -> Vec<u64> {
    let tasks = graph.tasks();
    let cost = |task: usize| graph.nodes[task].ticks + graph.overhead;
    let mut started: Vec<Option<u64>> = vec![None; tasks];
    let over = |started: &[Option<u64>], task: usize, now: u64| {
        started[task].is_some_and(|start| start + cost(task) <= now)
    };
    for now in 0..300 {
        // As often as tasks of no length make others ready at this instant.
        for _ in 0..=tasks {
            let taken = started.clone();
            let busy = (0..tasks).filter(|&task| taken[task].is_some() && !over(&taken, task, now));
            let mut free = workers - busy.count();
            for (task, start) in started.iter_mut().enumerate() {
                let needs = &graph.nodes[task].needs;
                let ready = needs.iter().all(|need| over(&taken, need.0, now));
                if free > 0 && start.is_none() && ready {
                    *start = Some(now);
                    free -= 1;
                }
            }
        }
    }
    (0..tasks)
        .map(|task| {
            let start = started[task].unwrap();
            // A task that takes no time leaves no span: it is complete on arrival.
            if cost(task) == 0 {
                arrival(graph, &started, task)
            } else {
                start + cost(task)
            }
        })
        .collect()
}

fn arrival(graph: &Graph, started: &[Option<u64>], task: usize) -> u64 {
    let needs = graph.nodes[task].needs.iter();
    let over =
        |need: &TaskId| started[need.0].unwrap() + graph.nodes[need.0].ticks + graph.overhead;
    needs.map(over).max().unwrap_or(0)
}
