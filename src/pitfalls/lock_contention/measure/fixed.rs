//! The remedies: more locks than one, and a share for each worker.

use std::fmt;

use crate::pitfalls::comparison::{Comparison, counted};
use crate::pitfalls::lock_contention::simulate::{LockContention, simulate};
use crate::pitfalls::measure::{MeasureError, as_much, enough, of_call, stretch, time as shown};
use crate::pitfalls::range::{count, real, wide};
use crate::team::Deadline;
use crate::trace::Trace;
use crate::workers::Spread;

use super::measured::{nothing_in, ratio};
use super::{Locks, OPERATIONS, Plan, Way, about, all, checked, nearest, time};

/// Locks in place of the one. Two workers of N rarely need the same one of 16.
const SHARDS: usize = 16;
/// Operations in a picture of a run.
const SHOWN: usize = 12;
const TITLES: [&str; 4] = [
    "One worker, one lock",
    "One lock for all",
    "A lock for each sixteenth",
    "A share each, merged at the end",
];

/// One way of keeping the workers' total.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The run of median length, in nanoseconds.
    pub trace: Trace,
    /// Wall-clock time for each operation, in nanoseconds, in all repetitions.
    pub time: Spread,
    /// How many times as fast as one worker with one lock, of the medians.
    pub speedup: f64,
    /// The same, of the shortest repetitions: interruptions only lengthen a run.
    pub best: f64,
    is_right: bool,
}

impl Kept {
    /// Whether the total was what the operations add up to, in every run.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.is_right
    }

    /// Nanoseconds that all workers together spent in the queue for a lock, in
    /// the median run.
    #[must_use]
    pub fn queued(&self) -> u64 {
        self.trace.per_task().iter().map(|of| of.blocked).sum()
    }
}

/// The hazard and its remedies, run in turns.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixed {
    /// One worker, for comparison.
    pub one_worker: Kept,
    /// All workers share one lock: the hazard.
    pub one_lock: Kept,
    /// Sixteen locks, each for a sixteenth of the operations.
    pub sharded: Kept,
    /// Each worker adds to a share of its own, and merges it under a lock when
    /// it is done, which takes as long as an operation is inside.
    pub shares: Kept,
    /// The same, simulated: one lock and a share each.
    pub simulated: LockContention,
    outside: u64,
    inside: u64,
    notes: Vec<String>,
}

/// So many equal `operations` on as many real `workers`, with one lock, with
/// sixteen, and with a share for each worker.
///
/// Numbers, checks and limits are those of [`super::measure`].
///
/// ```
/// use twoaxes::pitfalls::lock_contention;
///
/// let run = lock_contention::fixed(200, 10, 40, 2);
/// assert!(run.one_lock.is_right() && run.sharded.is_right() && run.shares.is_right());
/// println!("{:.2} -> {:.2}", run.one_lock.speedup, run.shares.speedup);
/// ```
#[must_use]
pub fn fixed(operations: usize, outside: u64, inside: u64, workers: usize) -> Fixed {
    let mut notes = Vec::new();
    let asked = nearest(
        [wide(operations), outside, inside, wide(workers)],
        &mut notes,
    );
    let operations = as_much(
        OPERATIONS.what,
        wide(asked.operations),
        total_time(asked),
        &mut notes,
    );
    let plan = Plan {
        operations: count(operations),
        ..asked
    };
    run(plan, of_call(), notes.clone()).unwrap_or_else(|error| {
        notes.push(format!("Nothing was measured: {error}."));
        Fixed::of(plan, Vec::new(), notes)
    })
}

/// [`fixed`], but it refuses what it cannot run as asked.
///
/// # Errors
///
/// [`MeasureError`] for a number outside of its range, for operations that
/// take too long, or when the system starts no thread.
pub fn try_fixed(
    operations: usize,
    outside: u64,
    inside: u64,
    workers: usize,
) -> Result<Fixed, MeasureError> {
    let plan = checked(operations, outside, inside, workers)?;
    enough(OPERATIONS.what, wide(operations), total_time(plan))?;
    run(plan, of_call(), Vec::new())
}

