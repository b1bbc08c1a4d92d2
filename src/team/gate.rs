//! A gate at which threads wait until all of them are there.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Deadline;

/// Counts the threads that have come, and lets them through together, or none.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    here: usize,
    /// Whether those who wait go through, or home; `None` while they wait.
    verdict: Option<bool>,
}

impl Gate {
    /// The calling thread is there.
    pub(crate) fn arrive(&self) {
        self.lock().here += 1;
        self.changed.notify_all();
    }

    /// Waits for the verdict: whether the calling thread may go on. A
    /// [`Closer`] sees to it that there is one.
    pub(crate) fn pass(&self) -> bool {
        let undecided = |state: &mut State| state.verdict.is_none();
        let state = self.changed.wait_while(self.lock(), undecided);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        state.verdict == Some(true)
    }

    /// Waits until `all` are there; how many are when the wait ends.
    pub(crate) fn wait_for(&self, all: usize, deadline: Deadline) -> usize {
        let missing = |state: &mut State| state.here < all;
        let left = deadline.left();
        let waited = self.changed.wait_timeout_while(self.lock(), left, missing);
        waited.unwrap_or_else(PoisonError::into_inner).0.here
    }

    /// Lets everybody through. Only the first verdict counts.
    pub(crate) fn open(&self) {
        self.decide(true);
    }

    /// Sends home whoever waits, now or later, if the gate has not been opened
    /// when what this returns goes. So no way out leaves anybody waiting.
    pub(crate) fn closer(&self) -> Closer<'_> {
        Closer(self)
    }

    fn decide(&self, open: bool) {
        self.lock().verdict.get_or_insert(open);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Gate::closer`].
#[derive(Debug)]
pub(crate) struct Closer<'a>(&'a Gate);

impl Drop for Closer<'_> {
    fn drop(&mut self) {
        self.0.decide(false);
    }
}
