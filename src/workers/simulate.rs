//! Equal tasks on a few workers: the staircase.

use crate::trace::{Origin, Trace};

use super::error::WorkersError;

/// The most tasks in one simulation. A task takes about 150 bytes of memory.
pub const MAX_TASKS: usize = 2_000_000;

/// The most workers in one simulation.
pub const MAX_WORKERS: usize = 100_000;

/// `tasks` equal tasks of `units` ticks each, on `workers` workers.
///
/// Whoever is free takes the next task, so the tasks run in
/// `ceil(tasks / workers)` rounds of `units` ticks: the work stays the same,
/// and the makespan comes down in steps ([`staircase`]). Beyond one worker for
/// each task nothing changes: a task is not split, and its length is the span.
///
/// It always returns a trace. Where the input asks for something that cannot
/// be simulated, the nearest run that can is taken and [`Trace::notes`] says
/// so: no workers become 1; more than [`MAX_WORKERS`] become that many; more
/// than [`MAX_TASKS`] tasks, or more ticks than 64 bits hold, give a trace
/// without tasks. [`try_simulate`] refuses instead. For tasks of different
/// length, or that need one another, see [`super::Graph`].
///
/// ```
/// use twoaxes::workers;
///
/// let trace = workers::simulate(8, 10, 3);
/// assert_eq!((trace.work(), trace.makespan()), (80, 30));
/// assert_eq!(trace.peak_parallelism(), 3);
/// ```
#[must_use]
pub fn simulate(tasks: usize, units: u64, workers: usize) -> Trace {
    let used = workers.clamp(1, MAX_WORKERS);
    let note = if workers == 0 {
        Some("0 workers get nothing done, so 1 worker is used.".to_owned())
    } else if used != workers {
        Some(format!(
            "{workers} workers are more than {MAX_WORKERS}, so {used} are used."
        ))
    } else if units == 0 && tasks > 0 {
        Some("Tasks of 0 units take no time.".to_owned())
    } else {
        None
    };
    match checked(tasks, units, used, note) {
        Ok(trace) => trace,
        Err(error) => Trace::empty(
            Origin::Simulated,
            "Equal tasks",
            "ticks",
            format!("Nothing was simulated: {error}."),
        ),
    }
}

/// [`simulate`], but it refuses what it cannot simulate as asked.
///
/// # Errors
///
/// [`WorkersError`] when there are no tasks or no workers, too many of either,
/// or the run would be too long to count.
pub fn try_simulate(tasks: usize, units: u64, workers: usize) -> Result<Trace, WorkersError> {
    checked(tasks, units, workers, None)
}

/// The makespan of `tasks` equal tasks of `units` ticks on 1, 2, .. `up_to`
/// workers, as (workers, ticks): `ceil(tasks / workers) * units`, or
/// `u64::MAX` where that is more. `up_to` is at most [`MAX_WORKERS`].
///
/// ```
/// use twoaxes::workers;
///
/// assert_eq!(workers::staircase(8, 10, 4), [(1, 80), (2, 40), (3, 30), (4, 20)]);
/// ```
#[must_use]
pub fn staircase(tasks: usize, units: u64, up_to: usize) -> Vec<(usize, u64)> {
    let steps = 1..=up_to.min(MAX_WORKERS);
    steps
        .map(|workers| {
            let rounds = tasks.div_ceil(workers) as u64;
            (workers, rounds.saturating_mul(units))
        })
        .collect()
}

pub(super) fn check_counts(tasks: usize, workers: usize) -> Result<(), WorkersError> {
    match (tasks, workers) {
        (0, _) => Err(WorkersError::NoTasks),
        (_, 0) => Err(WorkersError::NoWorkers),
        _ if tasks > MAX_TASKS => Err(WorkersError::TooManyTasks(tasks)),
        _ if workers > MAX_WORKERS => Err(WorkersError::TooManyWorkers(workers)),
        _ => Ok(()),
    }
}

/// Equal tasks need no event loop: all workers are free again at the same
/// instant.
fn checked(
    tasks: usize,
    units: u64,
    workers: usize,
    note: Option<String>,
) -> Result<Trace, WorkersError> {
    check_counts(tasks, workers)?;
    let rounds = tasks.div_ceil(workers) as u64;
    rounds
        .checked_mul(units)
        .ok_or(WorkersError::TimeOverflow)?;

    let mut run = Trace::simulated(format!(
        "{} of {units} ticks, {}",
        counted(tasks, "task"),
        counted(workers, "worker")
    ));
    run.reserve(tasks, tasks);
    let hands: Vec<_> = (1..=workers)
        .map(|number| run.worker(format!("worker {number}")))
        .collect();
    let mut start = 0;
    for first in (0..tasks).step_by(workers) {
        for (index, &worker) in (first..tasks).zip(&hands) {
            let task = run.task(format!("task {}", index + 1));
            run.run(task, worker, start, start + units);
        }
        start += units;
    }
    if let Some(note) = note {
        run.note(note);
    }
    Ok(run.build()?)
}

pub(super) fn counted(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
