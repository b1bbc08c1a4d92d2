//! Which cell runs, and which one a thread belongs to.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::channel;

/// The cell that runs, as far as the kernel has told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RunningCell {
    /// Counts the runs of cells in this process; 0 outside of our kernel.
    pub(crate) run: u64,
    /// The cell's id in the notebook, if the front end says it.
    pub(crate) name: Option<String>,
    /// The front end's message that is answered; what is shown stands under it.
    pub(crate) request: Option<String>,
}

/// For tests that say which cell runs: all of a process share it.
#[cfg(test)]
pub(crate) static ALONE: Mutex<()> = Mutex::new(());

/// The runs of so many cells are remembered, for threads that go on after theirs.
const REMEMBERED: usize = 10_000;

static RUNS: Mutex<Runs> = Mutex::new(Runs {
    running: RunningCell {
        run: 0,
        name: None,
        request: None,
    },
    number: 0,
    by_number: BTreeMap::new(),
});

struct Runs {
    running: RunningCell,
    number: u64,
    /// By the numbers that threads know their cells by.
    by_number: BTreeMap<u64, RunningCell>,
}

/// A cell begins to run, or a comm's handlers; threads of it know it as `number`.
pub(crate) fn begin_cell(number: u64, name: Option<String>, request: Option<String>) {
    let mut runs = lock();
    runs.running = RunningCell {
        run: runs.running.run + 1,
        name,
        request,
    };
    runs.number = number;
    let running = runs.running.clone();
    runs.by_number.insert(number, running);
    if runs.by_number.len() > REMEMBERED {
        runs.by_number.pop_first();
    }
}

/// The cell that this thread works for: the one that has started it, or else the one that
/// runs, or ran last.
pub(crate) fn running_cell() -> RunningCell {
    let own = channel::own_cell();
    let runs = lock();
    let known = (own != 0).then(|| runs.by_number.get(&own)).flatten();
    known.unwrap_or(&runs.running).clone()
}

/// Whether this thread works for a cell that has ended.
pub(crate) fn is_of_earlier_cell() -> bool {
    let own = channel::own_cell();
    own != 0 && own != lock().number
}

fn lock() -> MutexGuard<'static, Runs> {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner)
}
