//! Why a run cannot be made.

use crate::team::TeamError;

/// Why a real run cannot be made as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// A number that is too small or too large.
    #[error("{what}: {given} was given, but it has to be from {least} to {most}")]
    OutOfRange {
        /// What the number counts.
        what: &'static str,
        /// The number.
        given: u64,
        /// The smallest that can be run.
        least: u64,
        /// The largest that can be run.
        most: u64,
    },
    /// The tasks are more than a run may compute.
    #[error(
        "{tasks} tasks of {units} units are {} units, about as many milliseconds: ask for {most} or fewer",
        u128::from(*.tasks) * u128::from(*.units)
    )]
    TooMuchWork {
        /// How many tasks.
        tasks: u64,
        /// How many units each has.
        units: u64,
        /// How many units there may be in all.
        most: u64,
    },
    /// The system refused something that the run needs.
    #[error(
        "the run could not be made: {what} was refused by the system ({reason}); close other programs and try again"
    )]
    Refused {
        /// What was refused.
        what: &'static str,
        /// The system's reason.
        reason: String,
    },
    /// There is no GPU that can be used.
    #[cfg(feature = "gpu")]
    #[error(
        "no GPU can be used here ({reason}): install its Vulkan driver, or software that stands in for one (Debian: mesa-vulkan-drivers)"
    )]
    NoGpu {
        /// What was tried, and what came of it.
        reason: String,
    },
    /// The code of the run panicked.
    #[error("the run ended early: its thread panicked, which is a mistake in this library")]
    Panicked,
}

impl MeasureError {
    pub(super) fn refused(what: &'static str, reason: impl ToString) -> Self {
        Self::Refused {
            what,
            reason: reason.to_string(),
        }
    }

    /// In the words of this room, why threads did not begin.
    pub(super) fn of(what: &'static str, error: TeamError) -> Self {
        match error {
            TeamError::Refused { reason, .. } => Self::Refused { what, reason },
            TeamError::NotReady { seconds, .. } => {
                Self::refused(what, format!("it was not ready after {seconds} seconds"))
            }
            TeamError::Unpinned(error) => Self::refused(what, error),
            TeamError::Panicked => Self::Panicked,
        }
    }

    /// Refuses a `given` number outside of `least..=most`.
    pub(super) fn check(what: &'static str, given: u64, least: u64, most: u64) -> Result<(), Self> {
        if (least..=most).contains(&given) {
            return Ok(());
        }
        Err(Self::OutOfRange {
            what,
            given,
            least,
            most,
        })
    }
}
