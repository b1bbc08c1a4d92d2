//! The two-axis map: where systems stand on it, and where a trace does.
//!
//! Concurrency and parallelism are two questions, and each has its own answer:
//! is a task put aside unfinished while another one makes progress? do several
//! workers compute at the same instant? [`Quadrant`] holds the two answers,
//! [`classify`] reads them off a [`Trace`](crate::trace::Trace), [`map`] has the
//! systems that textbooks name, and takes the reader's own runs.
//!
//! [`measure`] runs a program for each quadrant on this machine, and puts it
//! where it was measured to be. It is the only part that reads a clock; the
//! rest is data and uses [`crate::trace`]. The room draws nothing (`plot`
//! does), and never guesses at what a trace cannot show: how a program was
//! designed.

mod classify;
mod cpus;
mod example;
mod map;
mod measure;
mod misconception;
mod quadrant;
mod systems;
#[cfg(test)]
mod tests;

pub use classify::{Classification, classify};
pub use map::{Map, Place, Point, Source, Standing, map};
#[cfg(feature = "gpu")]
pub use measure::gpu;
pub use measure::{
    Experiment, Instructions, LaneTime, Lanes, MAX_MEASURED_TASKS, MAX_NUMBERS, MAX_THREADS,
    MAX_UNITS, MeasureError, RealQuadrant, RealQuadrants, lanes, measure, try_lanes,
};
pub use misconception::{Misconception, misconception};
pub use quadrant::Quadrant;
