//! One lock for all, and a share of it for each worker.

use std::fmt;

use crate::pitfalls::comparison::{Comparison, counted};
use crate::pitfalls::range::{Range, RangeError, count, real, wide};
use crate::pitfalls::station::{Jobs, Visit};
use crate::trace::{Origin, Trace};

pub(super) const OPERATIONS: Range = Range {
    what: "operations",
    least: 1,
    most: 10_000,
};
pub(super) const WORKERS: Range = Range {
    what: "workers",
    least: 1,
    most: 256,
};
pub(super) const OUTSIDE: Range = Range {
    what: "ticks outside of the lock",
    least: 0,
    most: 1_000_000,
};
pub(super) const INSIDE: Range = Range {
    what: "ticks inside of the lock",
    least: 1,
    most: 1_000_000,
};

/// The same operations with one lock, and with a lock for each worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockContention {
    /// All workers share one lock and get it in the order in which they ask.
    pub broken: Trace,
    /// Each worker adds to a share of its own, which nobody else locks; in the
    /// end one worker merges the shares, in as many ticks for each as an
    /// operation spends inside of the lock.
    pub repaired: Trace,
    outside: u64,
    inside: u64,
    notes: Vec<String>,
}

/// So many equal `operations` on `workers`: each computes for `outside` ticks,
/// then holds the one lock for `inside` ticks.
///
/// What can be simulated: 1 to 10,000 operations, 0 to 1,000,000 ticks
/// outside, 1 to 1,000,000 ticks inside, 1 to 256 workers. Other numbers are
/// replaced by the nearest, with a note.
///
/// ```
/// use twoaxes::pitfalls::lock_contention;
///
/// // A fifth of the work is inside: five times as fast is the end of it.
/// let run = lock_contention::simulate(80, 4, 1, 8);
/// assert_eq!(run.serial_share(), 0.2);
/// assert!(run.broken.speedup() < 5.0);
/// ```
#[must_use]
pub fn simulate(operations: usize, outside: u64, inside: u64, workers: usize) -> LockContention {
    let mut notes = Vec::new();
    let mut near = |range: Range, value| range.nearest(value, &mut notes);
    let jobs = Jobs {
        count: count(near(OPERATIONS, wide(operations))),
        first: near(OUTSIDE, outside),
        second: near(INSIDE, inside),
        workers: count(near(WORKERS, wide(workers))),
        places: 1,
        stays: true,
    };
    run(jobs, notes)
}

/// [`simulate`], but it refuses what it cannot simulate as asked.
///
/// # Errors
///
/// [`RangeError`] for a number outside of its range.
pub fn try_simulate(
    operations: usize,
    outside: u64,
    inside: u64,
    workers: usize,
) -> Result<LockContention, RangeError> {
    OPERATIONS.check(wide(operations))?;
    OUTSIDE.check(outside)?;
    INSIDE.check(inside)?;
    WORKERS.check(wide(workers))?;
    Ok(simulate(operations, outside, inside, workers))
}

fn run(jobs: Jobs, notes: Vec<String>) -> LockContention {
    let serial = serial_time(jobs);
    let own = Jobs {
        places: jobs.workers,
        ..jobs
    };
    LockContention {
        broken: trace("One lock for all", jobs, serial, false),
        repaired: trace("A share each, merged at the end", own, serial, true),
        outside: jobs.first,
        inside: jobs.second,
        notes,
    }
}

/// What all operations take on one worker, in ticks.
fn serial_time(jobs: Jobs) -> u64 {
    wide(jobs.count) * (jobs.first + jobs.second)
}

fn trace(title: &str, jobs: Jobs, serial: u64, merge: bool) -> Trace {
    let mut trace = Trace::simulated(title);
    let workers: Vec<_> = (1..=jobs.workers)
        .map(|n| trace.worker(format!("worker {n}")))
        .collect();
    let visits = jobs.run();
    for (number, visit) in (1..).zip(&visits) {
        let task = trace.task(format!("op {number}"));
        let Some(&worker) = workers.get(visit.worker) else {
            continue;
        };
        let &Visit {
            start,
            arrive,
            enter,
            end,
            ..
        } = visit;
        trace.run(task, worker, start, arrive);
        trace.blocked(task, worker, arrive, enter);
        trace.run(task, worker, enter, end);
    }
    if let (true, [first, _, ..]) = (merge, workers.as_slice()) {
        let all_done = visits.iter().map(|visit| visit.end).max().unwrap_or(0);
        let shares = wide(jobs.workers.min(jobs.count));
        let task = trace.task_arriving("merge", all_done);
        trace.run(task, *first, all_done, all_done + shares * jobs.second);
    }
    trace.baseline(serial);
    trace.build().unwrap_or_else(|error| {
        let note = format!("The simulation contradicts itself, please report it: {error}.");
        Trace::empty(Origin::Simulated, title, "ticks", note)
    })
}

impl LockContention {
    /// The share of an operation that is inside of the lock: 0 to 1.
    #[must_use]
    pub fn serial_share(&self) -> f64 {
        real(self.inside) / real(self.outside + self.inside)
    }

    /// What no number of workers can beat with one lock: `min(N, 1/s)` times
    /// as fast as one worker.
    #[must_use]
    pub fn limit(&self) -> f64 {
        let workers = real(wide(self.broken.workers().len()));
        workers.min(1.0 / self.serial_share())
    }

    /// The ticks that workers spent in the queue for the lock, all together.
    #[must_use]
    pub fn queued(&self, trace: &Trace) -> u64 {
        trace.per_task().iter().map(|of| of.blocked).sum()
    }

    /// Both runs in numbers.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let runs = [&self.broken, &self.repaired];
        let workers = self.broken.workers().len();
        let notice = format!(
            "{:.0}% of each operation is inside of the lock. So {} cannot be more than {:.2} times as fast as one; here it is {:.2}. \
             A share for each worker does the same work without a queue, and pays for the merge once.",
            self.serial_share() * 100.0,
            counted(wide(workers), "worker"),
            self.limit(),
            self.broken.speedup(),
        );
        Comparison::new(
            format!(
                "{} behind a lock",
                counted(wide(self.broken.tasks().len()), "operation")
            ),
            ["one lock", "a share each"],
        )
        .row("makespan", runs.map(|run| counted(run.makespan(), "tick")))
        .row("speedup", runs.map(|run| format!("{:.2}", run.speedup())))
        .row(
            "in the queue",
            runs.map(|run| counted(self.queued(run), "tick")),
        )
        .row("work", runs.map(|run| counted(run.work(), "tick")))
        .row(
            "mean parallelism",
            runs.map(|run| format!("{:.2}", run.mean_parallelism())),
        )
        .notice(notice, &self.notes)
    }
}

impl fmt::Display for LockContention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison().fmt(f)
    }
}
