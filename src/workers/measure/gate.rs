//! A gate at which workers wait until all of them are there.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// When a run is given up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    end: Instant,
}

impl Deadline {
    pub(super) fn after(time: Duration) -> Self {
        Self {
            end: Instant::now() + time,
        }
    }

    pub(super) fn left(self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    pub(super) fn passed(self) -> bool {
        self.left().is_zero()
    }
}

/// Counts the workers that have come, and lets them through together.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    here: usize,
    /// Whether those who wait may go on; `None` while they have to wait.
    verdict: Option<bool>,
}

impl Gate {
    /// The calling worker is there.
    pub(super) fn arrive(&self) {
        self.state().here += 1;
        self.changed.notify_all();
    }

    /// Waits until the gate is opened or closed; whether it is open. Who opens
    /// it is bounded by a deadline, so this wait is, too.
    pub(super) fn pass(&self) -> bool {
        let mut state = self.state();
        loop {
            if let Some(open) = state.verdict {
                return open;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until `workers` are there; how many are when the wait ends.
    pub(super) fn wait_for(&self, workers: usize, deadline: Deadline) -> usize {
        let state = self.state();
        let missing = |state: &mut State| state.here < workers;
        let waited = self
            .changed
            .wait_timeout_while(state, deadline.left(), missing);
        waited.unwrap_or_else(PoisonError::into_inner).0.here
    }

    /// Lets all workers go on, or sends them home.
    pub(super) fn decide(&self, open: bool) {
        self.state().verdict = Some(open);
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
