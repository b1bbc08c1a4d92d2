//! Real Rust closures under the model checkers `loom` and `shuttle`.
//!
//! A checker runs a closure again and again, each time with its threads in
//! another order, until it fails or no order is left. What comes back is a
//! [`Verdict`], whatever the closure does: a failure has a [`Schedule`], with
//! which the very same execution can be run again.
//!
//! ```
//! use twoaxes::model::check::{self, FailureKind};
//! use shuttle::sync::{Arc, atomic::{AtomicUsize, Ordering::SeqCst}};
//!
//! let closure = || {
//!     let count = Arc::new(AtomicUsize::new(0));
//!     let other = Arc::clone(&count);
//!     let thread = shuttle::thread::spawn(move || other.store(other.load(SeqCst) + 1, SeqCst));
//!     count.store(count.load(SeqCst) + 1, SeqCst);
//!     thread.join().unwrap();
//!     assert_eq!(count.load(SeqCst), 2, "an update was lost");
//! };
//! let verdict = check::dfs(closure);
//! assert_eq!(verdict.failure().unwrap().kind, FailureKind::Panic);
//! assert!(verdict.replay(closure).failed());
//! ```
//!
//! # Which one to use
//!
//! | | looks at | use it for | does not see |
//! |---|---|---|---|
//! | [`super::program`] | every interleaving of a small step language, counted exactly | learning what can happen, and how often | Rust code; memory orders |
//! | [`exhaustive`] (`loom`) | every execution under the C11 memory model, less those that differ in nothing | `Relaxed`, `Acquire`, `Release`; `UnsafeCell`; a lock-free type | more than 5 threads, the closure's own among them; more than a few steps in each; a load that sees a later store (load buffering). It takes `SeqCst` for `AcqRel` except in fences, which may be a false alarm |
//! | [`dfs`] (`shuttle`) | every schedule, step by step | a proof for a few steps | memory orders: each atomic is taken for `SeqCst` |
//! | [`random`], [`pct`] (`shuttle`) | as many schedules as there is time for | programs that are too large for the others | memory orders; and a pass proves nothing |
//!
//! A message behind a `Relaxed` flag shows the difference: [`exhaustive`] finds
//! that the message may be old, and [`dfs`] passes it as complete.
//!
//! # What a closure must keep to
//!
//! It takes locks, atomics and threads from `loom` or `shuttle`, makes them
//! inside, and does the same whenever the same threads run in the same order.
//! A check inside of a check is refused. Checks in several threads at once are
//! independent of each other.
//!
//! # What is left
//!
//! A closure that runs on for ever without a scheduling point, or waits for a
//! lock of `std` that another thread of the model holds, cannot be stopped. The
//! check gives up 5 s after its time ([`Reason::Stuck`]) and leaves its thread
//! behind; a restart of the kernel ends it. An abort, most often by a panic in a
//! destructor while another panic unwinds, is a verdict as well, and its thread
//! stands still from then on, with what it owns. A stack that overflows ends
//! the process: under `loom`, a thread has 32 KiB of it.
//!
//! While a check runs, the standard error of the process is a pipe, through which
//! all goes on to where it went before, less what `shuttle` says on its own
//! account.
//!
//! This module reads no clock: who waits is told by the system when the time is
//! up.

mod fatal;
mod judge;
mod limits;
mod loomed;
mod quiet;
mod schedule;
mod scratch;
mod search;
mod shuttled;
#[cfg(test)]
mod tests;
mod thread;
mod verdict;

pub use schedule::{Schedule, ScheduleError};
pub use search::{Check, Search};
pub use verdict::{Failure, FailureKind, Reason, Stopped, Verdict};

/// Runs `closure` in every way that the C11 memory model allows, with `loom`.
///
/// The closure uses `loom::sync`, `loom::thread` and `loom::cell`. The limits
/// are those of [`Check::exhaustive`].
pub fn exhaustive(closure: impl Fn() + Send + Sync + 'static) -> Verdict {
    Check::exhaustive().run(closure)
}

/// Runs `closure` under every schedule, one after the other, with `shuttle`.
///
/// The closure uses `shuttle::sync` and `shuttle::thread`. The limits are those
/// of [`Check::dfs`].
pub fn dfs(closure: impl Fn() + Send + Sync + 'static) -> Verdict {
    Check::dfs().run(closure)
}

/// Runs `closure` under random schedules, with `shuttle`.
///
/// Equal seeds give equal schedules. The limits are those of [`Check::random`].
pub fn random(seed: u64, closure: impl Fn() + Send + Sync + 'static) -> Verdict {
    Check::random(seed).run(closure)
}

/// Runs `closure` under random priorities that change at a few random places
/// (PCT: Burckhardt et al. 2010), with `shuttle`.
///
/// Equal seeds give equal schedules. The limits are those of [`Check::pct`].
pub fn pct(seed: u64, closure: impl Fn() + Send + Sync + 'static) -> Verdict {
    Check::pct(seed).run(closure)
}

/// Runs `closure` once, under `schedule`.
///
/// With the closure that the schedule was found with, the verdict is the same
/// failure. With another one it is whatever that one does, or
/// [`Reason::Misfit`].
pub fn replay(schedule: &Schedule, closure: impl Fn() + Send + Sync + 'static) -> Verdict {
    search::replay(schedule, std::sync::Arc::new(closure))
}
