//! In which order the two standard streams were written.
//!
//! They are two pipes, and whoever reads both cannot tell what came first. So of the two
//! only one holds anything: before a thread writes to the other one it has the kernel read
//! what is there, by a frame whose answer comes after that. As long as a cell writes to one
//! stream, this costs two atomic additions a write.
//!
//! Nothing is allocated here and no lock is waited for that this thread has: a handler of
//! signals may write, too. A process that running code has forked does without order, since
//! the connection is not its own.

use std::cell::Cell;
use std::ffi::c_int;
use std::io::ErrorKind;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::write::Streams;
use super::{HAS_CAUGHT, says};

/// `bridge::Said::Printed` and `WentOn` as frames, and the length of the frame that answers them.
const PRINTED: &[u8] = b"\0\0\0\x12{\"type\":\"printed\"}";
const WENT_ON: &[u8] = b"\0\0\0\x12{\"type\":\"went_on\"}";
const ANSWER: usize = 18;

/// The kernel may be waiting for a slow front end. Beyond this, the cell goes on without
/// order.
const PATIENCE: Duration = Duration::from_secs(5);

/// The same for a thread in the middle of a write. A cell may have led its stream into a
/// pipe of its own, and whoever reads that may be the one that waits here.
const PATIENCE_WITH_WRITERS: Duration = Duration::from_secs(1);

/// A cell that changes between the streams more often is held to their order no longer:
/// each change makes one more output, and a page with so many is slow already.
const MOST_CHANGES: usize = 25_000;

/// No descriptor.
const NONE: c_int = -1;

/// The descriptor that was written to last, the only one that may be written to without
/// further ado.
static LAST: AtomicI32 = AtomicI32::new(NONE);

/// How many threads are writing to it.
static WRITING: AtomicUsize = AtomicUsize::new(0);

/// How often it was another one in this cell.
static CHANGES: AtomicUsize = AtomicUsize::new(0);

/// Whether this process keeps the order. The kernel's own does not, and a cell may do without.
static IS_KEPT: AtomicBool = AtomicBool::new(false);

/// The process that the connection belongs to; 0 for none.
static OWNER: AtomicU32 = AtomicU32::new(0);

static KERNEL: Mutex<Option<Kernel>> = Mutex::new(None);

thread_local! {
    /// Whether this thread is in the middle of a write, and what comes is a signal's handler.
    static IS_WRITING: Cell<bool> = const { Cell::new(false) };
}

/// Keeps the order from now on, with the kernel at the other end of `socket`.
pub fn keep_order(socket: UnixStream) {
    let kernel = Kernel {
        socket: socket.into(),
        owed: 0,
    };
    *KERNEL.lock().unwrap_or_else(PoisonError::into_inner) = Some(kernel);
    OWNER.store(std::process::id(), Ordering::Relaxed);
    begin_cell();
}

/// A cell begins: what was written before has been passed on.
pub(super) fn begin_cell() {
    CHANGES.store(0, Ordering::Relaxed);
    LAST.store(NONE, Ordering::SeqCst);
    let is_owner = OWNER.load(Ordering::Relaxed) == std::process::id();
    IS_KEPT.store(is_owner, Ordering::Relaxed);
}

/// This process is a copy, and has one thread only.
pub(super) fn begin_anew() {
    IS_KEPT.store(false, Ordering::Relaxed);
    WRITING.store(0, Ordering::SeqCst);
}

/// This thread's turn to write to a standard stream, until it is dropped.
pub(super) struct Turn {
    is_marked: bool,
    is_counted: bool,
}

