//! Passes on what a cell prints before it ends the line, and that it goes on after a panic.
//!
//! Rust keeps printed text until the line ends, so a counter that writes over itself would
//! stand still until the cell is over. A cell's own `print!` does not (`print`); for whatever
//! else writes to standard output (`write!`, other crates), a thread flushes it every few
//! milliseconds while a cell runs. It is gone when the cell is:
//! whatever runs between two cells keeps the next one from being undone.

use std::io::{self, Write as _};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::fault;

/// Text waits this long at most.
const PERIOD: Duration = Duration::from_millis(8);

/// How long the end of a cell waits for the thread. It may be at the lock of standard
/// output, which the cell may have kept for ever.
const PATIENCE: Duration = Duration::from_millis(100);

static FLUSHER: Mutex<Option<Flusher>> = Mutex::new(None);

struct Flusher {
    /// Closed and gone when the cell ends.
    running: Option<Sender<()>>,
    /// Closed when the thread does nothing any more.
    done: Receiver<()>,
    thread: JoinHandle<()>,
}

/// A cell begins.
pub(super) fn begin() {
    let mut last = lock();
    // It is still at the lock, and so would be another one.
    if last.as_ref().is_some_and(Flusher::is_stuck) {
        return;
    }
    let (running, ended) = mpsc::channel::<()>();
    let (working, done) = mpsc::channel::<()>();
    let thread = thread::Builder::new()
        .name("flusher".to_owned())
        .spawn(move || {
            while ended.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                // A closed standard output is the cell's own doing.
                let _ = io::stdout().flush();
                fault::still_running();
            }
            drop(working);
        });
    // Without it lines still come when they end.
    *last = thread.ok().map(|thread| Flusher {
        running: Some(running),
        done,
        thread,
    });
}

/// The cell has ended.
pub(super) fn end() {
    let mut last = lock();
    let Some(flusher) = last.as_mut() else {
        return;
    };
    // One that was stuck before this cell has been waited for.
    let was_running = flusher.running.take().is_some();
    let patience = if was_running {
        PATIENCE
    } else {
        Duration::ZERO
    };
    if flusher.done.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected)
        && let Some(flusher) = last.take()
    {
        // It cannot panic, and it waits for nothing any more.
        let _ = flusher.thread.join();
    }
}

impl Flusher {
    /// Whether it has not ended with its cell.
    fn is_stuck(&self) -> bool {
        self.running.is_none() && self.done.try_recv() == Err(TryRecvError::Empty)
    }
}

fn lock() -> std::sync::MutexGuard<'static, Option<Flusher>> {
    FLUSHER.lock().unwrap_or_else(PoisonError::into_inner)
}
