//! From answers to points.
//!
//! [`Task`] is something that points are given for, [`Graded`] what a submission
//! earned. Questions are judged by the bank, as data.

mod result;

pub use result::{Graded, Item, Task, TaskKind, Verdict};
