//! Reading the two answers off a trace.

use std::fmt;

use crate::trace::{Origin, SpanKind, Trace};

use super::cpus::Cpus;
use super::quadrant::Quadrant;

/// Where a trace stands, with the numbers that put it there.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    title: String,
    origin: Origin,
    quadrant: Quadrant,
    aside: usize,
    /// As `aside`, but by the workers alone: threads of one CPU count as held.
    aside_by_workers: usize,
    cpus: Cpus,
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
/// Of a measured run, threads alone say little: the system may take one off its
/// CPU in the middle of a span. Where the trace has the CPUs of its spans, two
/// threads run at an instant only if their spans began on two CPUs, or if the
/// run used more CPU time than wall-clock time, which one CPU cannot give. And
/// where more tasks hold a thread than there are CPUs, the system has put some
/// of them aside.
///
/// A trace shows one run and not a design. A concurrent program that never had
/// to put a task aside (few tasks, many workers) looks parallel only, and one
/// that was never given a second task looks sequential.
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
    let cpus = Cpus::under(trace);
    let peak_parallelism = trace.peak_parallelism();
    let limit = cpus.limit(peak_parallelism);
    let aside_by_workers = most_put_aside(trace, usize::MAX);
    let aside = match limit {
        usize::MAX => aside_by_workers,
        _ => most_put_aside(trace, limit),
    };
    Classification {
        title: trace.title().to_owned(),
        origin: trace.origin(),
        quadrant: Quadrant::of(aside > 0, cpus.parallel(peak_parallelism)),
        aside,
        aside_by_workers,
        cpus,
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

    /// How many workers computed at one instant at most. Above 1 is what makes
    /// a run parallel. Of a measured run that knows its CPUs, as many as ran on
    /// different CPUs, which may be fewer than [`Trace::peak_parallelism`].
    #[must_use]
    pub fn running_at_once(&self) -> usize {
        self.cpus.running(self.peak_parallelism)
    }

    /// CPU time over wall-clock time of a measured run: how many CPUs it kept
    /// busy on average. `None` where it was not measured.
    #[must_use]
    pub const fn cpus_used(&self) -> Option<f64> {
        self.cpus.used
    }

    /// As [`Trace::peak_parallelism`]: the most workers with a running span at
    /// one instant.
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
            (aside, most, _) if self.aside_by_workers == 0 => format!(
                "Concurrent: up to {most} tasks were in progress at once, each on a thread of its own, but {} ran them: the system put up to {aside} aside, unfinished, while another went on.",
                counted(self.cpus.limit(self.peak_parallelism), "CPU")
            ),
            (1, most, _) => format!(
                "Concurrent: up to {most} tasks were in progress at once, and 1 of them was put aside, unfinished, while another went on."
            ),
            (aside, most, _) if aside == most => format!(
                "Concurrent: up to {most} tasks were in progress at once, and at some instant all of them were put aside, unfinished."
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
            (most, _) if self.origin == Origin::Simulated => format!(
                "Parallel: up to {most} workers ran at the same instant, {:.2} on average.",
                self.mean_parallelism
            ),
            (most, _) => self.why_parallel_on_cpus(most),
        }
    }

    /// Of a measured run in which running spans of `most` workers overlap.
    fn why_parallel_on_cpus(&self, most: usize) -> String {
        let used = match self.cpus.used {
            Some(used) => format!("CPU time was {used:.2} times wall-clock time"),
            None => "how much CPU time they got is not known".to_owned(),
        };
        match (self.quadrant.parallel(), self.cpus.at_once) {
            (false, _) => format!(
                "Not parallel: spans of {most} workers overlap, but one CPU ran them in turn, each taken off it in the middle ({used})."
            ),
            (true, None) => format!(
                "Parallel, as far as can be told: up to {most} workers ran at the same instant, but on which CPUs was not recorded ({used})."
            ),
            (true, Some(0 | 1)) => {
                format!("Parallel: {used}, more than one CPU can give.")
            }
            (true, Some(cpus)) => {
                // Who was kept off the CPUs, or had nothing to do, most of the time.
                let rarely = match self.cpus.used {
                    Some(part) if part < 1.0 => "though not most of the time: ",
                    _ => "and ",
                };
                format!(
                    "Parallel: up to {} ran at the same instant on {cpus} CPUs, {rarely}{used}.",
                    counted(most, "worker")
                )
            }
        }
    }
}

fn counted(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

impl fmt::Display for Classification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.title, self.quadrant, self.reason())
    }
}

/// The most tasks in progress and off a worker at one instant, counting only
/// instants at which at least two tasks are in progress. Of the workers that
/// run, no more than `limit` can hold a task.
fn most_put_aside(trace: &Trace, limit: usize) -> usize {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    // At each time: change of tasks in progress, that run, that are blocked.
    let mut edges: Vec<(u64, [i8; 3])> = Vec::new();
    for (start, end) in lifetimes(trace).into_iter().flatten() {
        edges.extend([(start, [1, 0, 0]), (end, [-1, 0, 0])]);
    }
    for span in trace.spans() {
        match span.kind {
            SpanKind::Run => edges.extend([(span.start, [0, 1, 0]), (span.end, [0, -1, 0])]),
            SpanKind::Blocked => edges.extend([(span.start, [0, 0, 1]), (span.end, [0, 0, -1])]),
            // While a worker prepares for it, the task is still aside.
            SpanKind::Switch | SpanKind::Wait => {}
        }
    }
    edges.sort_unstable_by_key(|edge| edge.0);
    let (mut now, mut most) = ([0_i64; 3], 0_i64);
    for instant in edges.chunk_by(|a, b| a.0 == b.0) {
        for (_, change) in instant {
            for (count, by) in now.iter_mut().zip(change) {
                *count += i64::from(*by);
            }
        }
        let [live, running, blocked] = now;
        if live >= 2 {
            most = most.max(live - running.min(limit) - blocked);
        }
    }
    usize::try_from(most).unwrap_or(0)
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
