//! One long handler on the only thread of an event loop.
//!
//! An event loop overlaps the *waits* of thousands of handlers on one thread,
//! as long as each of them gives the thread back soon. A handler that computes
//! for long, or that makes a blocking call, keeps it, and everybody else's
//! answer is late by as much.
//!
//! [`simulate`] has a loop in ticks. [`measure`] stalls a runtime of tokio, and
//! [`fixed`] moves the same handler out of the way.

mod measure;
mod simulate;

pub use measure::{Delays, Fixed, Measured, Stall, fixed, measure, try_fixed, try_measure};
pub use simulate::{BlockedExecutor, Hog, simulate, try_simulate};
