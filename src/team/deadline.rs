//! When something has to be over.

use std::time::{Duration, Instant};

/// An instant that ends a wait, or after which nothing new begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    /// `None` if it lies too far ahead for the clock.
    end: Option<Instant>,
}

impl Deadline {
    /// So much from now on.
    pub(crate) fn after(time: Duration) -> Self {
        Self {
            end: Instant::now().checked_add(time),
        }
    }

    /// The time until then; none if it has passed.
    pub(crate) fn left(self) -> Duration {
        self.end.map_or(Duration::MAX, |end| {
            end.saturating_duration_since(Instant::now())
        })
    }

    pub(crate) fn has_passed(self) -> bool {
        self.left().is_zero()
    }
}
