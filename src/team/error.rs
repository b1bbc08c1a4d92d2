//! Why a team did not do its work.

use crate::machine::PinError;

/// Why nobody did any work. Each room has an error of its own for its readers,
/// and puts this into words there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TeamError {
    /// The system refused a thread.
    Refused {
        /// How many had been started by then. They have ended.
        started: usize,
        /// How many were asked for.
        wanted: usize,
        /// The system's reason.
        reason: String,
    },
    /// Threads were started, but did not all get to their first instruction.
    NotReady {
        /// How many were ready.
        ready: usize,
        /// How many had been started.
        wanted: usize,
        /// How long they were waited for.
        seconds: u64,
    },
    /// A thread could not be kept on its CPU, and had to be.
    Unpinned(PinError),
    /// The thread panicked.
    Panicked,
}
