//! A trace as rows of bars: one row per worker, or one per task.

use crate::trace::{SpanKind, TaskId, Trace, WorkerId};

/// What a bar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doing {
    /// Running, waiting, switching or blocked.
    Span(SpanKind),
    /// Ready, and no worker free.
    Queued,
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

/// Rows per part of a chart; more are counted, not drawn.
const MAX_LANES: usize = 32;

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
    pub(super) fn workers(trace: &Trace) -> Self {
        Self::new("Workers", true, by_worker(trace))
    }

    /// One row per task.
    pub(super) fn tasks(trace: &Trace) -> Self {
        Self::new("Tasks", false, by_task(trace))
    }

    fn new(heading: &'static str, by_worker: bool, mut lanes: Vec<Lane>) -> Self {
        let left_out = lanes.len().saturating_sub(MAX_LANES);
        lanes.truncate(MAX_LANES);
        Self {
            heading,
            by_worker,
            lanes,
            left_out,
        }
    }
}

fn by_worker(trace: &Trace) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = trace.workers().iter().map(|w| lane(&w.name)).collect();
    for span in trace.spans() {
        if let Some(worker) = span.worker {
            lanes[worker.0].bars.push(Bar {
                task: span.task,
                worker: span.worker,
                start: span.start,
                end: span.end,
                doing: Doing::Span(span.kind),
            });
        }
    }
    lanes
}

/// What lies between the spans of a task is time in the queue.
fn by_task(trace: &Trace) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = trace.tasks().iter().map(|t| lane(&t.name)).collect();
    let mut until: Vec<u64> = trace.tasks().iter().map(|t| t.arrival).collect();
    for span in trace.spans() {
        let TaskId(index) = span.task;
        if until[index] < span.start {
            lanes[index].bars.push(Bar {
                task: span.task,
                worker: None,
                start: until[index],
                end: span.start,
                doing: Doing::Queued,
            });
        }
        lanes[index].bars.push(Bar {
            task: span.task,
            worker: span.worker,
            start: span.start,
            end: span.end,
            doing: Doing::Span(span.kind),
        });
        until[index] = span.end;
    }
    lanes
}

fn lane(name: &str) -> Lane {
    Lane {
        name: name.to_owned(),
        bars: Vec::new(),
    }
}
