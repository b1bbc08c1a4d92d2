//! What the measured runs of several pitfalls share: why a run could not be
//! made, how long one may take, who else was busy, and parts and numbers that
//! can be shown.
//!
//! A run takes what the machine gives. What it did not give, such as a thread
//! or a CPU of one's own, becomes a sentence beside the result. Threads are
//! the room `team`'s; a pitfall's own work is beside the pitfall.

mod error;
mod excerpt;
mod limit;
mod number;
#[cfg(test)]
mod tests;
mod watched;

pub use error::MeasureError;
pub(super) use excerpt::{first, stretch};
pub(super) use limit::{as_much, enough, nearest_run, of_call};
pub(super) use number::{middle, time};
pub(super) use watched::{Watched, one_cpu};
