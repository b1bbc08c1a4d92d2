//! From answers to points.
//!
//! Questions are judged by the bank, as data; exercises by their checks, which
//! `run` tries in the sandbox. Whatever a submission says about points,
//! roles or results is never read.

mod answers;
mod exercise;
mod guard;
mod judge;
mod lateness;
mod submission;

pub use answers::{Answers, Said};
pub use exercise::Stubs;
pub use lateness::Lateness;
pub use submission::{Handed, grade, grade_with};
