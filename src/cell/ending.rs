//! What is to be done when the running cell ends, whichever way.

use std::sync::{Mutex, PoisonError};

type Task = Box<dyn FnOnce() + Send>;

static TASKS: Mutex<Vec<Task>> = Mutex::new(Vec::new());

/// Does `task` when the running cell has returned, on the thread that ran it. It must not
/// panic.
pub fn at_end(task: Task) {
    TASKS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(task);
}

/// The cell has returned.
pub(super) fn end() {
    let tasks = std::mem::take(&mut *TASKS.lock().unwrap_or_else(PoisonError::into_inner));
    for task in tasks {
        task();
    }
}
