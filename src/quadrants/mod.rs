//! The two-axis map: where systems stand on it, and where a trace does.
//!
//! Concurrency and parallelism are two questions, and each has its own answer:
//! is a task put aside unfinished while another one makes progress? do several
//! workers compute at the same instant? [`Quadrant`] holds the two answers,
//! [`classify`] reads them off a [`Trace`](crate::trace::Trace), [`map`] has the
//! systems that textbooks name, and takes the reader's own runs.
//!
//! This room is data. It uses [`crate::trace`], draws nothing (`plot` does),
//! and never guesses at what a trace cannot show: how a program was designed.

mod classify;
mod example;
mod map;
mod misconception;
mod quadrant;
mod systems;
#[cfg(test)]
mod tests;

pub use classify::{Classification, classify};
pub use map::{Map, Place, Point, Source, Standing, map};
pub use misconception::{Misconception, misconception};
pub use quadrant::Quadrant;
