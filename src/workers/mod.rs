//! Parallel workers: the simulator with its staircase, the laws of speedup,
//! fits of the laws to data, and real runs on rayon, tokio and threads.
//!
//! [`simulate`] is the smallest simulator: equal tasks on a few workers.
//! [`Graph`] is the general one: tasks of any length, some of which need
//! others first, with their work and span. [`amdahl`], [`gustafson`], [`usl`]
//! and [`karp_flatt`] are the laws; [`fit_amdahl`] and [`fit_usl`] find the
//! law behind a series of measurements, or refuse.
//!
//! What to see: more workers leave the work as it is and shorten the makespan
//! in steps, `ceil(tasks / workers)` rounds; the longest chain of tasks bounds
//! it from below, and so does a part that cannot be split.
//!
//! [`measure`] runs the same tasks for real, [`sweep`] on 1, 2, .. workers, and
//! [`Experiment`] has tasks that wait as well.
//!
//! Simulators and laws use [`crate::trace`] only. They read no clock, no
//! randomness and no environment; real runs do, and live in `measure`.

mod answers;
mod error;
mod fit;
mod graph;
mod law;
mod measure;
mod number;
mod schedule;
mod simulate;
#[cfg(test)]
mod tests;

pub use error::{LawError, WorkersError};
pub use fit::{AmdahlFit, Estimate, FitError, UslFit, fit_amdahl, fit_usl};
pub use graph::Graph;
pub use law::{
    amdahl, amdahl_limit, gustafson, karp_flatt, try_amdahl, try_amdahl_limit, try_gustafson,
    try_karp_flatt, try_usl, try_usl_peak, usl, usl_peak,
};
pub use measure::{
    Experiment, MAX_MEASURED_TASKS, MAX_MEASURED_WORKERS, MAX_REPETITIONS, MeasureError, Runtime,
    Spread, Sweep, SweepPoint, measure, sweep, try_measure, try_sweep,
};
pub use number::Number;
pub use simulate::{MAX_TASKS, MAX_WORKERS, simulate, staircase, try_simulate};
