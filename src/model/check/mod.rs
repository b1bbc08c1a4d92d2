//! Real Rust closures under the model checkers `loom` and `shuttle`.

mod fatal;
mod hook;
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
    search::replay(schedule, closure)
}
