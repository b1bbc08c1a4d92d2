//! Descriptors that a cell cannot have.
//!
//! A cell may open as many files as the system lets it. Then the next one could not be loaded,
//! not even that which would close them, nor could a copy of the process be made.

use rustix::fd::OwnedFd;

/// What is open at once around a cell: its object, a pipe and a process to hear of, or three
/// connections and a look at what is open.
const KEPT: usize = 6;

/// Descriptors in the way of the cell that runs.
#[derive(Default)]
pub struct Reserve(Vec<OwnedFd>);

impl Reserve {
    /// Takes as many as there are, up to the number that is needed.
    pub fn take(&mut self) {
        while self.0.len() < KEPT {
            let Ok(one) = rustix::stdio::stdin().try_clone_to_owned() else {
                return;
            };
            self.0.push(one);
        }
    }

    /// Lets them go, to be used.
    pub fn release(&mut self) {
        self.0.clear();
    }
}
