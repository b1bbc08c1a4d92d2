//! From answers to points.
//!
//! [`Task`] is something that points are given for, [`Graded`] what a submission
//! earned. Questions are judged by the bank, as data; exercises by their checks,
//! which `run` tries in the sandbox. Whatever a submission says about points,
//! roles or results is never read.

mod answers;
mod exercise;
mod guard;
mod judge;
mod lateness;
mod result;
mod submission;

pub use answers::{Answers, Said};
pub use lateness::Lateness;
pub use result::{Graded, Item, Task, TaskKind, Verdict};
pub use submission::{Handed, grade};
