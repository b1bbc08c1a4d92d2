//! Panics that this thread has caught and that nobody has been told of.
//!
//! The kernel knows of a panic of the cell's own thread, and holds it back: the cell may end
//! by it. When that thread shows something and does not unwind, it has caught it.

use std::cell::Cell;

thread_local! {
    static WAITS: Cell<bool> = const { Cell::new(false) };
}

/// A panic of this thread waits, or none does.
pub(crate) fn waits(waits: bool) {
    WAITS.set(waits);
}

/// Whether a panic that has waited is known to be caught; once for each.
pub(crate) fn take() -> bool {
    WAITS.get() && !std::thread::panicking() && WAITS.replace(false)
}

#[cfg(test)]
mod tests {
    use super::{take, waits};

    #[test]
    fn one_that_still_unwinds_is_not_caught() {
        struct Looks;
        impl Drop for Looks {
            fn drop(&mut self) {
                assert!(!take());
            }
        }
        let caught = std::panic::catch_unwind(|| {
            let _looks = Looks;
            waits(true);
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(caught.is_err());
        assert!(!std::thread::spawn(take).join().unwrap());
        assert!(take());
        assert!(!take());
    }
}
