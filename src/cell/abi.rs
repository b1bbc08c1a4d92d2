//! The functions that the kernel's runtime finds by name.

use std::ffi::c_int;

use super::fault::{self, Report};
use super::{asynchronous, ending, flusher, pool, verdict};
use crate::notebook::{self, channel, comm};

/// `report` of [`twoaxes_cell_end`]: kind, then a name as bytes and length.
type ReportFn = extern "C" fn(kind: u32, name: *const u8, length: usize);

/// Counts up when a function here or a frame changes its meaning.
const ABI_VERSION: u32 = 10;

/// The version of this interface; the runtime refuses one that it does not know.
#[unsafe(no_mangle)]
pub extern "C" fn twoaxes_abi_version() -> u32 {
    ABI_VERSION
}

/// Opens what a cell would open for the life of the process, before the kernel looks at
/// what there is.
#[unsafe(no_mangle)]
pub extern "C" fn twoaxes_prepare() {
    asynchronous::open_signals();
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
    comm::tell_kept();
}

/// Has what threads show told with the cell that they belong to: `own_cell` says its number,
/// or 0 for whichever cell runs.
#[unsafe(no_mangle)]
pub extern "C" fn twoaxes_attribute(own_cell: extern "C" fn() -> u64) {
    channel::attribute(own_cell);
}

/// Whether this thread is one of a pool, and so works for whichever cell asks.
#[unsafe(no_mangle)]
pub extern "C" fn twoaxes_is_of_pool() -> bool {
    pool::is_here()
}

/// Passes on what was printed, between two cells as well.
#[unsafe(no_mangle)]
pub extern "C" fn twoaxes_flush() {
    channel::flush_streams();
}

/// A text of the caller's; without bytes there is none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    bytes: *const u8,
    length: usize,
}

impl Text {
    /// # Safety
    ///
    /// `bytes` must be null or point to `length` bytes.
    unsafe fn read(self) -> Option<String> {
        (!self.bytes.is_null()).then(|| {
            // SAFETY: the caller promises that the bytes are there.
            let bytes = unsafe { std::slice::from_raw_parts(self.bytes, self.length) };
            String::from_utf8_lossy(bytes).into_owned()
        })
    }
}

/// A cell is about to run on this thread, or a comm's handlers. Given are the number that
/// its threads know it by and, where they are known, the cell's id in the notebook, the
/// secret of its verdict and the id of the front end's message that is answered by it.
///
/// # Safety
///
/// Each text must be null or point to its bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn twoaxes_cell_begin(number: u64, name: Text, secret: Text, request: Text) {
    // SAFETY: the caller's promise.
    let (name, secret, request) = unsafe { (name.read(), secret.read(), request.read()) };
    notebook::begin_cell(number, name, request);
    verdict::begin(secret);
    fault::begin_cell();
    flusher::begin();
}

/// Something has come on a comm, as JSON. What it sets is set; whether a handler wants to
/// run for it, in [`twoaxes_comm_handle`].
///
/// # Safety
///
/// The text must be null or point to its bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn twoaxes_comm_receive(event: Text) -> bool {
    // SAFETY: the caller's promise.
    let event = unsafe { event.read() };
    let received = std::panic::catch_unwind(|| event.is_some_and(|event| comm::receive(&event)));
    received.unwrap_or(false)
}

/// Runs the handlers of what was received last, between begin and end of a cell.
#[unsafe(no_mangle)]
pub extern "C" fn twoaxes_comm_handle() {
    if std::panic::catch_unwind(comm::handle).is_err() {
        fault::panicked();
    }
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
