//! What the measured runs of several pitfalls share: threads that begin
//! together and are gone afterwards, a deadline, limits, and medians.
//!
//! A run takes what the machine gives. What it did not give, such as a thread
//! or a CPU of one's own, becomes a sentence beside the result.

mod measure;

pub(super) use measure::{
    Deadline, Limit, Watched, as_much, enough, first, middle, one_cpu, stretch, time, together,
};
pub use measure::{RunError, Spread};
