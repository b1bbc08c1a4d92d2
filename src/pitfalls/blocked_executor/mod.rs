//! One long handler on the only thread of an event loop.
//!
//! An event loop overlaps the *waits* of thousands of handlers on one thread,
//! as long as each of them gives the thread back soon. A handler that computes
//! for long, or that makes a blocking call, keeps it, and everybody else's
//! answer is late by as much.

mod simulate;

pub use simulate::{BlockedExecutor, Hog, simulate, try_simulate};
