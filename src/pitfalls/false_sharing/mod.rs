//! Counters that are apart in the program and together in the cache.
//!
//! A core writes to memory only while it owns the whole cache line. Counters
//! of different cores on one line make the line travel at every increment,
//! though no core ever reads what another wrote. Padding gives each counter a
//! line of its own.
//!
//! The simulation keeps a MESI protocol ([`Caches`]) for one level of private
//! caches. It leaves out what real machines have besides (store buffers,
//! shared caches, the order in which cores are served), so its cycles show the
//! size of the effect and not its figure on your machine: [`measure`] and
//! [`fixed`] count for real.

mod cache;
mod measure;
mod simulate;

pub use cache::{Access, Caches, LINE};
pub use measure::{Counted, Fixed, Layout, Measured, fixed, measure, try_fixed, try_measure};
pub use simulate::{
    COUNTER, FROM_CORE, FROM_MEMORY, FalseSharing, HIT, UPGRADE, simulate, try_simulate,
};
