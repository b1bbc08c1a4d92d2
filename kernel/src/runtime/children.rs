//! Processes that a cell forks, without another program.
//!
//! Such a child has all that this process has. It must not pass for it: it runs the cell to
//! its end, at most, and what this process speaks on is nothing in it. So nobody waits for
//! the end of a process that has died, and a panic in the child is not the cell's.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use anyhow::Context;
use rustix::fd::RawFd;
use rustix::process::Pid;

/// Our ways to evcxr and to the kernel; -1 for none.
static WAYS: [AtomicI32; 4] = [const { AtomicI32::new(-1) }; 4];

/// Whether we fork ourselves: the copy does have them.
static IS_OURS: AtomicBool = AtomicBool::new(false);

/// Looks after children that cells fork from now on.
pub fn watch() -> anyhow::Result<()> {
    // SAFETY: what is called in the child does only what is allowed there.
    match unsafe { libc::pthread_atfork(None, None, Some(begin)) } {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error))
            .context("cannot have the system call us in children"),
    }
}

/// Leads `ways` nowhere in children.
pub fn keep_from(ways: [Option<RawFd>; WAYS.len()]) {
    for (kept, way) in WAYS.iter().zip(ways) {
        kept.store(way.unwrap_or(-1), Ordering::SeqCst);
    }
}

/// The first that a child does. Between `fork` and `exec` little is allowed: these calls are.
extern "C" fn begin() {
    if IS_OURS.load(Ordering::SeqCst) {
        return;
    }
    // SAFETY: the name ends in a zero.
    let null = unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC) };
    for way in &WAYS {
        let way = way.load(Ordering::SeqCst);
        if way >= 0 {
            // SAFETY: nobody speaks on it in the child. The number stays taken, so that
            // nothing that the child opens is mistaken for it.
            unsafe { libc::dup3(null, way, libc::O_CLOEXEC) };
        }
    }
    // SAFETY: it was opened here.
    unsafe { libc::close(null) };
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
