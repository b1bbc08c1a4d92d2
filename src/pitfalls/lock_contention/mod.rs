//! Workers that queue for one lock.
//!
//! What is done inside a lock is done by one worker at a time. With a share
//! `s` of the work inside, no number of workers is more than `1/s` times as
//! fast as one. Amdahl's law is often quoted for it, and is the pessimist's
//! figure: it takes nobody to compute while somebody is inside. Here they do,
//! so a run lies between the law and `min(N, 1/s)` (Gunther 2002 on the
//! repairman's queue).
//!
//! [`measure`] runs real threads behind a real lock, and [`fixed`] the
//! remedies beside them.

mod curve;
mod measure;
mod simulate;

pub use curve::{Point, Speedups, curve, try_curve};
pub use measure::{Fixed, Kept, Measured, MeasuredPoint, fixed, measure, try_fixed, try_measure};
pub use simulate::{LockContention, simulate, try_simulate};
