//! Why a trace was refused.

use super::model::{Span, SpanKind};

/// A rule of [`crate::trace::Trace`] that the given spans break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// The span names a task that the trace does not have.
    #[error("{0:?} names a task that a trace with {1} tasks does not have: add it first")]
    UnknownTask(Span, usize),
    /// The span names a worker that the trace does not have.
    #[error("{0:?} names a worker that a trace with {1} workers does not have: add it first")]
    UnknownWorker(Span, usize),
    /// The span ends before it starts.
    #[error("{0:?} ends before it starts: swap start and end")]
    Reversed(Span),
    /// The span starts before its task arrives.
    #[error("{0:?} starts before its task arrives at {1}: a task cannot run before it exists")]
    BeforeArrival(Span, u64),
    /// The span's kind needs a worker and has none, or the other way round.
    #[error("{0:?}: a {kind:?} span {rule}", kind = .0.kind, rule = worker_rule(.0.kind))]
    WrongWorker(Span),
    /// One worker would do two things at once.
    #[error("worker {} does two things at once: {:?} and {:?}", cut(&.0.name), .0.first, .0.second)]
    BusyWorker(Box<Overlap>),
    /// One task would be in two places at once.
    #[error("task {} is in two places at once: {:?} and {:?}", cut(&.0.name), .0.first, .0.second)]
    SplitTask(Box<Overlap>),
}

/// Two spans that share an instant and must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// The name of the worker or task that they share.
    pub name: String,
    /// The span that starts first.
    pub first: Span,
    /// The span that overlaps it.
    pub second: Span,
}

fn worker_rule(kind: SpanKind) -> &'static str {
    if kind.needs_worker() {
        "needs a worker"
    } else {
        "occupies no worker"
    }
}

/// Characters of a text from outside that an error repeats.
const MOST_SHOWN: usize = 60;

/// The beginning of `text`, for an error: a file may hold megabytes in a line.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
