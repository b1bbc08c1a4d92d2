//! Recording real runs as [`Trace`](crate::trace::Trace)s: the same type that
//! simulators return, with the clock of the machine.
//!
//! Each thread that works writes into a buffer of its own, so that recording
//! neither waits nor makes others wait; the buffers are put together after the
//! run. A span costs two readings of the monotonic clock and one of the CPU's
//! number, well below 100 ns. For futures every poll is a span, and what lies
//! between two polls is a wait, until the future is woken.
//!
//! This room uses [`crate::trace`] and [`crate::machine`]. It starts no thread
//! and knows neither rayon nor tokio: whoever runs them tells it which threads
//! are workers.

mod future;
mod recorder;
#[cfg(test)]
mod tests;
mod track;

pub use future::Recorded;
pub use recorder::{At, Recorder};
