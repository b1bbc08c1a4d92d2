//! The machine under a real run: its CPUs and what a control group leaves of
//! them, what threads used, who else was busy, how many files may be open, and
//! a unit of computation that takes about a millisecond on it.
//!
//! Everything here reads the system, through `/proc`, `/sys` and a few system
//! calls. What it cannot find out is `None` or a sentence, never a failure of
//! the run: a student's laptop, a container and a shared server all differ.
//! This room uses [`crate::trace`] for [`Conditions`](crate::trace::Conditions)
//! only, and starts no thread.

mod cpus;
mod files;
mod footprint;
mod quota;
#[cfg(test)]
mod tests;
mod unit;
mod usage;
mod watch;

pub use cpus::{PinError, Pinned, allowed, current, pin, share_a_core};
pub use files::{OpenFiles, Raised};
pub use footprint::Footprint;
pub use quota::quota;
pub use unit::{Unit, unit};
pub use usage::Usage;
pub use watch::Watch;
