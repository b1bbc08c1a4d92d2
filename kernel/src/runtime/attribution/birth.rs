//! Where threads come from: `pthread_create`, taken over to give each thread the cell
//! of the one that starts it.

use std::ffi::{c_int, c_void};
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use super::{CELL, RUNNING, serves_cells};

type Routine = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;
type Create = unsafe extern "C" fn(
    *mut libc::pthread_t,
    *const libc::pthread_attr_t,
    Routine,
    *mut c_void,
) -> c_int;

/// What a new thread is to do, and for which cell.
struct Birth {
    cell: u64,
    routine: Routine,
    argument: *mut c_void,
}

/// Starts a thread, which belongs to the cell of the one that starts it.
///
/// # Safety
///
/// As for the function of this name in the C library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pthread_create(
    thread: *mut libc::pthread_t,
    attributes: *const libc::pthread_attr_t,
    routine: Routine,
    argument: *mut c_void,
) -> c_int {
    let Some(create) = real() else {
        return libc::EAGAIN;
    };
    let cell = cell_of_children();
    if cell == 0 {
        // SAFETY: the caller's promise.
        return unsafe { create(thread, attributes, routine, argument) };
    }
    let birth = Box::into_raw(Box::new(Birth {
        cell,
        routine,
        argument,
    }));
    // SAFETY: the caller's promise; the new thread takes `birth`.
    let error = unsafe { create(thread, attributes, begin, birth.cast()) };
    if error != 0 {
        // SAFETY: no thread has it.
        drop(unsafe { Box::from_raw(birth) });
    }
    error
}

/// The first that a new thread does.
unsafe extern "C-unwind" fn begin(birth: *mut c_void) -> *mut c_void {
    // SAFETY: `pthread_create` has made it for this thread alone.
    let Birth {
        cell,
        routine,
        argument,
    } = *unsafe { Box::from_raw(birth.cast::<Birth>()) };
    CELL.set(cell);
    // SAFETY: that is what the thread was started for. Nothing is left to be dropped
    // here: a thread may end itself in the middle of it.
    unsafe { routine(argument) }
}

/// The cell that a thread belongs to which this one starts.
fn cell_of_children() -> u64 {
    let own = CELL.get();
    let running = RUNNING.load(Ordering::Relaxed);
    match own == 0 || own == running || serves_cells() {
        true => running,
        false => own,
    }
}

/// The C library's own.
fn real() -> Option<Create> {
    static REAL: OnceLock<Option<Create>> = OnceLock::new();
    *REAL.get_or_init(|| {
        // SAFETY: the name ends in a zero.
        let found = unsafe { libc::dlsym(libc::RTLD_NEXT, c"pthread_create".as_ptr()) };
        // SAFETY: the C library's function of this name has this type.
        (!found.is_null()).then(|| unsafe { std::mem::transmute::<*mut c_void, Create>(found) })
    })
}
