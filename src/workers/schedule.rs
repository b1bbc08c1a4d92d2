//! List scheduling: from one completion straight to the next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::trace::{Span, SpanKind, TaskId, Trace, WorkerId};

use super::error::WorkersError;
use super::graph::Graph;
use super::simulate::{check_counts, counted};

pub(super) fn run(graph: &Graph, workers: usize) -> Result<Trace, WorkersError> {
    check_counts(graph.tasks(), workers)?;
    let mut room = Room::new(graph, workers);
    room.work_through()?;

    let mut trace = Trace::simulated(heading(graph, workers));
    trace.reserve(graph.tasks(), 0);
    for (node, &arrival) in graph.nodes.iter().zip(&room.ready_at) {
        trace.task_arriving(&node.name, arrival);
    }
    for number in 1..=workers {
        trace.worker(format!("worker {number}"));
    }
    trace.spans(room.spans);
    Ok(trace.build()?)
}

fn heading(graph: &Graph, workers: usize) -> String {
    if let Some(title) = &graph.title {
        return title.clone();
    }
    let tasks = counted(graph.tasks(), "task");
    let workers = counted(workers, "worker");
    match graph.overhead {
        0 => format!("{tasks}, {workers}"),
        ticks => format!("{tasks}, {workers}, overhead {ticks} a task"),
    }
}

struct Room<'a> {
    graph: &'a Graph,
    /// Per task: the tasks that need it.
    needed_by: Vec<Vec<usize>>,
    /// Per task: how many of those that it needs are not complete.
    missing: Vec<usize>,
    /// Per task: when it could have started.
    ready_at: Vec<u64>,
    /// Tasks to be taken, and workers to take them, lowest number first.
    ready: BinaryHeap<Reverse<usize>>,
    free: BinaryHeap<Reverse<usize>>,
    /// (time, worker, task): a task that will be complete.
    busy: BinaryHeap<Reverse<(u64, usize, usize)>>,
    spans: Vec<Span>,
}

impl<'a> Room<'a> {
    fn new(graph: &'a Graph, workers: usize) -> Self {
        let mut needed_by = vec![Vec::new(); graph.tasks()];
        for (task, node) in graph.nodes.iter().enumerate() {
            for need in &node.needs {
                needed_by[need.0].push(task);
            }
        }
        let missing: Vec<usize> = graph.nodes.iter().map(|node| node.needs.len()).collect();
        let sources = missing.iter().enumerate().filter(|(_, count)| **count == 0);
        Self {
            graph,
            needed_by,
            ready: sources.map(|(task, _)| Reverse(task)).collect(),
            missing,
            ready_at: vec![0; graph.tasks()],
            free: (0..workers).map(Reverse).collect(),
            busy: BinaryHeap::new(),
            spans: Vec::with_capacity(graph.tasks()),
        }
    }

    fn work_through(&mut self) -> Result<(), WorkersError> {
        self.take_tasks(0)?;
        while let Some(&Reverse((now, ..))) = self.busy.peek() {
            while let Some(&Reverse((time, worker, task))) = self.busy.peek()
                && time == now
            {
                self.busy.pop();
                self.free.push(Reverse(worker));
                self.complete(now, task);
            }
            self.take_tasks(now)?;
        }
        Ok(())
    }

    fn complete(&mut self, now: u64, task: usize) {
        for &next in &self.needed_by[task] {
            self.missing[next] -= 1;
            if self.missing[next] == 0 {
                self.ready_at[next] = now;
                self.ready.push(Reverse(next));
            }
        }
    }

    fn take_tasks(&mut self, now: u64) -> Result<(), WorkersError> {
        while !self.ready.is_empty()
            && let Some(Reverse(worker)) = self.free.pop()
            && let Some(Reverse(task)) = self.ready.pop()
        {
            let later = |time: u64, ticks| time.checked_add(ticks);
            let start = later(now, self.graph.overhead).ok_or(WorkersError::TimeOverflow)?;
            let end = later(start, self.graph.nodes[task].ticks);
            let end = end.ok_or(WorkersError::TimeOverflow)?;
            self.occupy(task, worker, now, start, SpanKind::Switch);
            self.occupy(task, worker, start, end, SpanKind::Run);
            self.busy.push(Reverse((end, worker, task)));
        }
        Ok(())
    }

    fn occupy(&mut self, task: usize, worker: usize, start: u64, end: u64, kind: SpanKind) {
        if start < end {
            self.spans.push(Span {
                task: TaskId(task),
                worker: Some(WorkerId(worker)),
                start,
                end,
                kind,
                cpu: None,
            });
        }
    }
}
