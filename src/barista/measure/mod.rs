//! The barista for real: two threads that compute, on one CPU and on two, and
//! two tasks that wait, on one thread.
//!
//! [`measure`] runs all three and keeps the simulators' answers beside them.
//! The operating system's own time slices are found in the timestamps of the
//! threads, and checked against what the system counted ([`Slices`]).
//!
//! Only here may this room read the clock and the machine, and start threads. Every run has a
//! deadline, and no thread is left when a call returns, also on errors.

mod error;
mod number;
mod real;
mod slices;
#[cfg(test)]
mod tests;
mod threads;
mod waiting;

pub use error::MeasureError;
pub use real::{MAX_UNITS, RealBarista, measure, try_measure};
pub use slices::Slices;
