//! Real runs beside the simulator: the same tasks on rayon, on tokio and on
//! plain threads, recorded as traces, once or for 1 to N workers.
//!
//! [`measure`] is the smallest run, [`Experiment`] the general one, with tasks
//! that also wait; [`sweep`] repeats it for 1, 2, .. workers and fits the laws
//! to what it finds. A task computes units of [`crate::machine::unit`], about a
//! millisecond each, and its result is checked; nothing here pretends to
//! compute with a timer.
//!
//! Every run has a deadline. Its threads are its own: they have ended when the
//! call returns, also when it fails. What the machine did to the run, too few
//! CPUs for its workers for example, stands in the notes of the result.
//!
//! This is the only part of `workers` that uses clocks, [`crate::machine`],
//! [`crate::record`] and the room `team`, which starts and joins its threads.

mod error;
mod expected;
mod experiment;
mod jobs;
mod on_rayon;
mod on_threads;
mod on_tokio;
mod plan;
mod room;
mod run;
mod runtime;
mod spread;
mod sweep;
#[cfg(test)]
mod tests;

pub use error::MeasureError;
pub use experiment::Experiment;
pub use plan::{MAX_MEASURED_TASKS, MAX_MEASURED_WORKERS, MAX_REPETITIONS};
pub use runtime::Runtime;
pub use spread::Spread;
pub use sweep::{Sweep, SweepPoint};

use crate::trace::Trace;

/// Runs `tasks` equal tasks of `units` units of computation (about a
/// millisecond each) on `workers` threads of `runtime`, for real.
///
/// The trace is in nanoseconds and has the workers `worker 1`, `worker 2`, ..;
/// each task is one span on one of them, with the CPU it began on. Its
/// [`Trace::speedup`] is against the same work on one thread without a
/// recorder, measured just before. With more workers than CPUs the workers
/// take turns: a note says "oversubscribed".
///
/// It always returns a trace. Where the input asks for something that cannot
/// be measured, the nearest run that can is taken and [`Trace::notes`] says
/// so: at least one task, unit and worker; at most [`MAX_MEASURED_TASKS`],
/// [`MAX_MEASURED_WORKERS`], and as many units as take 45 seconds. After a
/// minute a run is given up. [`try_measure`] refuses instead. For tasks that
/// wait, see [`Experiment`].
///
/// ```
/// use twoaxes::workers::{self, Runtime};
///
/// let trace = workers::measure(Runtime::Rayon, 8, 2, 2);
/// assert_eq!((trace.tasks().len(), trace.spans().len()), (8, 8));
/// assert_eq!(trace.unit(), "ns");
/// ```
#[must_use]
pub fn measure(runtime: Runtime, tasks: usize, units: u64, workers: usize) -> Trace {
    equal(runtime, tasks, units).workers(workers).measure()
}

/// [`measure`], but it refuses what it cannot measure as asked.
///
/// # Errors
///
/// [`MeasureError`] when there are no tasks, units or workers, too many of
/// them, the system starts too few threads, or the run was given up.
pub fn try_measure(
    runtime: Runtime,
    tasks: usize,
    units: u64,
    workers: usize,
) -> Result<Trace, MeasureError> {
    equal(runtime, tasks, units).workers(workers).try_measure()
}

/// [`measure`] with 1, 2, .. `up_to` workers, five times each: medians with
/// their spread, beside the simulated staircase, with Amdahl's law and the
/// Universal Scalability Law fitted to them.
///
/// It always returns a sweep. What cannot be measured as asked is brought to
/// the nearest that can, as for [`measure`], and [`Sweep::notes`] says so. For
/// other repetitions, or tasks that wait, see [`Experiment::sweep`].
///
/// ```
/// use twoaxes::workers::{self, Runtime};
///
/// let sweep = workers::sweep(Runtime::Threads, 4, 1, 2);
/// assert_eq!(sweep.points().len(), 2);
/// println!("{sweep}");
/// ```
#[must_use]
pub fn sweep(runtime: Runtime, tasks: usize, units: u64, up_to: usize) -> Sweep {
    equal(runtime, tasks, units).sweep(up_to)
}

/// [`sweep`], but it refuses what it cannot measure as asked.
///
/// # Errors
///
/// [`MeasureError`] as [`try_measure`].
pub fn try_sweep(
    runtime: Runtime,
    tasks: usize,
    units: u64,
    up_to: usize,
) -> Result<Sweep, MeasureError> {
    equal(runtime, tasks, units).try_sweep(up_to)
}

fn equal(runtime: Runtime, tasks: usize, units: u64) -> Experiment {
    Experiment::new(runtime).tasks(tasks).compute(units)
}
