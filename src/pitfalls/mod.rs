//! Six hazards of concurrent and parallel programs, each to be run.
//!
//! | hazard | what goes wrong | what helps |
//! |---|---|---|
//! | [`lost_update`] | two threads load, both add, both store: one addition is gone | an atomic addition, a lock |
//! | [`deadlock`] | everybody holds what the next one waits for | one order for all locks, giving back |
//! | [`blocked_executor`] | one long handler holds the only thread of an event loop | another thread, yielding |
//! | [`io_bound`] | more cores for a program that waits | overlapping the waits |
//! | [`lock_contention`] | workers queue for one lock | a share for each worker |
//! | [`false_sharing`] | counters that are apart share a cache line | padding |
//!
//! Each has a `simulate`, which is deterministic: the same call gives the same
//! answer on every machine. It always returns something that can be shown. A
//! number that cannot be simulated is replaced by the nearest one that can,
//! and the result says so; `try_simulate` refuses it with a [`RangeError`]
//! instead.
//!
//! Each also has a `measure`, which does the same for real and shows the
//! hazard, and a `fixed`, which shows the remedies for real. Every run has a
//! deadline and leaves no thread behind. A number that cannot be run is
//! replaced as well; `try_measure` and `try_fixed` refuse it with a
//! [`MeasureError`].
//!
//! This room uses the simulators and [`crate::trace`], and [`mod@crate::predict`]
//! for answers to predictions. It never draws. Only what is called `measure`
//! reads a clock and uses [`crate::machine`], [`crate::record`] and the room
//! `team`, whose threads it runs on.

mod answers;
pub mod blocked_executor;
mod comparison;
pub mod deadlock;
pub mod false_sharing;
pub mod io_bound;
mod latencies;
pub mod lock_contention;
pub mod lost_update;
mod measure;
mod range;
mod station;
#[cfg(test)]
mod tests;

pub use comparison::Comparison;
pub use latencies::Latencies;
pub use measure::MeasureError;
pub use range::RangeError;