impl Turn {
    /// Waits until what was written to the other stream before has been passed on.
    pub(super) fn take(fd: c_int) -> Self {
        let is_marked = IS_KEPT.load(Ordering::Relaxed) && !IS_WRITING.replace(true);
        if is_marked && says(&HAS_CAUGHT) {
            tell_caught();
        }
        let is_counted = is_marked && (count(fd) || change_to(fd));
        Self {
            is_marked,
            is_counted,
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.is_counted {
            WRITING.fetch_sub(1, Ordering::SeqCst);
        }
        if self.is_marked {
            IS_WRITING.set(false);
        }
    }
}

/// Has a panic shown before what this thread prints next.
fn tell_caught() {
    if OWNER.load(Ordering::Relaxed) == std::process::id()
        && let Some(kernel) = &mut *KERNEL.lock().unwrap_or_else(PoisonError::into_inner)
    {
        // If the kernel takes too long, it is shown behind it.
        kernel.hears(WENT_ON);
    }
}

/// Counts this thread among those that write to `fd`, if that was written to last.
fn count(fd: c_int) -> bool {
    // Before the look at which it is: `change_to` looks the other way around.
    WRITING.fetch_add(1, Ordering::SeqCst);
    let may_write = LAST.load(Ordering::SeqCst) == fd;
    if !may_write {
        WRITING.fetch_sub(1, Ordering::SeqCst);
    }
    may_write
}

/// Lets `fd` be the one that is written to, and counts this thread. False where the order
/// is not kept.
fn change_to(fd: c_int) -> bool {
    if OWNER.load(Ordering::Relaxed) != std::process::id() {
        // One that was forked, whose lock may be held for ever.
        IS_KEPT.store(false, Ordering::Relaxed);
        return false;
    }
    if !Streams::may_be(fd) {
        return false;
    }
    let mut kernel = KERNEL.lock().unwrap_or_else(PoisonError::into_inner);
    // Another thread may have done it, or have given up.
    if count(fd) {
        return true;
    }
    let Some(kernel) = kernel.as_mut().filter(|_| IS_KEPT.load(Ordering::Relaxed)) else {
        return false;
    };
    let is_first = LAST.swap(NONE, Ordering::SeqCst) == NONE;
    let has_order = CHANGES.fetch_add(1, Ordering::Relaxed) < MOST_CHANGES
        && nobody_writes()
        && (is_first || kernel.hears(PRINTED));
    if !has_order {
        IS_KEPT.store(false, Ordering::Relaxed);
        return false;
    }
    LAST.store(fd, Ordering::SeqCst);
    // Nobody can have changed it meanwhile.
    count(fd)
}

/// Waits for those that are in the middle of a write.
fn nobody_writes() -> bool {
    let deadline = Instant::now() + PATIENCE_WITH_WRITERS;
    while WRITING.load(Ordering::SeqCst) > 0 {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::yield_now();
    }
    true
}

/// A connection to the kernel.
struct Kernel {
    socket: OwnedFd,
    /// So many bytes of answers are still to come. There are some from before only if the
    /// kernel took longer than we have waited.
    owed: usize,
}

impl Kernel {
    /// Says `frame` and waits for the answer. Before that, the kernel reads what is in the pipes.
    fn hears(&mut self, frame: &[u8]) -> bool {
        let deadline = Instant::now() + PATIENCE;
        let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
        let fd = self.socket.as_raw_fd();
        // SAFETY: the bytes are there.
        let sent = unsafe { libc::send(fd, frame.as_ptr().cast(), frame.len(), flags) };
        if usize::try_from(sent) != Ok(frame.len()) {
            return false;
        }
        self.owed += ANSWER;
        while self.owed > 0 {
            let mut answer = [0_u8; ANSWER];
            let wanted = self.owed.min(ANSWER);
            // SAFETY: there is room for as much as is wanted.
            let heard = unsafe { libc::recv(fd, answer.as_mut_ptr().cast(), wanted, flags) };
            match usize::try_from(heard) {
                // The kernel has gone.
                Ok(0) => return false,
                Ok(heard) => self.owed -= heard,
                Err(_) if may_come() && waits_for(fd, deadline) => {}
                Err(_) => return false,
            }
        }
        true
    }
}

/// Whether the call that has just failed is worth another try.
fn may_come() -> bool {
    let error = std::io::Error::last_os_error().kind();
    matches!(error, ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Waits until there is something to read, or the other end has gone.
fn waits_for(fd: c_int, deadline: Instant) -> bool {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = c_int::try_from(left.as_millis()).unwrap_or(c_int::MAX);
        let mut polled = libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: it is one, and it is there.
        match unsafe { libc::poll(&raw mut polled, 1, left) } {
            0 => return false,
            1.. => return polled.revents & libc::POLLNVAL == 0,
            // A signal.
            _ if left > 0 => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ANSWER, PRINTED, WENT_ON};
    use crate::bridge::{Reply, Said};

    #[test]
    fn the_frames_are_the_bridges_own() {
        let frame = |body: Vec<u8>| {
            let length = u32::try_from(body.len()).unwrap().to_be_bytes();
            [&length[..], &body].concat()
        };
        for (said, expected) in [(Said::Printed, PRINTED), (Said::WentOn, WENT_ON)] {
            assert_eq!(frame(serde_json::to_vec(&said).unwrap()), expected);
        }
        let answer = serde_json::to_vec(&Reply::Ack).unwrap();
        assert_eq!(frame(answer).len(), ANSWER);
    }
}
