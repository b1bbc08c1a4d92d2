//! Which cell runs.

use std::sync::{Mutex, PoisonError};

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

static RUNNING: Mutex<RunningCell> = Mutex::new(RunningCell {
    run: 0,
    name: None,
    request: None,
});

/// A cell begins to run, or a comm's handlers.
pub(crate) fn begin_cell(name: Option<String>, request: Option<String>) {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    running.run += 1;
    running.name = name;
    running.request = request;
}

/// The cell that runs, or ran last.
pub(crate) fn running_cell() -> RunningCell {
    RUNNING
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}
