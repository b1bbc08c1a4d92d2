//! Whose output it is: that of the cell which has started the thread that prints.
//!
//! Each thread knows the cell that it belongs to, by a number that the kernel gives
//! (`birth`). While that cell runs its threads print into the bridge's pipes, as the
//! cell's own thread always does. Later what they print goes to a pipe of its own, with
//! the number (`write`).
//!
//! A thread of a pool works for whichever cell asks, and what it prints is that
//! cell's. Nothing says at its start that it is one, so it is asked when it prints
//! ([`serves_cells`]).
//!
//! The same functions keep the order between the two streams (`order`).
//!
//! The functions of the C library that are taken over stand in the executable, which
//! the system's loader asks first. So they serve the kernel as well, where no thread
//! has a number and they only call the real ones.

mod birth;
mod order;
mod write;

use std::cell::Cell;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub use order::keep_order;
pub use write::Streams;

thread_local! {
    /// The number of this thread's cell; 0 for the thread that runs cells, and for
    /// one of which nothing is known.
    static CELL: Cell<u64> = const { Cell::new(0) };
}

/// The number of the cell that runs; 0 for none.
static RUNNING: AtomicU64 = AtomicU64::new(0);

/// How many threads are about to write for the running cell, beside its own.
static WRITERS: AtomicUsize = AtomicUsize::new(0);

/// How long the end of a cell waits for them. One that waits for room in the pipe may
/// take longer; the rest of what it prints may then stand below the next cell.
const PATIENCE: Duration = Duration::from_millis(10);

/// The helper library's word on this thread.
type Word = extern "C" fn() -> bool;

/// Whether it is one of a pool.
static IS_OF_POOL: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());

/// Whether it has caught a panic that the kernel holds back.
static HAS_CAUGHT: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());

/// A cell begins on this thread, or a comm's handlers.
pub fn begin_cell(number: u64) {
    order::begin_cell();
    RUNNING.store(number, Ordering::SeqCst);
}

/// It has returned. From here on nothing comes into the pipes that is its threads'.
pub fn end_cell() {
    RUNNING.store(0, Ordering::SeqCst);
    let deadline = Instant::now() + PATIENCE;
    while WRITERS.load(Ordering::SeqCst) > 0 && Instant::now() < deadline {
        std::thread::yield_now();
    }
}

/// This process is a copy, and has one thread only.
pub fn begin_anew() {
    RUNNING.store(0, Ordering::SeqCst);
    WRITERS.store(0, Ordering::SeqCst);
    order::begin_anew();
}

/// Asks these from now on.
pub fn ask(is_of_pool: Word, has_caught: Word) {
    IS_OF_POOL.store(is_of_pool as *mut (), Ordering::Release);
    HAS_CAUGHT.store(has_caught as *mut (), Ordering::Release);
}

/// What `word` says, if there is one.
fn says(word: &AtomicPtr<()>) -> bool {
    let word = word.load(Ordering::Acquire);
    !word.is_null() && {
        // SAFETY: only functions of this type are put there.
        let word = unsafe { std::mem::transmute::<*mut (), Word>(word) };
        word()
    }
}

/// The number of the cell that this thread belongs to; 0 for whichever cell runs.
pub extern "C" fn own_cell() -> u64 {
    match CELL.get() {
        0 => 0,
        cell if cell != RUNNING.load(Ordering::SeqCst) && serves_cells() => 0,
        cell => cell,
    }
}

/// Whether this thread works for whichever cell asks.
fn serves_cells() -> bool {
    says(&IS_OF_POOL) || has_name_of_worker()
}

/// tokio's own names for its threads, before 1.50 and since, as far as the system keeps
/// them. A tokio of a `:dep` crate gives one of them, too.
const WORKERS: [&[u8; 16]; 2] = [b"tokio-runtime-w\0", b"tokio-rt-worker\0"];

fn has_name_of_worker() -> bool {
    let mut name = [0_u8; 16];
    // SAFETY: there is room for the 16 bytes that a name may have.
    let known = unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    known == 0 && WORKERS.contains(&&name)
}

/// Leave to write into the bridge's pipe, until it is dropped.
struct Leave {
    is_counted: bool,
}

impl Leave {
    /// Whether this thread prints for the running cell.
    fn ask() -> Result<Self, u64> {
        let cell = CELL.get();
        if cell == 0 {
            return Ok(Self { is_counted: false });
        }
        // Before the look at who runs: `end_cell` looks the other way around.
        WRITERS.fetch_add(1, Ordering::SeqCst);
        let leave = Self { is_counted: true };
        match RUNNING.load(Ordering::SeqCst) == cell || serves_cells() {
            true => Ok(leave),
            false => Err(cell),
        }
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        if self.is_counted {
            WRITERS.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn a_thread_belongs_to_the_cell_of_the_one_that_starts_it() {
        let child = || thread::spawn(|| own_cell()).join().unwrap();
        assert_eq!((own_cell(), child()), (0, 0));
        begin_cell(7);
        assert_eq!((own_cell(), child()), (0, 7));
        let (looked, has_looked) = mpsc::channel();
        let (go, went) = mpsc::channel();
        let of_seven = thread::spawn(move || {
            looked.send(Leave::ask().map(drop)).unwrap();
            went.recv().unwrap();
            (Leave::ask().map(drop), own_cell(), child())
        });
        assert_eq!(has_looked.recv().unwrap(), Ok(()));
        let worker = thread::Builder::new().name("tokio-rt-worker".to_owned());
        let (ask, asked) = mpsc::channel::<()>();
        let worker = worker.spawn(move || {
            asked.recv().unwrap_err();
            (own_cell(), child())
        });
        end_cell();
        begin_cell(8);
        go.send(()).unwrap();
        assert_eq!(of_seven.join().unwrap(), (Err(7), 7, 7));
        drop(ask);
        assert_eq!(worker.unwrap().join().unwrap(), (0, 8));
        assert_eq!(child(), 8);
        begin_anew();
        assert_eq!(child(), 0);
    }
}
