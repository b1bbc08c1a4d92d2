//! An abort on a thread that checks stops that thread, and not the process.
//!
//! A panic in a destructor while another panic unwinds aborts the process. In a
//! checker that is no rare accident: after a deadlock, `loom` cannot drop its
//! own `Arc`. So while a check runs, the signal of an abort (`SIGABRT`) is
//! ours. On a thread that checks, the handler says so to who waits and never
//! returns: the thread stands still until the process ends, with its stack and
//! what that owns. On all other threads the process ends as it would have.
//!
//! Nothing else is held there: std has let go of the panic hook when it aborts.

use std::cell::Cell;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::RawFd;
use std::ptr;
use std::sync::{Mutex, PoisonError};

/// What the handler writes.
pub(super) const ABORTED: u8 = b'a';

thread_local! {
    /// Where this thread tells that it aborted; negative where it does not check.
    static TELL: Cell<RawFd> = const { Cell::new(-1) };
}

static TAKEN: Mutex<Taken> = Mutex::new(Taken {
    checks: 0,
    before: None,
});

struct Taken {
    /// The checks that run now.
    checks: usize,
    before: Option<libc::sigaction>,
}

/// While one lives, the signal is ours.
pub(super) struct Guard(());

impl Guard {
    pub(super) fn new() -> Self {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.checks == 0 {
            taken.before = take_signal().ok();
        }
        taken.checks += 1;
        Self(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        taken.checks = taken.checks.saturating_sub(1);
        if taken.checks > 0 {
            return;
        }
        if let Some(before) = taken.before.take() {
            // SAFETY: `before` is what the system gave, and outlives the call.
            unsafe { libc::sigaction(libc::SIGABRT, &raw const before, ptr::null_mut()) };
        }
    }
}

/// From now on, an abort of this thread is told on `fd`, a socket that stays
/// open until [`tell_no_more`].
pub(super) fn tell_on(fd: RawFd) {
    TELL.set(fd);
}

/// From now on, an abort of this thread is one of the process.
pub(super) fn tell_no_more() {
    TELL.set(-1);
}

fn take_signal() -> io::Result<libc::sigaction> {
    let handler: extern "C" fn(libc::c_int) = on_abort;
    let mut before = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: zeros are a valid `sigaction`: no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler as libc::sighandler_t;
    // SAFETY: both point to a `sigaction` that outlives the call.
    let result = unsafe { libc::sigaction(libc::SIGABRT, &raw const action, before.as_mut_ptr()) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call has succeeded, and so has filled it.
    Ok(unsafe { before.assume_init() })
}

/// Only calls what a signal handler may: `write`, `pause`, `signal`.
extern "C" fn on_abort(signal: libc::c_int) {
    // No lazy start and no destructor, so this is a plain read.
    let fd = TELL.get();
    if fd < 0 {
        // `abort` raises it again when this returns.
        // SAFETY: the default action is always valid.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
        return;
    }
    let byte = [ABORTED];
    // SAFETY: one byte that outlives the call, and a descriptor that is open.
    unsafe { libc::write(fd, byte.as_ptr().cast(), 1) };
    loop {
        // SAFETY: it has no arguments and only waits.
        unsafe { libc::pause() };
    }
}
