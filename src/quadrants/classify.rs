//! Reading the two answers off a trace.

use std::fmt;

use crate::trace::{Origin, Span, SpanKind, Trace};

use super::quadrant::Quadrant;

/// Where a trace stands, with the numbers that put it there.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    title: String,
    origin: Origin,
    quadrant: Quadrant,
    aside: usize,
    tasks: usize,
    workers: usize,
    peak_concurrency: usize,
    mean_concurrency: f64,
    peak_parallelism: usize,
    mean_parallelism: f64,
}

/// Classifies a run, simulated or measured, by two independent questions.
///
/// - **Concurrent**: at some instant a task that has begun and is not complete
///   is *put aside* (it waits, or is back in the queue) while another task is
///   in progress. Being in progress side by side on workers of their own does
///   not count: eight tasks that each keep a worker from beginning to end, as
///   the lanes of a SIMD unit do, never interleave.
/// - **Parallel**: at some instant at least two workers run. Workers that
///   switch or are blocked do not count, since nothing is computed on them.
///
/// A trace shows one run and not a design. A concurrent program that never had
/// to put a task aside (few tasks, many workers) looks parallel only, and one
/// that was never given a second task looks sequential. A measured trace knows
/// the threads that it recorded as workers: whether two threads had a core each
/// it cannot tell.
///
/// ```
/// use twoaxes::quadrants::{Quadrant, classify};
///
/// let found = classify(&twoaxes::barista::time_slice(&[20, 20], 5));
/// assert_eq!(found.quadrant(), Quadrant::ConcurrentOnly);
/// assert_eq!((found.put_aside(), found.peak_parallelism()), (1, 1));
/// ```
#[must_use]
pub fn classify(trace: &Trace) -> Classification {
    let aside = most_put_aside(trace);
    let peak_parallelism = trace.peak_parallelism();
    Classification {
        title: trace.title().to_owned(),
        origin: trace.origin(),
        quadrant: Quadrant::of(aside > 0, peak_parallelism > 1),
        aside,
        tasks: trace.tasks().len(),
        workers: trace.workers().len(),
        peak_concurrency: trace.peak_concurrency(),
        mean_concurrency: trace.mean_concurrency(),
        peak_parallelism,
        mean_parallelism: trace.mean_parallelism(),
    }
}

impl Classification {
    /// The title of the run.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Whether the run was computed or observed.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// The two answers.
    #[must_use]
    pub const fn quadrant(&self) -> Quadrant {
        self.quadrant
    }

    /// The most tasks that were put aside, unfinished, at one instant at which
    /// another task was in progress as well. Above 0 is what makes a run
    /// concurrent.
    #[must_use]
    pub const fn put_aside(&self) -> usize {
        self.aside
    }

    /// As [`Trace::peak_concurrency`]: the most tasks in progress at once, on
    /// a worker or not.
    #[must_use]
    pub const fn peak_concurrency(&self) -> usize {
        self.peak_concurrency
    }

    /// As [`Trace::mean_concurrency`]: how many tasks were in progress on
    /// average.
    #[must_use]
    pub const fn mean_concurrency(&self) -> f64 {
        self.mean_concurrency
    }

    /// As [`Trace::peak_parallelism`]: the most workers that ran at once.
    /// Above 1 is what makes a run parallel.
    #[must_use]
    pub const fn peak_parallelism(&self) -> usize {
        self.peak_parallelism
    }

    /// As [`Trace::mean_parallelism`]: how many workers ran on average.
    #[must_use]
    pub const fn mean_parallelism(&self) -> f64 {
        self.mean_parallelism
    }

    /// Why the run stands where it does, in a sentence per axis.
    #[must_use]
    pub fn reason(&self) -> String {
        if self.peak_concurrency == 0 {
            return "Nothing made progress, so nothing could overlap.".to_owned();
        }
        format!("{} {}", self.why_concurrent(), self.why_parallel())
    }

    fn why_concurrent(&self) -> String {
        match (self.aside, self.peak_concurrency, self.tasks) {
            (0, _, 1) => {
                "Not concurrent: there is one task, and none to interleave with.".to_owned()
            }
            (0, 1, _) => {
                "Not concurrent: each task began after the one before was complete.".to_owned()
            }
            (0, most, _) => format!(
                "Not concurrent: up to {most} tasks were in progress at once, but each kept a worker from its beginning to its end and none was put aside."
            ),
            (1, most, _) => format!(
                "Concurrent: up to {most} tasks were in progress at once, and 1 of them was put aside, unfinished, while another went on."
            ),
            (aside, most, _) => format!(
                "Concurrent: up to {most} tasks were in progress at once, and up to {aside} of them were put aside, unfinished, while another went on."
            ),
        }
    }

    fn why_parallel(&self) -> String {
        match (self.peak_parallelism, self.workers) {
            (0, _) => "Not parallel: no worker ran.".to_owned(),
            (1, 1) => "Not parallel: there is one worker.".to_owned(),
            (1, workers) => {
                format!("Not parallel: of {workers} workers never more than one ran at an instant.")
            }
            (most, _) => format!(
                "Parallel: up to {most} workers ran at the same instant, {:.2} on average.",
                self.mean_parallelism
            ),
        }
    }
}

impl fmt::Display for Classification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.title, self.quadrant, self.reason())
    }
}

/// The most tasks in progress and off a worker at one instant, counting only
/// instants at which at least two tasks are in progress.
fn most_put_aside(trace: &Trace) -> usize {
    let mut edges: Vec<(u64, i8, i8)> = Vec::new();
    for (start, end) in lifetimes(trace).into_iter().flatten() {
        edges.extend([(start, 1, 0), (end, -1, 0)]);
    }
    for span in trace.spans().iter().filter(|span| has_worker(span)) {
        edges.extend([(span.start, 0, 1), (span.end, 0, -1)]);
    }
    edges.sort_unstable_by_key(|edge| edge.0);
    let (mut live, mut held, mut most) = (0_i64, 0_i64, 0_i64);
    for instant in edges.chunk_by(|a, b| a.0 == b.0) {
        for &(_, life, hold) in instant {
            live += i64::from(life);
            held += i64::from(hold);
        }
        if live >= 2 {
            most = most.max(live - held);
        }
    }
    usize::try_from(most).unwrap_or(0)
}

/// A switch is left out: while its worker prepares, the task is still aside.
fn has_worker(span: &Span) -> bool {
    matches!(span.kind, SpanKind::Run | SpanKind::Blocked)
}

/// From first progress to completion, for each task that made any.
fn lifetimes(trace: &Trace) -> Vec<Option<(u64, u64)>> {
    let mut lives: Vec<Option<(u64, u64)>> = vec![None; trace.tasks().len()];
    for span in trace.spans() {
        match lives.get_mut(span.task.0) {
            Some(Some((_, end))) => *end = span.end.max(*end),
            Some(life) if span.kind != SpanKind::Switch => *life = Some((span.start, span.end)),
            _ => {}
        }
    }
    lives
}
