//! A trace as rows of bars: one row per worker, or one per task.

use crate::trace::{SpanKind, TaskId, Trace, WorkerId};

/// What a bar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doing {
    /// Running, waiting, switching or blocked.
    Span(SpanKind),
    /// Ready, and no worker free.
    Queued,
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

/// One row per worker.
pub(super) fn by_worker(trace: &Trace) -> Vec<Lane> {
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

/// One row per task; what lies between its spans is time in the queue.
pub(super) fn by_task(trace: &Trace) -> Vec<Lane> {
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
