//! Why a real run could not be made.

use crate::pitfalls::range::RangeError;
use crate::team::TeamError;

/// Why a pitfall could not be run for real as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// A number for which there is no run.
    #[error("{} {} cannot be run: use {} to {}", .0.value, .0.what, .0.least, .0.most)]
    Range(RangeError),
    /// Within the ranges one by one, and together more than anybody waits for.
    #[error(
        "{value} {what} would take about {seconds} s here, and a call may take {limit} s: use at most {most}"
    )]
    TooLong {
        /// What the number counts, in the plural.
        what: &'static str,
        /// The number that was given.
        value: u64,
        /// How long all runs of the call would take, in seconds.
        seconds: u64,
        /// How long they may take, in seconds.
        limit: u64,
        /// The largest number that fits.
        most: u64,
    },
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

impl From<TeamError> for MeasureError {
    fn from(error: TeamError) -> Self {
        match error {
            TeamError::Refused {
                started,
                wanted,
                reason,
            } => Self::Threads {
                started,
                wanted,
                reason,
            },
            TeamError::NotReady {
                ready,
                wanted,
                seconds,
            } => Self::NotReady {
                ready,
                wanted,
                seconds,
            },
            // No pitfall insists on its CPUs.
            TeamError::Unpinned(error) => Self::Uncounted {
                reason: error.to_string(),
            },
            TeamError::Panicked => Self::Uncounted {
                reason: "a thread ended early".to_owned(),
            },
        }
    }
}
