//! Two threads load, both add one, both store: one addition is gone.
//!
//! It takes no second core. In an interleaving no two steps happen at the same
//! instant; what it takes is that a thread is interrupted between its load and
//! its store.

mod simulate;

pub use simulate::{Counting, LostUpdate, simulate, try_simulate};
