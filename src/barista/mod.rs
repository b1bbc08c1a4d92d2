//! The coffee shop: deterministic simulators of baristas who share orders.
//!
//! [`time_slice`] is the smallest one: a single barista turns from order to
//! order. [`Shop`] is the general one: several baristas, queue policies with
//! and without interruption (and one that refuses to interleave), orders that
//! *wait* for coffee to drip, and a price for changing orders.
//!
//! What to see: slicing pure computation leaves the makespan as it is;
//! overlapping waits shrinks it; switching costs lengthen it; only a second
//! barista makes two things happen at one instant.
//!
//! [`measure`](measure()) does the same for real: two threads that compute, on
//! one CPU and on two, and two tasks that wait on one thread.
//!
//! The simulators use [`crate::trace`] only. They read no clock, no randomness
//! and no environment: the same shop always gives the same trace. What is
//! called `measure` uses [`crate::machine`], [`crate::record`] and the room
//! `team` as well.

mod error;
mod measure;
mod queue;
mod shop;
mod simulate;
mod slice;
#[cfg(test)]
mod tests;
mod ticket;

pub use error::ShopError;
pub use measure::{MAX_UNITS, MeasureError, RealBarista, Slices, measure, try_measure};
pub use shop::{MAX_BARISTAS, MAX_TURNS, Order, Policy, Shop};
pub use slice::{time_slice, try_time_slice};
