//! What the measured runs of several pitfalls share: limits, a deadline, medians
//! and parts of a run.
//!
//! A run takes what the machine gives. What it did not give, such as a thread
//! or a CPU of one's own, becomes a sentence beside the result.

mod measure;

pub(super) use measure::{
    Limit, Watched, as_much, enough, first, middle, of_call, one_cpu, stretch, time,
};
pub use measure::{RunError, Spread};
