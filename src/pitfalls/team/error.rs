//! Why a real run could not be made.

use crate::pitfalls::range::{Range, RangeError};

/// Why a pitfall could not be run for real.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// A number for which there is no run.
    #[error("{} {} cannot be run: use {} to {}", .0.value, .0.what, .0.least, .0.most)]
    Range(RangeError),
    /// The system refused a thread.
    #[error(
        "only {started} of {wanted} threads could be started: {reason}; close other programs, or ask for fewer"
    )]
    Threads {
        /// How many had been started by then. They have ended.
        started: usize,
        /// How many were asked for.
        wanted: usize,
        /// The system's reason.
        reason: String,
    },
    /// Threads were started, but did not all get to their first instruction.
    #[error(
        "only {ready} of {wanted} threads were ready after {seconds} seconds: the machine is too busy, try again later"
    )]
    NotReady {
        /// How many were ready.
        ready: usize,
        /// How many were asked for.
        wanted: usize,
        /// How long they were waited for.
        seconds: u64,
    },
    /// A runtime of tokio could not be made.
    #[error(
        "tokio's event loop could not be started: {reason}; close other programs and try again"
    )]
    Runtime {
        /// The system's reason.
        reason: String,
    },
    /// What was measured could not be put together.
    #[error("the run's numbers could not be put together, please report it: {reason}")]
    Uncounted {
        /// What was wrong.
        reason: String,
    },
}

impl From<RangeError> for MeasureError {
    fn from(error: RangeError) -> Self {
        Self::Range(error)
    }
}

/// The nearest number that can be run, with a note if it is another.
pub(in crate::pitfalls) fn nearest(range: Range, value: u64, notes: &mut Vec<String>) -> u64 {
    match range.check(value) {
        Ok(value) => value,
        Err(error) => {
            let used = value.clamp(range.least, range.most);
            notes.push(format!("{}. Here it is {used}.", MeasureError::from(error)));
            used
        }
    }
}
