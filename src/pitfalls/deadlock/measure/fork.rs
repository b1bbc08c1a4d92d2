//! Locks that can be waited for until a deadline, and given up on.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::team::Deadline;

/// A lock. It goes to those who wait in the order in which they came, so that
/// whoever gave it back comes last.
#[derive(Debug, Default)]
pub(super) struct Fork {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    owner: Option<usize>,
    queue: VecDeque<usize>,
}

/// How waiting for a fork ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// With the fork.
    Yes,
    /// Somebody said to give up.
    GaveUp,
    /// At the deadline.
    Late,
}

impl Fork {
    /// Takes the fork if nobody has it.
    pub(super) fn try_take(&self, who: usize) -> bool {
        let mut state = self.lock();
        let free = state.owner.is_none() && state.queue.is_empty();
        if free {
            state.owner = Some(who);
        }
        free
    }

    /// Waits for the fork, until it comes, `give_up` is true and
    /// [`Fork::look_up`] was called, or the deadline has passed.
    pub(super) fn take(&self, who: usize, deadline: Deadline, give_up: &AtomicBool) -> Taken {
        let mut state = self.lock();
        state.queue.push_back(who);
        state.hand_on();
        loop {
            let end = if state.owner == Some(who) {
                return Taken::Yes;
            } else if give_up.load(Ordering::Acquire) {
                Taken::GaveUp
            } else if deadline.has_passed() {
                Taken::Late
            } else {
                let waited = self.changed.wait_timeout(state, deadline.left());
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            };
            state.queue.retain(|&other| other != who);
            return end;
        }
    }

    /// Gives the fork to whoever has waited longest.
    pub(super) fn give_back(&self) {
        let mut state = self.lock();
        state.owner = None;
        state.hand_on();
        self.changed.notify_all();
    }

    /// Makes those who wait look whether they should give up.
    pub(super) fn look_up(&self) {
        // With the lock held, so that nobody is between looking and sleeping.
        let _state = self.lock();
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn hand_on(&mut self) {
        if self.owner.is_none() {
            self.owner = self.queue.pop_front();
        }
    }
}
