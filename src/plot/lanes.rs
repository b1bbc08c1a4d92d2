//! A trace as rows of bars: one row per worker, or one per task.

use std::collections::BTreeSet;

use crate::trace::{SpanKind, TaskId, Trace, WorkerId};

/// What a bar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doing {
    /// Running, waiting, switching or blocked.
    Span(SpanKind),
    /// Not begun: no worker was free for it yet.
    Queued,
    /// Begun, ready to go on, and no worker is free.
    Aside,
    /// Several things, each too short to be drawn.
    Many,
}

/// One stretch of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) task: TaskId,
    pub(super) worker: Option<WorkerId>,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) doing: Doing,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lane {
    pub(super) name: String,
    pub(super) bars: Vec<Bar>,
}

/// Letters of a row's name; the end of a longer one is not drawn.
pub(super) const NAME: usize = 22;

/// Rows per part of a chart; more are counted, not drawn.
pub(super) const MAX_LANES: usize = 32;

/// Rows under a heading.
pub(super) struct Part {
    pub(super) heading: &'static str,
    pub(super) by_worker: bool,
    pub(super) lanes: Vec<Lane>,
    /// Rows that there is no room for.
    pub(super) left_out: usize,
}

impl Part {
    /// One row per worker.
    pub(super) fn workers(trace: &Trace, most: usize) -> Self {
        let lanes = by_worker(trace, most);
        Self {
            heading: "Workers",
            by_worker: true,
            left_out: trace.workers().len() - lanes.len(),
            lanes,
        }
    }

    /// One row per task.
    pub(super) fn tasks(trace: &Trace, most: usize) -> Self {
        let lanes = by_task(trace, most);
        Self {
            heading: "Tasks",
            by_worker: false,
            left_out: trace.tasks().len() - lanes.len(),
            lanes,
        }
    }
}

fn by_worker(trace: &Trace, most: usize) -> Vec<Lane> {
    let names = trace.workers().iter().take(most);
    let mut lanes: Vec<Lane> = names.map(|worker| lane(&worker.name)).collect();
    let mut cpus: Vec<BTreeSet<u16>> = vec![BTreeSet::new(); lanes.len()];
    for span in trace.spans() {
        if let Some(lane) = span.worker.and_then(|worker| lanes.get_mut(worker.0)) {
            let seen = span.worker.and_then(|worker| cpus.get_mut(worker.0));
            seen.into_iter().for_each(|seen| seen.extend(span.cpu));
            lane.bars.push(Bar {
                task: span.task,
                worker: span.worker,
                start: span.start,
                end: span.end,
                doing: Doing::Span(span.kind),
            });
        }
    }
    for (lane, cpus) in lanes.iter_mut().zip(cpus) {
        let on = on(&cpus);
        // A worker that is a CPU has its name.
        if on.strip_prefix(" · ") != Some(&lane.name) {
            lane.name.push_str(&on);
        }
    }
    lanes
}

/// Where a measured worker ran: threads that share a CPU only look parallel.
fn on(cpus: &BTreeSet<u16>) -> String {
    let numbers: Vec<String> = cpus.iter().map(u16::to_string).collect();
    match numbers.len() {
        0 => String::new(),
        1 => format!(" · CPU {}", numbers[0]),
        2 | 3 => format!(" · CPUs {}", numbers.join(",")),
        more => format!(" · {more} CPUs"),
    }
}

/// What lies between the spans of a task is time in the queue.
fn by_task(trace: &Trace, most: usize) -> Vec<Lane> {
    let tasks = trace.tasks().iter().take(most);
    let mut lanes: Vec<(Lane, u64, Doing)> = tasks
        .map(|task| (lane(&task.name), task.arrival, Doing::Queued))
        .collect();
    for span in trace.spans() {
        let TaskId(index) = span.task;
        let Some((lane, until, meanwhile)) = lanes.get_mut(index) else {
            continue;
        };
        if *until < span.start {
            lane.bars.push(Bar {
                task: span.task,
                worker: None,
                start: *until,
                end: span.start,
                doing: *meanwhile,
            });
        }
        lane.bars.push(Bar {
            task: span.task,
            worker: span.worker,
            start: span.start,
            end: span.end,
            doing: Doing::Span(span.kind),
        });
        *until = span.end;
        // Taking a task up is not yet beginning it.
        if span.kind != SpanKind::Switch {
            *meanwhile = Doing::Aside;
        }
    }
    lanes.into_iter().map(|(lane, ..)| lane).collect()
}

fn lane(name: &str) -> Lane {
    Lane {
        name: name.to_owned(),
        bars: Vec::new(),
    }
}
