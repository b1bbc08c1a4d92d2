//! What to search, and how long.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::judge::{Tool, judge_abort};
use super::limits::Limits;
use super::schedule::{Recorded, Schedule};
use super::thread::{self, End, Watch};
use super::verdict::{Reason, Verdict};
use super::{loomed, shuttled};

/// A closure whose type is forgotten at the door. So both tools are compiled
/// into this library and not into each cell, which would take seconds, and
/// would lack the symbols of their assembler code.
pub(super) type Closure = Arc<dyn Fn() + Send + Sync>;

/// Which executions of a closure are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Search {
    /// `loom`: every execution that the C11 memory model allows.
    Exhaustive,
    /// `shuttle`: every schedule, depth first.
    Dfs,
    /// `shuttle`: at each step, any thread that can run.
    Random {
        /// Equal seeds give equal schedules.
        seed: u64,
    },
    /// `shuttle`: random priorities that change `depth` - 1 times (Burckhardt
    /// et al. 2010).
    Pct {
        /// Equal seeds give equal schedules.
        seed: u64,
        /// How many steps must come in the right order for the bug to show.
        depth: usize,
    },
    /// One schedule that was found before.
    Replay,
}

impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exhaustive => write!(f, "loom, every execution"),
            Self::Dfs => write!(f, "shuttle, every schedule"),
            Self::Random { seed } => write!(f, "shuttle, random schedules from seed {seed}"),
            Self::Pct { seed, depth } => {
                write!(f, "shuttle, PCT of depth {depth} from seed {seed}")
            }
            Self::Replay => write!(f, "replay of one schedule"),
        }
    }
}

/// A search with its limits. [`Check::run`] takes the closure.
///
/// ```
/// use std::time::Duration;
/// use twoaxes::model::check::Check;
///
/// let verdict = Check::dfs().executions(100).time(Duration::from_secs(5)).run(|| {
///     let other = shuttle::thread::spawn(|| ());
///     other.join().unwrap();
/// });
/// assert!(verdict.is_complete());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    search: Search,
    limits: Limits,
}

impl Check {
    /// Every execution under the C11 memory model, with `loom`. Limits: a
    /// million executions, 10 s, 1,000 steps an execution, 5 threads.
    #[must_use]
    pub fn exhaustive() -> Self {
        Self::of(Search::Exhaustive, 1_000_000, 1_000)
    }

    /// Every schedule, with `shuttle`. Limits: ten million executions, 10 s,
    /// 100,000 steps an execution.
    #[must_use]
    pub fn dfs() -> Self {
        Self::of(Search::Dfs, 10_000_000, 100_000)
    }

    /// Random schedules, with `shuttle`. Limits: 10,000 executions, 10 s,
    /// 100,000 steps an execution.
    #[must_use]
    pub fn random(seed: u64) -> Self {
        Self::of(Search::Random { seed }, 10_000, 100_000)
    }

    /// Random priorities with 2 changes (depth 3), with `shuttle`. Limits as
    /// for [`Check::random`].
    #[must_use]
    pub fn pct(seed: u64) -> Self {
        Self::of(Search::Pct { seed, depth: 3 }, 10_000, 100_000)
    }

    fn of(search: Search, executions: u64, steps: usize) -> Self {
        let limits = Limits::new(executions, steps);
        Self { search, limits }
    }

    /// Tries at most this many executions, at least 1.
    #[must_use]
    pub fn executions(mut self, most: u64) -> Self {
        self.limits.executions = most;
        self
    }

    /// Stops after this long. The verdict then depends on the machine.
    #[must_use]
    pub fn time(mut self, most: Duration) -> Self {
        self.limits.time = most;
        self
    }

    /// Lets one execution take at most this many steps; one that takes more is
    /// a failure ([`super::FailureKind::TooLong`]). A step is what a thread does from one
    /// scheduling point to the next. From 1 to 100,000 for `loom`, from 1 for
    /// `shuttle`.
    #[must_use]
    pub fn steps(mut self, most: usize) -> Self {
        self.limits.steps = most;
        self
    }

    /// Looks only at executions in which at most this many threads are taken
    /// off the processor while they could go on. Only `loom` keeps to it.
    ///
    /// Most bugs need few preemptions (Musuvathi and Qadeer 2007), and fewer
    /// executions are left; but what passes is then not proven.
    #[must_use]
    pub fn preemptions(mut self, most: u8) -> Self {
        self.limits.preemptions = Some(most);
        self
    }

    /// Lets at most this many threads exist, the closure's own among them:
    /// from 1 to 5. Only `loom` keeps to it, and is faster with fewer.
    #[must_use]
    pub fn threads(mut self, most: usize) -> Self {
        self.limits.threads = most;
        self
    }

