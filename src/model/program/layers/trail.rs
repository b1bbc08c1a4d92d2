//! Which state each state was first reached from.

use rustc_hash::FxHashMap;

/// The way to a bad ending, once a count that keeps it came to one.
#[derive(Default)]
pub(super) struct Trail {
    came_from: FxHashMap<u64, u64>,
    /// The last state on the way to a bad ending, which may be one itself.
    pub(super) bad: Option<u64>,
}

impl Trail {
    /// `to` was reached for the first time, from `from`.
    pub(super) fn note(&mut self, from: u64, to: u64) {
        self.came_from.insert(to, from);
    }

    /// The states on the way to a bad ending, from the first one on; `None` if
    /// there was none. What the first one came from has no origin.
    pub(super) fn into_states(self) -> Option<Vec<u64>> {
        let before = |state: &u64| self.came_from.get(state).copied();
        let back = std::iter::successors(Some(self.bad?), before);
        let mut states: Vec<u64> = back.filter(|s| before(s).is_some()).collect();
        states.reverse();
        Some(states)
    }
}
