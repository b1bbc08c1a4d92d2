//! Runs the student's statements so that a panic ends only them.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The statements panicked.
pub struct Panicked;

/// Runs `body`, and is an error when that panicked.
///
/// The generic part is only there to call `body`: everything else, such as the
/// landing pad and the drop of a panic's payload, is compiled once, here.
pub fn catch<R>(body: impl FnOnce() -> R) -> Result<(), Panicked> {
    let mut body = Some(body);
    run(&mut || {
        if let Some(body) = body.take() {
            body();
        }
    })
}

fn run(body: &mut dyn FnMut()) -> Result<(), Panicked> {
    // What the statements leave behind after a panic stays in the store, or is
    // dropped with the cell: the same as a thread that panicked would leave.
    catch_unwind(AssertUnwindSafe(body)).map_err(|_| Panicked)
}
