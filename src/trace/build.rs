//! Making a trace, and the rules that it must keep.

use super::error::{Overlap, TraceError};
use super::model::{Origin, Span, SpanKind, Task, TaskId, Trace, Worker, WorkerId};

/// Collects tasks, workers and spans; [`TraceBuilder::build`] checks them.
#[derive(Debug, Clone)]
pub struct TraceBuilder {
    trace: Trace,
}

impl TraceBuilder {
    pub(super) fn new(origin: Origin, title: String, unit: String) -> Self {
        Self {
            trace: Trace {
                title,
                unit,
                origin,
                tasks: Vec::new(),
                workers: Vec::new(),
                spans: Vec::new(),
                baseline: None,
                notes: Vec::new(),
            },
        }
    }

    pub(super) fn without_tasks(mut self, note: String) -> Trace {
        self.trace.notes.push(note);
        self.trace
    }

    /// Makes room for that many more tasks and spans, which saves time where
    /// there are a million.
    pub fn reserve(&mut self, tasks: usize, spans: usize) -> &mut Self {
        self.trace.tasks.reserve(tasks);
        self.trace.spans.reserve(spans);
        self
    }

    /// Adds a task that is there from time 0.
    pub fn task(&mut self, name: impl Into<String>) -> TaskId {
        self.task_arriving(name, 0)
    }

    /// Adds a task that arrives at `arrival`, in the trace's unit.
    pub fn task_arriving(&mut self, name: impl Into<String>, arrival: u64) -> TaskId {
        self.trace.tasks.push(Task {
            name: name.into(),
            arrival,
        });
        TaskId(self.trace.tasks.len() - 1)
    }

    /// Adds a worker.
    pub fn worker(&mut self, name: impl Into<String>) -> WorkerId {
        self.trace.workers.push(Worker { name: name.into() });
        WorkerId(self.trace.workers.len() - 1)
    }

    /// `worker` computes for `task` from `start` to `end`.
    pub fn run(&mut self, task: TaskId, worker: WorkerId, start: u64, end: u64) -> &mut Self {
        self.occupied(task, worker, start, end, SpanKind::Run)
    }

    /// `worker` prepares to take up `task` from `start` to `end`.
    pub fn switch(&mut self, task: TaskId, worker: WorkerId, start: u64, end: u64) -> &mut Self {
        self.occupied(task, worker, start, end, SpanKind::Switch)
    }

    /// `task` holds `worker` from `start` to `end` and gets nothing done.
    pub fn blocked(&mut self, task: TaskId, worker: WorkerId, start: u64, end: u64) -> &mut Self {
        self.occupied(task, worker, start, end, SpanKind::Blocked)
    }

    /// `task` waits from `start` to `end` and needs no worker.
    pub fn wait(&mut self, task: TaskId, start: u64, end: u64) -> &mut Self {
        self.span(Span {
            task,
            worker: None,
            start,
            end,
            kind: SpanKind::Wait,
        })
    }

    /// Adds a span as it is.
    pub fn span(&mut self, span: Span) -> &mut Self {
        self.trace.spans.push(span);
        self
    }

    /// Says how long the same tasks take one after another on one worker, in
    /// the trace's unit. [`Trace::speedup`] divides by it; without it the
    /// trace's own [`Trace::serial_time`] is used.
    pub fn baseline(&mut self, time: u64) -> &mut Self {
        self.trace.baseline = Some(time);
        self
    }

    /// Names the unit of every time, for a simulation that counts something
    /// else than ticks, such as `cycles`.
    pub fn unit(&mut self, unit: impl Into<String>) -> &mut Self {
        self.trace.unit = unit.into();
        self
    }

    /// Adds a sentence to [`Trace::notes`].
    pub fn note(&mut self, sentence: impl Into<String>) -> &mut Self {
        self.trace.notes.push(sentence.into());
        self
    }

    /// The trace, if it keeps the rules. Spans of no length are dropped.
    ///
    /// # Errors
    ///
    /// [`TraceError`] when a span names a task or worker that is not there,
    /// ends before it starts, starts before its task arrives, has a worker
    /// where its kind has none (or the reverse), or when a worker or a task
    /// would be in two spans at once.
    pub fn build(self) -> Result<Trace, TraceError> {
        let mut trace = self.trace;
        for span in &trace.spans {
            check_span(&trace, span)?;
        }
        trace.spans.retain(|span| span.length() > 0);
        let order = |span: &Span| (span.start, span.task, span.end);
        if !trace.spans.is_sorted_by_key(order) {
            trace.spans.sort_by_key(order);
        }
        check_overlaps(&trace)?;
        Ok(trace)
    }

    fn occupied(
        &mut self,
        task: TaskId,
        worker: WorkerId,
        start: u64,
        end: u64,
        kind: SpanKind,
    ) -> &mut Self {
        self.span(Span {
            task,
            worker: Some(worker),
            start,
            end,
            kind,
        })
    }
}

fn check_span(trace: &Trace, span: &Span) -> Result<(), TraceError> {
    let Some(task) = trace.tasks.get(span.task.0) else {
        return Err(TraceError::UnknownTask(*span, trace.tasks.len()));
    };
    if span.worker.is_some_and(|w| w.0 >= trace.workers.len()) {
        return Err(TraceError::UnknownWorker(*span, trace.workers.len()));
    }
    if span.worker.is_some() != span.kind.needs_worker() {
        return Err(TraceError::WrongWorker(*span));
    }
    if span.end < span.start {
        return Err(TraceError::Reversed(*span));
    }
    if span.start < task.arrival {
        return Err(TraceError::BeforeArrival(*span, task.arrival));
    }
    Ok(())
}

/// Expects the spans in order of start.
fn check_overlaps(trace: &Trace) -> Result<(), TraceError> {
    let mut on_worker: Vec<Option<&Span>> = vec![None; trace.workers.len()];
    let mut of_task: Vec<Option<&Span>> = vec![None; trace.tasks.len()];
    for span in &trace.spans {
        if let Some(worker) = span.worker
            && let Some(first) = on_worker[worker.0].replace(span)
            && first.end > span.start
        {
            let name = &trace.workers[worker.0].name;
            return Err(TraceError::BusyWorker(overlap(name, first, span)));
        }
        if let Some(first) = of_task[span.task.0].replace(span)
            && first.end > span.start
        {
            let name = &trace.tasks[span.task.0].name;
            return Err(TraceError::SplitTask(overlap(name, first, span)));
        }
    }
    Ok(())
}

fn overlap(name: &str, first: &Span, second: &Span) -> Box<Overlap> {
    Box::new(Overlap {
        name: name.to_owned(),
        first: *first,
        second: *second,
    })
}
