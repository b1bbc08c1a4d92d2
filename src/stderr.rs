//! Where the process's standard error goes.
//!
//! Private to the crate, on the level below `model` and `exercise`. It uses
//! nothing.
//!
//! Redirections may end in any order: a check that was begun in an exercise's
//! case may end after that case was given up. So they are kept in one list, the
//! last one counts, and standard error is as before when none is left.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

static REDIRECTED: Mutex<Redirected> = Mutex::new(Redirected {
    original: None,
    to: Vec::new(),
    number: 0,
});

struct Redirected {
    /// Standard error as it was before the first of them.
    original: Option<OwnedFd>,
    /// Where it goes, by the number of the redirection; the last one counts.
    to: Vec<(u64, OwnedFd)>,
    /// That of the latest one.
    number: u64,
}

/// While it lives, standard error goes elsewhere.
pub(crate) struct Redirection {
    number: u64,
}

/// Leads standard error to `to`, and gives where it went before.
pub(crate) fn redirect(to: OwnedFd) -> io::Result<(Redirection, File)> {
    let mut redirected = redirected();
    let before = io::stderr().as_fd().try_clone_to_owned()?;
    let original = before.try_clone()?;
    lead_to(to.as_fd())?;
    if redirected.to.is_empty() {
        redirected.original = Some(original);
    }
    redirected.number += 1;
    let number = redirected.number;
    redirected.to.push((number, to));
    Ok((Redirection { number }, File::from(before)))
}

impl Drop for Redirection {
    fn drop(&mut self) {
        let mut redirected = redirected();
        redirected.to.retain(|(number, _)| *number != self.number);
        let original = match redirected.to.is_empty() {
            true => redirected.original.take(),
            false => None,
        };
        let last = redirected.to.last().map(|(_, to)| to.as_fd());
        if let Some(to) = last.or(original.as_ref().map(AsFd::as_fd)) {
            // If this fails, it goes on as it is: nothing is lost.
            let _ = lead_to(to);
        }
    }
}

fn lead_to(to: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: `to` is open, and standard error belongs to nobody: whoever prints
    // there prints to what it is at that time.
    match unsafe { libc::dup2(to.as_raw_fd(), libc::STDERR_FILENO) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

fn redirected() -> MutexGuard<'static, Redirected> {
    REDIRECTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// While one lives, what is printed to standard error goes to standard output:
/// a `dbg!` in code that is tried out must cost no points, and nbgrader gives
/// none for a cell that writes to standard error. Where the system does not
/// allow it, nothing changes.
pub(crate) struct ToStdout {
    _redirection: Option<Redirection>,
}

impl ToStdout {
    pub(crate) fn new() -> Self {
        let stdout = io::stdout().as_fd().try_clone_to_owned();
        let redirected = stdout.and_then(redirect).ok();
        Self {
            _redirection: redirected.map(|(redirection, _)| redirection),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    /// The device and the number of the file that a descriptor leads to.
    fn file(fd: impl AsFd) -> (u64, u64) {
        use std::os::unix::fs::MetadataExt;
        let file = File::from(fd.as_fd().try_clone_to_owned().unwrap());
        let metadata = file.metadata().unwrap();
        (metadata.dev(), metadata.ino())
    }

    #[test]
    fn redirections_may_end_in_any_order() {
        let stderr = || file(io::stderr());
        let before = stderr();
        let (_reader, writer) = io::pipe().unwrap();
        let pipe = file(&writer);
        let (_other_reader, other_writer) = io::pipe().unwrap();
        let other_pipe = file(&other_writer);
        let (first, went_to) = redirect(writer.into()).unwrap();
        assert_eq!((file(&went_to), stderr()), (before, pipe));
        let (second, went_to) = redirect(other_writer.into()).unwrap();
        assert_eq!((file(&went_to), stderr()), (pipe, other_pipe));
        drop(first);
        assert_eq!(stderr(), other_pipe);
        drop(second);
        assert_eq!(stderr(), before);
    }
}
