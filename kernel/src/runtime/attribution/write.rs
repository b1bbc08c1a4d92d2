//! Where prints go: `write` and `writev`, taken over for the standard streams.
//!
//! What a program prints through C's `stdio` does not come by here: the C library calls
//! itself.

use std::ffi::{c_int, c_long, c_void};
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::OnceLock;

use anyhow::Context;
use libc::{iovec, size_t, ssize_t};

use super::Leave;
use super::order::Turn;
use crate::bridge::{Stream, next_record};

/// The bridge's pipes.
pub struct Streams {
    stdout: File,
    stderr: File,
    earlier: File,
    /// Where `earlier` is open.
    descriptor: OwnedFd,
}

/// A file, as the system tells it from others: a cell may lead its standard streams
/// elsewhere, and close what is not its own.
#[derive(PartialEq, Eq)]
struct File {
    device: libc::dev_t,
    number: libc::ino_t,
}

static STREAMS: OnceLock<Streams> = OnceLock::new();

impl Streams {
    /// Takes what threads of earlier cells print to `earlier`, from now on.
    pub fn lead_to(earlier: OwnedFd) -> anyhow::Result<()> {
        let file = |fd| File::at(fd).context("a standard stream is closed");
        let streams = Self {
            stdout: file(libc::STDOUT_FILENO)?,
            stderr: file(libc::STDERR_FILENO)?,
            earlier: file(earlier.as_raw_fd())?,
            descriptor: earlier,
        };
        // There is one process, and one such pipe.
        let _ = STREAMS.set(streams);
        Ok(())
    }

    /// Whether `fd` may lead to the kernel, as far as is known.
    pub(super) fn may_be(fd: c_int) -> bool {
        let Some(streams) = STREAMS.get() else {
            return true;
        };
        File::at(fd).is_some_and(|file| file == streams.stdout || file == streams.stderr)
    }

    /// Which of them `fd` is, if it is one and what goes to `earlier` will arrive.
    fn find(fd: c_int) -> Option<(&'static Self, Stream)> {
        let streams = STREAMS.get()?;
        let file = File::at(fd)?;
        let stream = match file {
            file if file == streams.stdout => Stream::Stdout,
            file if file == streams.stderr => Stream::Stderr,
            _ => return None,
        };
        let is_there = File::at(streams.descriptor.as_raw_fd())? == streams.earlier;
        is_there.then_some((streams, stream))
    }

    /// Prints `text` in the name of `cell`, all of it unless the system says otherwise.
    fn print(&self, cell: u64, stream: Stream, text: &[u8]) -> ssize_t {
        let mut printed = 0;
        while printed < text.len() {
            let rest = &text[printed..];
            let (head, length) = next_record(cell, stream, rest);
            let parts = [slice(&head), slice(&rest[..length])];
            // SAFETY: both parts live until it returns.
            match unsafe { real_writev(self.descriptor.as_raw_fd(), parts.as_ptr(), 2) } {
                // Nothing of a record, or all of it.
                ..=-1 if printed == 0 => return -1,
                ..=-1 => break,
                _ => printed += length,
            }
        }
        ssize_t::try_from(printed).unwrap_or(ssize_t::MAX)
    }
}

impl File {
    fn at(fd: c_int) -> Option<Self> {
        // SAFETY: all zeros are a valid one of these.
        let mut about = unsafe { std::mem::zeroed::<libc::stat>() };
        // SAFETY: there is a place to write to.
        let known = unsafe { libc::fstat(fd, &raw mut about) } == 0;
        known.then_some(Self {
            device: about.st_dev,
            number: about.st_ino,
        })
    }
}

fn slice(bytes: &[u8]) -> iovec {
    iovec {
        iov_base: bytes.as_ptr().cast_mut().cast(),
        iov_len: bytes.len(),
    }
}

/// Writes, as the C library does, but for threads of earlier cells.
///
/// # Safety
///
/// As for the function of this name in the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, bytes: *const c_void, length: size_t) -> ssize_t {
    let Ok(_leave) = leave(fd) else {
        let part = iovec {
            iov_base: bytes.cast_mut(),
            iov_len: length,
        };
        // SAFETY: the caller's promise.
        return unsafe { writev(fd, &raw const part, 1) };
    };
    // SAFETY: the caller's promise.
    unsafe { libc::syscall(libc::SYS_write, fd, bytes, length) as ssize_t }
}

/// The same from several places.
///
/// # Safety
///
/// As for the function of this name in the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn writev(fd: c_int, parts: *const iovec, count: c_int) -> ssize_t {
    let cell = match leave(fd) {
        // SAFETY: the caller's promise.
        Ok(_leave) => return unsafe { real_writev(fd, parts, count) },
        Err(cell) => cell,
    };
    let known = Streams::find(fd).zip(usize::try_from(count).ok());
    let Some(((streams, stream), count)) = known else {
        // Not ours: wherever the cell has led it.
        // SAFETY: the caller's promise.
        return unsafe { real_writev(fd, parts, count) };
    };
    let mut printed: ssize_t = 0;
    for index in 0..count {
        // SAFETY: the caller promises so many parts.
        let part = unsafe { &*parts.add(index) };
        if part.iov_len == 0 {
            continue;
        }
        // SAFETY: the caller promises that it is there.
        let text = unsafe { std::slice::from_raw_parts(part.iov_base.cast(), part.iov_len) };
        match streams.print(cell, stream, text) {
            ..=-1 if printed == 0 => return -1,
            ..=-1 => break,
            part => printed = printed.saturating_add(part),
        }
    }
    printed
}

/// Whether this thread writes to `fd` by itself, and its turn to do so; else the cell in whose
/// name it prints.
fn leave(fd: c_int) -> Result<Option<(Leave, Turn)>, u64> {
    match fd {
        libc::STDOUT_FILENO | libc::STDERR_FILENO => {
            let leave = Leave::ask()?;
            Ok(Some((leave, Turn::take(fd))))
        }
        _ => Ok(None),
    }
}

/// # Safety
///
/// As for `writev`.
unsafe fn real_writev(fd: c_int, parts: *const iovec, count: c_int) -> ssize_t {
    // SAFETY: the caller's promise.
    let written: c_long = unsafe { libc::syscall(libc::SYS_writev, fd, parts, count) };
    written as ssize_t
}
