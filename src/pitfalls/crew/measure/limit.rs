//! What can be run, number by number, and why a run could not be made.

use std::time::Duration;

use crate::pitfalls::team::MeasureError;
use crate::team::{Deadline, TeamError};

/// Why a run could not be made as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// A number for which there is no run.
    #[error("{value} {what} cannot be run: use {least} to {most}")]
    Range {
        /// What the number counts, in the plural.
        what: &'static str,
        /// The number that was given.
        value: u64,
        /// The smallest number that can be run.
        least: u64,
        /// The largest number that can be run.
        most: u64,
    },
    /// Within the limits one by one, and together more than anybody waits for.
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
    /// The system started no thread at all.
    #[error(
        "the system refused to start a thread: {reason}. Close other programs or ask the administrator for a higher limit"
    )]
    NoThread {
        /// The system's reason.
        reason: String,
    },
}

impl From<TeamError> for RunError {
    fn from(error: TeamError) -> Self {
        Self::NoThread {
            reason: match error {
                TeamError::Refused { reason, .. } => reason,
                TeamError::NotReady { seconds, .. } => {
                    format!("not all were ready after {seconds} seconds")
                }
                TeamError::Unpinned(error) => error.to_string(),
                TeamError::Panicked => "it ended early".to_owned(),
            },
        }
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
            TeamError::Unpinned(error) => Self::Uncounted {
                reason: error.to_string(),
            },
            TeamError::Panicked => Self::Uncounted {
                reason: "a thread ended early".to_owned(),
            },
        }
    }
}

/// The numbers of one parameter that can be run. They keep a call short and
/// every sum of times far below 64 bits.
#[derive(Debug, Clone, Copy)]
pub(in crate::pitfalls) struct Limit {
    pub(in crate::pitfalls) what: &'static str,
    pub(in crate::pitfalls) least: u64,
    pub(in crate::pitfalls) most: u64,
}

impl Limit {
    /// `value`, if it can be run.
    pub(in crate::pitfalls) fn check(self, value: u64) -> Result<u64, RunError> {
        let Self { what, least, most } = self;
        if (least..=most).contains(&value) {
            return Ok(value);
        }
        Err(RunError::Range {
            what,
            value,
            least,
            most,
        })
    }

    /// The nearest number that can be run, with a note if it is another.
    pub(in crate::pitfalls) fn nearest(self, value: u64, notes: &mut Vec<String>) -> u64 {
        self.check(value).unwrap_or_else(|error| {
            let used = value.clamp(self.least, self.most);
            notes.push(format!("{error}. Here it is {used}."));
            used
        })
    }
}

/// How long the runs of a call may take together if nothing disturbs them, in
/// milliseconds. The deadline leaves twice as much.
const CALL: u64 = 15_000;

/// How long a call may take, whatever the machine does meanwhile. What has
/// begun is brought to its end, and nothing new is begun.
pub(in crate::pitfalls) fn of_call() -> Deadline {
    Deadline::after(Duration::from_millis(2 * CALL))
}

/// Refuses `value` of `what` if all runs of the call would take `total`
/// milliseconds with it, growing with it, and that is too long.
pub(in crate::pitfalls) fn enough(
    what: &'static str,
    value: u64,
    total: u64,
) -> Result<(), RunError> {
    if total <= CALL {
        return Ok(());
    }
    let most = u128::from(value) * u128::from(CALL) / u128::from(total.max(1));
    Err(RunError::TooLong {
        what,
        value,
        seconds: total.div_ceil(1_000),
        limit: CALL / 1_000,
        most: u64::try_from(most).unwrap_or(value).max(1),
    })
}

/// `value`, or as much of it as there is time for, with a note; see
/// [`enough`].
pub(in crate::pitfalls) fn as_much(
    what: &'static str,
    value: u64,
    total: u64,
    notes: &mut Vec<String>,
) -> u64 {
    let Err(error) = enough(what, value, total) else {
        return value;
    };
    let used = match error {
        RunError::TooLong { most, .. } => most,
        _ => value,
    };
    notes.push(format!("{error}. Here it is {used}."));
    used
}
