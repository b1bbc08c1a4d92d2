//! Two threads load, both add one, both store: one addition is gone.
//!
//! It takes no second core. In an interleaving no two steps happen at the same
//! instant; what it takes is that a thread is interrupted between its load and
//! its store.
//!
//! [`simulate`] looks into every interleaving. [`measure`] does it for real,
//! on one CPU and on several, and [`fixed`] shows what helps. The real program
//! loads and stores an atomic counter with relaxed ordering: that loses
//! updates as plain variables would, and is no data race, which would be
//! undefined behaviour.

mod measure;
mod simulate;

pub use measure::{Fixed, Measured, Tally, fixed, measure, try_fixed, try_measure};
pub use simulate::{Counting, LostUpdate, simulate, try_simulate};
