//! Processes that a cell forks, without another program.
//!
//! Such a child has all that this process has. It must not pass for it: it runs the cell to
//! its end, at most, and does not keep evcxr waiting for the end of a process that has died.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use anyhow::Context;
use rustix::fd::{AsFd, AsRawFd};
use rustix::process::Pid;

/// What evcxr waits for the end of; -1 for nothing.
static ANSWERS: AtomicI32 = AtomicI32::new(-1);

/// Whether we fork ourselves: the copy does have evcxr's pipe.
static IS_OURS: AtomicBool = AtomicBool::new(false);

/// Closes `answers` in every child that a cell forks from now on.
pub fn keep_from(answers: &impl AsFd) -> anyhow::Result<()> {
    ANSWERS.store(answers.as_fd().as_raw_fd(), Ordering::SeqCst);
    // SAFETY: what is called in the child does only what is allowed there.
    match unsafe { libc::pthread_atfork(None, None, Some(begin)) } {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error))
            .context("cannot have the system call us in children"),
    }
}

/// The first that a child does.
extern "C" fn begin() {
    if !IS_OURS.load(Ordering::SeqCst) {
        // SAFETY: nothing of ours speaks to evcxr in the child.
        unsafe { libc::close(ANSWERS.load(Ordering::SeqCst)) };
    }
}

/// Forks the copy of this process.
///
/// # Safety
///
/// As for `fork` of the C library.
pub unsafe fn fork_copy() -> libc::pid_t {
    IS_OURS.store(true, Ordering::SeqCst);
    // SAFETY: the caller's promise.
    let copy = unsafe { libc::fork() };
    IS_OURS.store(false, Ordering::SeqCst);
    copy
}

/// Ends this process where it is not `runner` but a child that the cell has forked, and
/// that has come to the end of the cell.
pub fn end_unless(runner: Pid) {
    if rustix::process::getpid() != runner {
        // SAFETY: nothing here is cleaned up on purpose. It is the other's, too.
        unsafe { libc::_exit(0) }
    }
}
