//! Everybody holds what the next one waits for (Dijkstra's dining
//! philosophers, 1971).
//!
//! A deadlock needs a circle of waiting. One order in which all take their
//! locks leaves no circle. Giving back what one has, when the next lock is
//! taken, leaves none either, but lets everybody try again for ever.

mod simulate;

pub use simulate::{Deadlock, Table, simulate, try_simulate};
