//! Why a law, a fit or a simulation was refused.

use crate::trace::{TaskId, TraceError};

use super::simulate::{MAX_TASKS, MAX_WORKERS};

/// A number for which a law says nothing.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum LawError {
    /// A fraction that is not between 0 and 1.
    #[error("{name} is {value}, and a fraction is between 0 and 1: for 80 % write 0.8")]
    Fraction {
        /// What the number is called.
        name: &'static str,
        /// The number.
        value: f64,
    },
    /// Less than one worker.
    #[error("n is {0}, and the laws begin with one worker: use 1 or more")]
    Workers(f64),
    /// One worker, for a law that compares several with one.
    #[error("n is {0}, and one worker says nothing about a serial part: use more than 1")]
    OneWorker(f64),
    /// A number that has to be above zero and finite.
    #[error("{name} is {value}, and has to be above 0 and finite")]
    NotPositive {
        /// What the number is called.
        name: &'static str,
        /// The number.
        value: f64,
    },
    /// A number that has to be zero or more and finite.
    #[error("{name} is {value}, and has to be 0 or more and finite")]
    Negative {
        /// What the number is called.
        name: &'static str,
        /// The number.
        value: f64,
    },
}

/// What is wrong with tasks and workers that are to be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkersError {
    /// There is nothing to do.
    #[error("there are no tasks: ask for at least one")]
    NoTasks,
    /// More tasks than a simulation holds.
    #[error("there are {0} tasks and at most {MAX_TASKS} are simulated: use fewer, longer tasks")]
    TooManyTasks(usize),
    /// There is nobody to do it.
    #[error("there are 0 workers: use at least 1")]
    NoWorkers,
    /// More workers than a simulation holds.
    #[error("there are {0} workers and at most {MAX_WORKERS} are simulated: use fewer")]
    TooManyWorkers(usize),
    /// A task was to come after one that is not in the graph.
    #[error("a task is to come after task {}, and the graph has {tasks} tasks: add that one first", .task.0)]
    UnknownTask {
        /// The task that is not there.
        task: TaskId,
        /// How many tasks there are.
        tasks: usize,
    },
    /// The times do not fit into 64 bits.
    #[error("the times add up to more than {max} ticks: use smaller numbers", max = u64::MAX)]
    TimeOverflow,
    /// The simulator broke a rule of traces, which is a mistake in twoaxes.
    #[error("the simulation contradicts itself, please report it: {0}")]
    Inconsistent(#[from] TraceError),
}
