//! The same lock on this machine: more and more real workers behind it.

mod fixed;
mod measured;
#[cfg(test)]
mod tests;
mod work;

use crate::machine;
use crate::pitfalls::measure::{
    MeasureError, Watched, as_much, enough, middle, nearest_run, of_call, one_cpu,
};
use crate::pitfalls::range::{Range, count, wide};
use crate::team::Deadline;

pub use fixed::{Fixed, Kept, fixed, try_fixed};
pub use measured::{Measured, MeasuredPoint};
use work::{Locks, Once, Plan, once};

const OPERATIONS: Range = Range {
    what: "operations",
    least: 1,
    most: 10_000,
};
const WORKERS: Range = Range {
    what: "workers",
    least: 1,
    most: 64,
};
const OUTSIDE: Range = Range {
    what: "microseconds outside of the lock",
    least: 0,
    most: 10_000,
};
const INSIDE: Range = Range {
    what: "microseconds inside of the lock",
    least: 1,
    most: 10_000,
};
/// How often each number of workers is run. They take turns, so that what
/// happens on the machine meanwhile meets them all.
const REPETITIONS: usize = 5;
/// Up to here every number of workers is run; beyond, doublings.
const EACH: usize = 8;

/// So many equal `operations` on 1 to `workers` real threads: each computes
/// for about `outside` µs of CPU time, then holds the one lock, a
/// `std::sync::Mutex`, for about `inside` µs.
///
/// The computation is a fixed number of rounds of [`crate::machine::unit`],
/// not a timer, and what the lock protects is checked in the end. One tick of
/// [`super::simulate`] is one microsecond here. Recording adds about 0.3 µs to
/// an operation, and a lock that somebody waits for takes the system some
/// microseconds to hand over: operations of 20 µs and more show the lock, much
/// shorter ones its hand-over.
///
/// Two and more workers are kept on CPUs in turn, so that where the system
/// happens to start them decides nothing. The simulated lock is fair, this one
/// is not: who has just had it often gets it again, while the others wait.
///
/// Every number of workers up to 8 is run, then doublings. What can be run: 1
/// to 10,000 operations, 0 to 10,000 µs outside, 1 to 10,000 µs inside, 1 to
/// 64 workers. Other numbers, and operations that would take longer than 15 s
/// in all, are replaced by the nearest, with a note. The call ends after some
/// 30 s at the latest, and leaves no thread behind.
///
/// ```
/// use twoaxes::pitfalls::lock_contention;
///
/// let run = lock_contention::measure(200, 10, 40, 2);
/// assert!(run.is_right());
/// println!("{:.2} of at most {:.2}", run.points()[1].speedup, run.points()[1].limit);
/// ```
#[must_use]
pub fn measure(operations: usize, outside: u64, inside: u64, workers: usize) -> Measured {
    let mut notes = Vec::new();
    let asked = nearest(
        [wide(operations), outside, inside, wide(workers)],
        &mut notes,
    );
    let operations = as_much(
        OPERATIONS.what,
        wide(asked.operations),
        sweep_time(asked),
        &mut notes,
    );
    let plan = Plan {
        operations: count(operations),
        ..asked
    };
    sweep(plan, of_call(), notes.clone())
        .unwrap_or_else(|error| Measured::nothing(plan, &error, notes))
}

/// [`measure`], but it refuses what it cannot run as asked.
///
/// # Errors
///
/// [`MeasureError`] for a number outside of its range, for operations that
/// take too long, or when the system starts no thread.
pub fn try_measure(
    operations: usize,
    outside: u64,
    inside: u64,
    workers: usize,
) -> Result<Measured, MeasureError> {
    let plan = checked(operations, outside, inside, workers)?;
    enough(OPERATIONS.what, wide(operations), sweep_time(plan))?;
    sweep(plan, of_call(), Vec::new())
}

fn sweep(plan: Plan, deadline: Deadline, mut notes: Vec<String>) -> Result<Measured, MeasureError> {
    let plans: Vec<Plan> = numbers(plan.workers)
        .into_iter()
        .map(|workers| Plan { workers, ..plan })
        .collect();
    let titles = vec!["One lock for all"; plans.len()];
    let runs = all(&plans, &titles, deadline, &mut notes)?;
    notes.extend(about(plan.workers));
    Ok(Measured::of(plan, runs, notes))
}

