//! Everybody holds what the next one waits for (Dijkstra's dining
//! philosophers, 1971).
//!
//! A deadlock needs a circle of waiting. One order in which all take their
//! locks leaves no circle. Giving back what one has, when the next lock is
//! taken, leaves none either, but lets everybody try again for ever.
//!
//! [`simulate`] looks into every interleaving. [`measure`] sits down for real,
//! and [`fixed`] with rules that help.

mod measure;
mod simulate;

pub use measure::{Circle, Dinner, Fixed, Measured, fixed, measure, try_fixed, try_measure};
pub use simulate::{Deadlock, Table, simulate, try_simulate};
