//! The functions that the kernel's runtime finds by name.

use std::ffi::c_int;

use super::fault::{self, Report};
use super::{ending, flusher, verdict};
use crate::notebook::{self, channel};

/// `report` of [`twoaxes_cell_end`]: kind, then a name as bytes and length.
type ReportFn = extern "C" fn(kind: u32, name: *const u8, length: usize);

/// Counts up when a function here or a frame changes its meaning.
const ABI_VERSION: u32 = 7;

/// The version of this interface; the runtime refuses one that it does not know.
#[unsafe(no_mangle)]
pub extern "C" fn twoaxes_abi_version() -> u32 {
    ABI_VERSION
}

/// Hands over the channel's socket: before the first cell, and again in a process
/// that goes on in the place of another one.
///
/// # Safety
///
/// `fd` must be an open stream socket that the caller no longer uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn twoaxes_attach(fd: c_int) {
    // SAFETY: the caller's promise is the same as ours.
    unsafe { channel::attach(fd) };
    fault::install_panic_hook();
}

/// Passes on what was printed, between two cells as well.
#[unsafe(no_mangle)]
pub extern "C" fn twoaxes_flush() {
    channel::flush_streams();
}

/// A cell is about to run on this thread. Its id in the notebook and the secret
/// of its verdict are given as bytes and length; null where nobody says them.
///
/// # Safety
///
/// `name` must be null or point to `name_length` bytes, and so for `secret`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn twoaxes_cell_begin(
    name: *const u8,
    name_length: usize,
    secret: *const u8,
    secret_length: usize,
) {
    // SAFETY: the caller's promise.
    let (name, secret) = unsafe { (text(name, name_length), text(secret, secret_length)) };
    notebook::begin_cell(name);
    verdict::begin(secret);
    fault::begin_cell();
    flusher::begin();
}

/// # Safety
///
/// `bytes` must be null or point to `length` bytes.
unsafe fn text(bytes: *const u8, length: usize) -> Option<String> {
    (!bytes.is_null()).then(|| {
        // SAFETY: the caller promises that the bytes are there.
        let bytes = unsafe { std::slice::from_raw_parts(bytes, length) };
        String::from_utf8_lossy(bytes).into_owned()
    })
}

/// The cell has returned: what it printed is flushed, what went wrong goes to
/// `report` (1 a panic, 2 a failing `?`, 3 a lost variable with its name).
#[unsafe(no_mangle)]
pub extern "C" fn twoaxes_cell_end(report: ReportFn) {
    flusher::end();
    ending::end();
    for event in fault::end_cell() {
        match event {
            Report::Panicked => report(1, std::ptr::null(), 0),
            Report::QuestionMark => report(2, std::ptr::null(), 0),
            Report::Lost(name) => report(3, name.as_ptr(), name.len()),
        }
    }
    channel::flush_streams();
}
