//! How far a search goes.

use std::time::Duration;

use super::search::Search;
use super::verdict::Reason;

/// `loom` can tell no more threads apart.
pub(super) const LOOM_THREADS: usize = 5;

/// `loom` sets aside memory for this many steps ahead of the first.
pub(super) const LOOM_STEPS: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) executions: u64,
    pub(super) time: Duration,
    pub(super) steps: usize,
    pub(super) preemptions: Option<u8>,
    pub(super) threads: usize,
}

impl Limits {
    pub(super) fn new(executions: u64, steps: usize) -> Self {
        Self {
            executions,
            time: Duration::from_secs(10),
            steps,
            preemptions: None,
            threads: LOOM_THREADS,
        }
    }

    /// Whether anything can be searched within these limits.
    pub(super) fn check(&self, search: Search) -> Result<(), Reason> {
        let limit = |what, value: usize, most: usize| {
            let inside = value >= 1 && value <= most;
            inside
                .then_some(())
                .ok_or(Reason::Limit { what, value, most })
        };
        if self.executions == 0 {
            limit("executions", 0, usize::MAX)?;
        }
        if self.time.is_zero() {
            limit("nanoseconds of time", 0, usize::MAX)?;
        }
        match search {
            Search::Exhaustive => {
                limit("steps", self.steps, LOOM_STEPS)?;
                limit("threads", self.threads, LOOM_THREADS)
            }
            Search::Pct { depth, .. } => {
                limit("steps", self.steps, usize::MAX)?;
                limit("depth", depth, usize::MAX)
            }
            _ => limit("steps", self.steps, usize::MAX),
        }
    }
}
