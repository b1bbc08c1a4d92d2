//! The data: tasks, workers, and the spans that join them in time.

use std::fmt;

use super::build::TraceBuilder;
use super::conditions::Conditions;

/// Names a task within one trace: its position in [`Trace::tasks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub usize);

/// Names a worker within one trace: its position in [`Trace::workers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId(pub usize);

/// Whether a trace was computed or observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Computed by a deterministic simulator.
    Simulated,
    /// Recorded from a real run, with the clock of the machine.
    Measured,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Simulated => "simulated",
            Self::Measured => "measured",
        })
    }
}

/// What a task does during a [`Span`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpanKind {
    /// A worker computes for the task. Only this counts as work.
    Run,
    /// The task waits for something outside (a disk, a peer, coffee that
    /// drips) and needs no worker.
    Wait,
    /// A worker prepares to take up the task: a context switch. It occupies
    /// the worker and is not work.
    Switch,
    /// The task holds a worker and gets nothing done: a blocking call, or a
    /// barista who watches the coffee drip.
    Blocked,
}

impl SpanKind {
    /// Whether a span of this kind occupies a worker.
    #[must_use]
    pub const fn needs_worker(self) -> bool {
        !matches!(self, Self::Wait)
    }
}

/// One stretch of one task's time, half open: it covers `start <= t < end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// The task that the span belongs to.
    pub task: TaskId,
    /// The worker that it occupies; `None` exactly for [`SpanKind::Wait`].
    pub worker: Option<WorkerId>,
    /// First instant, in the trace's unit.
    pub start: u64,
    /// First instant after the span, in the trace's unit.
    pub end: u64,
    /// What happens during the span.
    pub kind: SpanKind,
    /// The number of the CPU on which it began, in a measured run; `None` in a
    /// simulated one, and where the system does not tell. A thread may move to
    /// another CPU within a span.
    pub cpu: Option<u16>,
}

impl Span {
    /// `end - start`, in the trace's unit.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

/// Something to be done, from its arrival to its completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The name that figures and tables show.
    pub name: String,
    /// When the task could have started, in the trace's unit.
    pub arrival: u64,
}

/// Something that runs one task at a time: a barista, a core, a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// The name that figures and tables show.
    pub name: String,
}

/// A whole run: which worker did what for which task, and when.
///
/// A trace is made by a simulator, by a measurement, or by hand with
/// [`Trace::simulated`] and [`Trace::measured`]; once made it never changes
/// and is known to be consistent.
///
/// ```
/// use twoaxes::trace::Trace;
///
/// let mut run = Trace::simulated("two cooks");
/// let (soup, cook) = (run.task("soup"), run.worker("cook"));
/// run.run(soup, cook, 0, 7);
/// let trace = run.build()?;
/// assert_eq!((trace.makespan(), trace.work()), (7, 7));
/// # Ok::<(), twoaxes::trace::TraceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    pub(super) title: String,
    pub(super) unit: String,
    pub(super) origin: Origin,
    pub(super) tasks: Vec<Task>,
    pub(super) workers: Vec<Worker>,
    pub(super) spans: Vec<Span>,
    pub(super) baseline: Option<u64>,
    pub(super) notes: Vec<String>,
    pub(super) conditions: Option<Box<Conditions>>,
}

impl Trace {
    /// Starts a trace that a simulator computes; its unit is `ticks`.
    #[must_use]
    pub fn simulated(title: impl Into<String>) -> TraceBuilder {
        TraceBuilder::new(Origin::Simulated, title.into(), "ticks".to_owned())
    }

    /// Starts a trace that is recorded from a real run, in `unit`, for
    /// example `ns`.
    #[must_use]
    pub fn measured(title: impl Into<String>, unit: impl Into<String>) -> TraceBuilder {
        TraceBuilder::new(Origin::Measured, title.into(), unit.into())
    }

    /// A trace in which nothing happens, and the sentence that says why.
    #[must_use]
    pub fn empty(origin: Origin, title: &str, unit: &str, note: impl Into<String>) -> Self {
        TraceBuilder::new(origin, title.to_owned(), unit.to_owned()).without_tasks(note.into())
    }

    /// What the run shows, in a few words.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The unit of every time in the trace.
    #[must_use]
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// Whether the trace was computed or observed.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// Every task; a [`TaskId`] is a position in this slice.
    #[must_use]
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// Every worker; a [`WorkerId`] is a position in this slice.
    #[must_use]
    pub fn workers(&self) -> &[Worker] {
        &self.workers
    }

    /// Every span, ordered by start, then task.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// What a reader should know about how the trace came about, such as an
    /// input that had to be adjusted. Full sentences; usually none.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The first task of that name.
    #[must_use]
    pub fn task_named(&self, name: &str) -> Option<TaskId> {
        self.tasks
            .iter()
            .position(|task| task.name == name)
            .map(TaskId)
    }

    /// The spans of one task, in time order.
    pub fn spans_of(&self, task: TaskId) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(move |span| span.task == task)
    }

    /// The spans on one worker, in time order.
    pub fn spans_on(&self, worker: WorkerId) -> impl Iterator<Item = &Span> {
        self.spans
            .iter()
            .filter(move |span| span.worker == Some(worker))
    }
}
