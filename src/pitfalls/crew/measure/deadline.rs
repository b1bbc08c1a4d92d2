//! When a run has to be over.

use std::time::{Duration, Instant};

/// How long a call may take, whatever the machine does meanwhile. What has
/// begun is brought to its end, and nothing new is begun.
const CALL: Duration = Duration::from_secs(30);

/// An instant after which nothing new begins.
#[derive(Debug, Clone, Copy)]
pub(in crate::pitfalls) struct Deadline {
    /// `None` if it lies too far ahead for the clock.
    at: Option<Instant>,
}

impl Deadline {
    /// For a call that begins now.
    pub(in crate::pitfalls) fn of_call() -> Self {
        Self::after(CALL)
    }

    pub(in crate::pitfalls) fn after(time: Duration) -> Self {
        Self {
            at: Instant::now().checked_add(time),
        }
    }

    pub(in crate::pitfalls) fn has_passed(self) -> bool {
        self.at.is_some_and(|at| Instant::now() >= at)
    }
}
