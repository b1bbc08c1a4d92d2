//! Why a real run was refused or given up.

use super::plan::{MAX_MEASURED_TASKS, MAX_MEASURED_WORKERS, MAX_REPETITIONS};

/// What is wrong with a run that was to be measured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// There is nothing to do.
    #[error("there are 0 tasks: ask for at least one")]
    NoTasks,
    /// More tasks than a real run has.
    #[error(
        "there are {0} tasks and at most {MAX_MEASURED_TASKS} are measured: use fewer, longer tasks"
    )]
    TooManyTasks(usize),
    /// There is nobody to do it.
    #[error("there are 0 workers: use at least 1")]
    NoWorkers,
    /// More workers than a real run has.
    #[error("there are {0} workers and at most {MAX_MEASURED_WORKERS} are measured: use fewer")]
    TooManyWorkers(usize),
    /// The tasks neither compute nor wait.
    #[error("tasks of 0 units take no time: give them at least 1 unit, about a millisecond")]
    NothingToDo,
    /// A number of repetitions that is none or too large.
    #[error("{0} repetitions cannot be measured: use 1 to {MAX_REPETITIONS}")]
    Repetitions(usize),
    /// It would take too long.
    #[error(
        "this would take about {seconds} s, and at most {most} s are measured: use fewer units, tasks or repetitions"
    )]
    TooLong {
        /// How long it would take, in seconds.
        seconds: u64,
        /// How long it may take, in seconds.
        most: u64,
    },
    /// The system did not start all threads.
    #[error("the system started {started} of {workers} threads: {reason}. Use fewer workers")]
    NotStarted {
        /// How many workers there were to be.
        workers: usize,
        /// How many there were.
        started: usize,
        /// The system's reason.
        reason: String,
    },
    /// The run did not end in time.
    #[error(
        "the run was given up after {seconds} s, when {complete} of {tasks} tasks were complete: use fewer units, or a machine that is less busy"
    )]
    GivenUp {
        /// How long it had taken, in seconds.
        seconds: u64,
        /// Tasks that were complete.
        complete: usize,
        /// Tasks that there were.
        tasks: usize,
    },
    /// Computed results are not what they have to be.
    #[error(
        "{wrong} of {tasks} tasks computed a wrong result, which is a mistake in twoaxes or in the machine: please report it"
    )]
    WrongResult {
        /// Tasks with a wrong result.
        wrong: usize,
        /// Tasks that there were.
        tasks: usize,
    },
}