/// All plans, taking turns, as often as there is time for: for each plan its
/// runs. What disturbed them, or was refused, goes to the notes.
fn all(
    plans: &[Plan],
    titles: &[&str],
    deadline: Deadline,
    notes: &mut Vec<String>,
) -> Result<Vec<Way>, MeasureError> {
    let mut watched = Watched::start();
    let mut ways: Vec<Way> = plans.iter().map(|&plan| Way::new(plan)).collect();
    let mut told = std::collections::BTreeSet::new();
    let mut rounds = 0;
    while rounds < REPETITIONS && (rounds == 0 || !deadline.has_passed()) {
        for (way, title) in ways.iter_mut().zip(titles) {
            let run = once(title, way.plan, deadline)?;
            watched.add(&run.trace);
            told.extend(run.notes.iter().cloned());
            way.add(run);
        }
        rounds += 1;
    }
    notes.extend(told);
    if ways.iter().any(|way| !way.is_right) {
        notes.push("A total is not what the operations add up to: please report it.".to_owned());
    }
    if deadline.has_passed() {
        notes.push(format!(
            "Time was up in round {rounds} of {REPETITIONS}: operations or rounds are missing, and speedups compare the operations that were done."
        ));
    }
    notes.extend(watched.disturbances());
    Ok(ways)
}

/// One number of workers, or one kind of lock: all repetitions.
#[derive(Debug)]
struct Way {
    plan: Plan,
    /// Wall-clock time for each operation, in nanoseconds, of each run.
    times: Vec<f64>,
    is_right: bool,
    runs: Vec<Once>,
}

impl Way {
    fn new(plan: Plan) -> Self {
        Self {
            plan,
            times: Vec::new(),
            is_right: true,
            runs: Vec::new(),
        }
    }

    fn add(&mut self, run: Once) {
        self.times.push(run.time());
        self.is_right &= run.is_right;
        self.runs.push(run);
    }

    /// The run of median length; the others are forgotten.
    fn middle(self) -> Option<Once> {
        middle(self.runs, Once::time)
    }
}

/// The numbers of workers that are run.
fn numbers(workers: usize) -> Vec<usize> {
    let doublings = std::iter::successors(Some(EACH * 2), |number| number.checked_mul(2));
    let mut numbers: Vec<usize> = (1..=workers.min(EACH)).collect();
    numbers.extend(doublings.take_while(|&number| number < workers));
    if workers > EACH {
        numbers.push(workers);
    }
    numbers
}

fn checked(
    operations: usize,
    outside: u64,
    inside: u64,
    workers: usize,
) -> Result<Plan, MeasureError> {
    Ok(Plan {
        operations: count(OPERATIONS.check(wide(operations))?),
        outside: OUTSIDE.check(outside)?,
        inside: INSIDE.check(inside)?,
        workers: count(WORKERS.check(wide(workers))?),
        locks: Locks::One,
    })
}

/// The nearest plan to these operations, times outside and inside, workers.
fn nearest([operations, outside, inside, workers]: [u64; 4], notes: &mut Vec<String>) -> Plan {
    Plan {
        operations: count(nearest_run(OPERATIONS, operations, notes)),
        outside: nearest_run(OUTSIDE, outside, notes),
        inside: nearest_run(INSIDE, inside, notes),
        workers: count(nearest_run(WORKERS, workers, notes)),
        locks: Locks::One,
    }
}

/// What all repetitions of all numbers of workers take, in milliseconds.
fn sweep_time(plan: Plan) -> u64 {
    let numbers = numbers(plan.workers);
    let times = numbers.into_iter().map(|workers| time(plan, workers));
    times.sum::<u64>().div_ceil(1_000)
}

/// What all repetitions with so many workers behind one lock take if nothing
/// disturbs them, in microseconds.
fn time(plan: Plan, workers: usize) -> u64 {
    let cpus = workers.min(machine::allowed().len()).max(1);
    let shared = (plan.outside + plan.inside).div_ceil(wide(cpus));
    let each = plan.inside.max(shared);
    each * wide(plan.operations) * wide(REPETITIONS)
}

/// What a reader should know about the machine.
fn about(workers: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if workers > 1 {
        notes.extend(one_cpu(
            "no number of them is faster than one, lock or no lock.",
        ));
    }
    let cpus = machine::allowed().len();
    if cpus > 1 && workers > cpus {
        notes.push(format!(
            "Beyond {cpus} workers they share {cpus} CPUs (oversubscribed): it is the CPUs that limit them, not the lock alone. The simulator has a CPU for each."
        ));
    }
    notes
}