fn run(plan: Plan, deadline: Deadline, mut notes: Vec<String>) -> Result<Fixed, MeasureError> {
    let with = |locks| Plan { locks, ..plan };
    let plans = [
        Plan { workers: 1, ..plan },
        with(Locks::One),
        with(Locks::Sharded(SHARDS)),
        with(Locks::ShareEach),
    ];
    let ways = all(&plans, &TITLES, deadline, &mut notes)?;
    notes.extend(about(plan.workers));
    Ok(Fixed::of(plan, ways, notes))
}

/// What all repetitions take, in milliseconds; remedies no longer than the
/// hazard.
fn total_time(plan: Plan) -> u64 {
    (time(plan, 1) + 3 * time(plan, plan.workers)).div_ceil(1_000)
}

impl Fixed {
    pub(super) fn of(plan: Plan, ways: Vec<Way>, notes: Vec<String>) -> Self {
        let one = ways
            .first()
            .map_or(Spread::of(&[]), |way| Spread::of(&way.times));
        let mut ways = ways.into_iter();
        let [one_worker, one_lock, sharded, shares] =
            TITLES.map(|title| kept(title, ways.next(), one));
        Self {
            one_worker,
            one_lock,
            sharded,
            shares,
            simulated: simulate(plan.operations, plan.outside, plan.inside, plan.workers),
            outside: plan.outside,
            inside: plan.inside,
            notes,
        }
    }

    /// What a reader should know about the run: what was changed, refused or
    /// disturbed. Full sentences; none for a run as asked on an idle machine.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// A stretch of each run with all workers in which a dozen operations were
    /// done, the hazard first: all of them would be too thin to be seen.
    #[must_use]
    pub fn excerpts(&self) -> [Trace; 3] {
        [&self.one_lock, &self.sharded, &self.shares].map(|way| stretch(&way.trace, SHOWN))
    }

    /// Hazard and remedies in numbers, with what the simulator says.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let ways = [
            &self.one_worker,
            &self.one_lock,
            &self.sharded,
            &self.shares,
        ];
        let workers = self.simulated.broken.workers().len();
        let nothing = self.one_worker.trace.spans().is_empty();
        let notice = format!(
            "{} of {} µs of each operation are inside of the lock. One lock makes {} {:.2} times as fast as one, 16 locks {:.2} times, a share each {:.2} times. \
             The totals are the same: what is needed is one sum in the end, not one after every operation.",
            self.inside,
            self.outside + self.inside,
            counted(wide(workers), "worker"),
            self.one_lock.speedup,
            self.sharded.speedup,
            self.shares.speedup,
        );
        let notice = if nothing {
            "Nothing was measured.".to_owned()
        } else {
            notice
        };
        let simulated = [
            "1.00".to_owned(),
            format!("{:.2}", self.simulated.broken.speedup()),
            "-".to_owned(),
            format!("{:.2}", self.simulated.repaired.speedup()),
        ];
        Comparison::new(
            format!(
                "{} on {}, measured",
                counted(wide(self.simulated.broken.tasks().len()), "operation"),
                counted(wide(workers), "worker")
            ),
            ["one worker", "one lock", "16 locks", "a share each"],
        )
        .row(
            "time of an operation",
            ways.map(|way| shown(way.time.median)),
        )
        .row(
            "shortest to longest",
            ways.map(|way| format!("{} to {}", shown(way.time.least), shown(way.time.most))),
        )
        .row(
            "speedup, measured",
            ways.map(|way| format!("{:.2}", way.speedup)),
        )
        .row(
            "of the shortest runs",
            ways.map(|way| format!("{:.2}", way.best)),
        )
        .row("speedup, simulated", simulated)
        .row("in the queue", ways.map(|way| shown(real(way.queued()))))
        .row(
            "mean parallelism",
            ways.map(|way| format!("{:.2}", way.trace.mean_parallelism())),
        )
        .row(
            "totals are right",
            ways.map(|way| if way.is_right { "yes" } else { "no" }.to_owned()),
        )
        .notice(notice, &self.notes)
    }
}

fn kept(title: &str, way: Option<Way>, one: Spread) -> Kept {
    let (times, is_right) = match &way {
        Some(way) => (Spread::of(&way.times), way.is_right),
        None => (Spread::of(&[]), true),
    };
    let run = way.and_then(Way::middle);
    Kept {
        trace: run.map_or_else(|| nothing_in(title), |run| run.trace),
        time: times,
        speedup: ratio(one.median, times.median),
        best: ratio(one.least, times.least),
        is_right,
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison().fmt(f)
    }
}
