//! One real run for each quadrant, and lanes, on this machine.
//!
//! Four programs with the same amount of computation: a plain loop, an event
//! loop, a parallel loop over a slice, and an executor with several threads.
//! Each is recorded as a [`Trace`](crate::trace::Trace) and classified by what
//! was measured: a program is not parallel because its author used rayon.
//!
//! Lanes ([`Instructions`]) are not workers: one CPU does one thing to several
//! numbers with one instruction. They are measured by [`lanes`] and shown apart
//! from the map.
//!
//! This is the part of the room that reads clocks and starts threads, through
//! the room `team`. All of them have ended when a call returns, and every run
//! ends at a deadline.

mod error;
mod experiment;
#[cfg(feature = "gpu")]
pub mod gpu;
mod lanes;
mod own_thread;
mod real;
mod run;
mod scramble;
#[cfg(test)]
mod tests;

pub use error::MeasureError;
pub use experiment::{Experiment, MAX_MEASURED_TASKS, MAX_THREADS, MAX_UNITS};
pub use lanes::{LaneTime, Lanes, MAX_NUMBERS, lanes, try_lanes};
pub use real::{RealQuadrant, RealQuadrants};
pub use scramble::Instructions;

use super::quadrant::Quadrant;

/// One real run for each of the four quadrants on this machine, and one of
/// lanes: about half a second.
///
/// ```
/// let real = twoaxes::quadrants::measure();
/// assert_eq!(real.runs().len(), 4);
/// assert!(real.runs().iter().all(|run| run.is_correct()));
/// ```
#[must_use]
pub fn measure() -> RealQuadrants {
    Experiment::new().run_all()
}

impl Quadrant {
    /// One real run that is meant for this quadrant, on this machine: 8 tasks
    /// of 4 units (about 4 ms of one CPU) each, on as many threads as there are
    /// CPUs where the quadrant has several. [`Experiment`] has other sizes.
    ///
    /// Where it stands is what was measured. With one CPU, the parallel
    /// quadrants cannot be reached, and the result says so.
    ///
    /// ```
    /// use twoaxes::quadrants::Quadrant;
    ///
    /// let run = Quadrant::ConcurrentOnly.measure();
    /// assert_eq!(run.found().quadrant(), Quadrant::ConcurrentOnly);
    /// assert!(run.is_correct());
    /// ```
    #[must_use]
    pub fn measure(self) -> RealQuadrant {
        Experiment::new().run(self)
    }
}
