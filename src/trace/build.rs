//! Making a trace, and the rules that it must keep.

use super::conditions::Conditions;
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
                conditions: None,
            },
        }
    }

    pub(super) fn heading(&mut self, origin: Origin, title: String) {
        (self.trace.origin, self.trace.title) = (origin, title);
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
            cpu: None,
        })
    }

    /// Adds a span as it is.
    pub fn span(&mut self, span: Span) -> &mut Self {
        self.trace.spans.push(span);
        self
    }

    /// Adds spans as they are. Spans in order of start, task and end are
    /// checked fastest.
    pub fn spans(&mut self, spans: Vec<Span>) -> &mut Self {
        if self.trace.spans.is_empty() {
            self.trace.spans = spans;
        } else {
            self.trace.spans.extend(spans);
        }
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

    /// Says under what conditions the run was measured. What disturbed it is
    /// also added to [`Trace::notes`].
    pub fn conditions(&mut self, conditions: Conditions) -> &mut Self {
        self.trace.notes.extend(conditions.disturbances());
        self.trace.conditions = Some(Box::new(conditions));
        self
    }

    /// Conditions that are read back, whose disturbances are notes already.
    pub(super) fn conditions_read(&mut self) -> &mut Conditions {
        self.trace.conditions.get_or_insert_default()
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
        // One pass if they are in order, as simulators make them: a million
        // spans do not fit into a cache.
        let place = |span: &Span| (span.start, span.task, span.end);
        let (mut sorted, mut empty, mut last) = (true, false, (0, TaskId(0), 0));
        let mut latest = Latest::new(&trace);
        for span in &trace.spans {
            check_span(&trace, span)?;
            sorted &= last <= place(span);
            empty |= span.length() == 0;
            last = place(span);
            if sorted {
                latest.follow(span)?;
            }
        }
        if empty {
            trace.spans.retain(|span| span.length() > 0);
        }
        if !sorted {
            trace.spans.sort_by_key(place);
            let mut latest = Latest::new(&trace);
            trace
                .spans
                .iter()
                .try_for_each(|span| latest.follow(span))?;
        }
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
            cpu: None,
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

/// Finds overlaps among spans that come in order of start.
struct Latest<'a> {
    trace: &'a Trace,
    on_worker: Vec<Option<&'a Span>>,
    of_task: Vec<Option<&'a Span>>,
}

impl<'a> Latest<'a> {
    fn new(trace: &'a Trace) -> Self {
        Self {
            trace,
            on_worker: vec![None; trace.workers.len()],
            of_task: vec![None; trace.tasks.len()],
        }
    }

    fn follow(&mut self, span: &'a Span) -> Result<(), TraceError> {
        if span.length() == 0 {
            return Ok(());
        }
        if let Some(worker) = span.worker
            && let Some(first) = self.on_worker[worker.0].replace(span)
            && first.end > span.start
        {
            let name = &self.trace.workers[worker.0].name;
            return Err(TraceError::BusyWorker(overlap(name, first, span)));
        }
        if let Some(first) = self.of_task[span.task.0].replace(span)
            && first.end > span.start
        {
            let name = &self.trace.tasks[span.task.0].name;
            return Err(TraceError::SplitTask(overlap(name, first, span)));
        }
        Ok(())
    }
}

fn overlap(name: &str, first: &Span, second: &Span) -> Box<Overlap> {
    Box::new(Overlap {
        name: name.to_owned(),
        first: *first,
        second: *second,
    })
}
