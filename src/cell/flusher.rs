//! Passes on what a cell prints before it ends the line.
//!
//! Rust keeps printed text until the line ends, so a counter that writes over itself
//! (`print!("\r{i}")`) would stand still until the cell is over. While a cell runs, a
//! thread flushes standard output every few milliseconds. It is gone when the cell is:
//! whatever runs between two cells keeps the next one from being undone.

use std::io::{self, Write as _};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Text waits this long at most.
const PERIOD: Duration = Duration::from_millis(8);

/// How long the end of a cell waits for the thread. It may be at the lock of standard
/// output, which the cell may have kept for ever.
const PATIENCE: Duration = Duration::from_millis(100);

static FLUSHER: Mutex<Option<Flusher>> = Mutex::new(None);

struct Flusher {
    /// Closed when the cell ends.
    running: Sender<()>,
    /// Closed when the thread does nothing any more.
    done: Receiver<()>,
    thread: JoinHandle<()>,
}

/// A cell begins.
pub(super) fn begin() {
    let (running, ended) = mpsc::channel::<()>();
    let (working, done) = mpsc::channel::<()>();
    let thread = thread::Builder::new()
        .name("flusher".to_owned())
        .spawn(move || {
            while ended.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                // A closed standard output is the cell's own doing.
                let _ = io::stdout().flush();
            }
            drop(working);
        });
    // Without it lines still come when they end.
    *lock() = thread.ok().map(|thread| Flusher {
        running,
        done,
        thread,
    });
}

/// The cell has ended.
pub(super) fn end() {
    let Some(flusher) = lock().take() else {
        return;
    };
    drop(flusher.running);
    if flusher.done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Disconnected) {
        // It cannot panic, and it waits for nothing any more.
        let _ = flusher.thread.join();
    }
}

fn lock() -> std::sync::MutexGuard<'static, Option<Flusher>> {
    FLUSHER.lock().unwrap_or_else(PoisonError::into_inner)
}
