//! Why the barista was not run for real.

use super::MAX_UNITS;
use crate::machine::PinError;
use crate::team::TeamError;

/// What stands in the way of a measured run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// An amount of work that is not run.
    #[error("{0} units of work are not run: use 1 to {MAX_UNITS}")]
    Units(u64),
    /// The threads could not be kept on their CPUs.
    #[error("the threads could not be kept on the CPUs that the run needs: {0}")]
    Pin(#[from] PinError),
    /// The system gave no thread.
    #[error("the system did not start a thread: {0}; end some programs and try again")]
    Thread(String),
    /// The event loop could not be made, or did not end as it should.
    #[error("the event loop did not run: {0}")]
    EventLoop(String),
}

impl From<TeamError> for MeasureError {
    fn from(error: TeamError) -> Self {
        Self::Thread(match error {
            TeamError::Unpinned(error) => return Self::Pin(error),
            TeamError::Refused { reason, .. } => reason,
            TeamError::NotReady { seconds, .. } => {
                format!("it was not ready after {seconds} seconds")
            }
            TeamError::Panicked => "it ended before its work".to_owned(),
        })
    }
}