    /// How many steps must come in the right order for the bug to show, from
    /// 1. Only [`Check::pct`] keeps to it.
    #[must_use]
    pub fn depth(mut self, steps: usize) -> Self {
        if let Search::Pct { depth, .. } = &mut self.search {
            *depth = steps;
        }
        self
    }

    /// Random schedules within the same limits, but so many executions at most.
    pub(crate) fn by_lot(&self, seed: u64, executions: u64) -> Self {
        let search = Search::Random { seed };
        Self {
            search,
            ..self.clone()
        }
        .executions(executions)
    }

    /// Runs `closure` again and again, each time in another way, until it
    /// fails, all ways have been seen, or a limit is reached.
    ///
    /// Whatever the closure does in its executions besides, such as printing,
    /// it does each time. It must do the same whenever the same threads run in
    /// the same order: no clock, no randomness but `shuttle::rand`, and no
    /// state that one execution leaves to the next.
    pub fn run(&self, closure: impl Fn() + Send + Sync + 'static) -> Verdict {
        self.run_erased(Arc::new(closure))
    }

    fn run_erased(&self, closure: Closure) -> Verdict {
        let search = self.search;
        if let Err(reason) = self.limits.check(search) {
            return Verdict::gave_up(search, 0, reason);
        }
        let limits = self.limits;
        if search != Search::Exhaustive {
            let record = shuttled::Record::default();
            let job = {
                let (record, closure) = (record.clone(), Arc::clone(&closure));
                move |watch: &Arc<Watch>| {
                    shuttled::search(search, &limits, watch, &record, &closure)
                }
            };
            return match thread::run(search, limits.time, job) {
                End::Verdict(verdict) => verdict,
                End::Aborted { executions, notes } => {
                    let schedule = Some(Schedule::of_shuttle(limits.steps, record.steps()));
                    judge_abort(Tool::Shuttle, &notes).verdict(search, executions, schedule)
                }
            };
        }
        let job = {
            let closure = Arc::clone(&closure);
            move |watch: &Arc<Watch>| loomed::search(&limits, watch, &closure)
        };
        let verdict = match thread::run(search, limits.time, job) {
            End::Verdict(verdict) => verdict,
            End::Aborted { executions, notes } => {
                let tool = Tool::Loom {
                    threads: limits.threads,
                };
                judge_abort(tool, &notes).verdict(search, executions, None)
            }
        };
        with_schedule(verdict, limits, closure)
    }
}

/// `verdict` with the schedule of its failure, which takes another search: the
/// thread of the first one may stand still.
fn with_schedule<F>(mut verdict: Verdict, limits: Limits, closure: Arc<F>) -> Verdict
where
    F: Fn() + Send + Sync + ?Sized + 'static,
{
    let Verdict::Failed {
        search,
        executions,
        failure,
    } = &mut verdict
    else {
        return verdict;
    };
    let failed = *executions;
    let recorded = Arc::new(Mutex::new(None));
    let place = Arc::clone(&recorded);
    let search = *search;
    thread::run(search, limits.time, move |watch| {
        let schedule = loomed::record(&limits, failed, watch, &closure);
        *place.lock().unwrap_or_else(PoisonError::into_inner) = schedule;
        Verdict::gave_up(search, 0, Reason::NothingToReplay)
    });
    failure.schedule = recorded
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    verdict
}

pub(super) fn replay(schedule: &Schedule, closure: Closure) -> Verdict {
    let time = Limits::new(1, 1).time;
    let tool = match &schedule.recorded {
        Recorded::Loom(path) => Tool::Loom {
            threads: path.threads,
        },
        Recorded::Shuttle(_) => Tool::Shuttle,
    };
    let kept = schedule.clone();
    let end = thread::run(Search::Replay, time, move |watch| match &kept.recorded {
        Recorded::Loom(path) => loomed::replay(path, watch, &closure),
        Recorded::Shuttle(steps) => shuttled::replay(steps, watch, &closure),
    });
    match end {
        End::Verdict(verdict) => verdict,
        End::Aborted { executions, notes } => {
            let schedule = Some(schedule.clone());
            judge_abort(tool, &notes).verdict(Search::Replay, executions, schedule)
        }
    }
}

impl Verdict {
    /// Runs `closure` once, under the schedule of this failure: see
    /// [`super::replay`].
    pub fn replay(&self, closure: impl Fn() + Send + Sync + 'static) -> Verdict {
        match self.schedule() {
            Some(schedule) => replay(schedule, Arc::new(closure)),
            None => Verdict::gave_up(Search::Replay, 0, Reason::NothingToReplay),
        }
    }
}
