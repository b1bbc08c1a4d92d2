//! What a check has found out.

use std::fmt;

use thiserror::Error;

use super::schedule::Schedule;
use super::search::Search;

/// What a check has found out about a closure.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// No execution failed.
    Passed {
        /// Which executions were looked at.
        search: Search,
        /// How many of them.
        executions: u64,
        /// Why there were no more.
        stopped: Stopped,
    },
    /// An execution failed. It was the last one.
    Failed {
        /// Which executions were looked at.
        search: Search,
        /// How many of them, with the one that failed.
        executions: u64,
        /// What went wrong.
        failure: Failure,
    },
    /// The closure cannot be checked in this way, so nothing is known.
    GaveUp {
        /// Which executions were to be looked at.
        search: Search,
        /// How many of them were.
        executions: u64,
        /// What was in the way.
        reason: Reason,
    },
}

/// Why a check that passed looked at no more executions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stopped {
    /// There are no others: within what the tool models, the closure is proven.
    Complete,
    /// There are no others with so few preemptions.
    PreemptionBound,
    /// The limit on executions was reached.
    Executions,
    /// The time was up.
    Time,
}

/// How an execution failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// The panic's own words, or the checker's.
    pub message: String,
    /// How to run the failing execution again. `None` where it could not be
    /// recorded.
    pub schedule: Option<Schedule>,
}

/// What went wrong in an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureKind {
    /// A thread panicked, most often by an assertion.
    Panic,
    /// Threads wait for each other, and nothing can wake them.
    Deadlock,
    /// More steps than an execution may have: often a thread that waits in a
    /// loop for another one, or a livelock.
    TooLong,
    /// Two threads use the same `loom` cell, one of them writes, and neither
    /// use happens before the other.
    DataRace,
    /// Something that `loom` tracks was never dropped.
    Leak,
    /// The closure would have ended the process: by an abort, or by a panic in a
    /// destructor while another panic unwound.
    Abort,
}

/// Why a closure could not be checked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Reason {
    /// A limit leaves nothing to be searched.
    #[error("a check with {value} {what} was asked for; ask for at least 1{}", at_most(*.most))]
    Limit {
        /// What is limited.
        what: &'static str,
        /// The value that was asked for.
        value: usize,
        /// The largest value that would do.
        most: usize,
    },
    /// The closure of one check started another one.
    #[error(
        "a check was started inside of the closure of another check; check the inner closure on \
         its own"
    )]
    Nested,
    /// A check was started by a destructor, while a panic unwinds.
    #[error("a check was started while a panic unwinds; start it outside of `Drop`")]
    Unwinding,
    /// The system gave no thread to check on.
    #[error("no thread could be started to check on ({0}); end some threads and try again")]
    NoThread(String),
    /// The closure used one tool's types under the other one.
    #[error(
        "the closure uses a type of `{used}`, and it ran under `{under}`; take `Mutex`, atomics \
         and threads from `{under}::sync` and `{under}::thread`, or check it with {other}",
        other = if *.used == "loom" { "`exhaustive`" } else { "`dfs`, `random` or `pct`" }
    )]
    WrongTypes {
        /// The crate of the type.
        used: &'static str,
        /// The crate that ran the closure.
        under: &'static str,
    },
    /// More threads than the limit.
    #[error(
        "the closure has more than {most} threads at once, its own among them; use fewer threads, \
         a higher limit (loom can do {LOOM}), or check it with `random`",
        LOOM = super::limits::LOOM_THREADS
    )]
    Threads {
        /// The limit.
        most: usize,
    },
    /// The closure does not always do the same.
    #[error(
        "the closure did something else when the same threads ran in the same order ({0}); keep \
         clocks, randomness, hash maps' order and state from outside out of it"
    )]
    NotDeterministic(String),
    /// The time was up before one execution had ended.
    #[error("the time was up before the first execution had ended; give it more time")]
    NoExecution,
    /// The time was up, and the closure does not come to a scheduling point.
    #[error(
        "the time was up, and no scheduling point came in the {seconds} s after it; does the \
         closure loop without one, or wait for a lock of `std`? Its thread goes on until the \
         kernel is restarted"
    )]
    Stuck {
        /// How long was waited.
        seconds: u64,
    },
    /// The schedule was found with another closure.
    #[error(
        "the schedule does not fit the closure: {0}; replay it with the very closure that it was \
         found with"
    )]
    Misfit(String),
    /// A verdict without a failure has no schedule.
    #[error("there is no failing schedule to replay; only a verdict `Failed` has one")]
    NothingToReplay,
    /// The checker itself went wrong.
    #[error("the checker stopped with: {0}")]
    Broken(String),
}

fn at_most(most: usize) -> String {
    if most == usize::MAX {
        return String::new();
    }
    format!(" and at most {most}")
}

impl Verdict {
    pub(super) fn gave_up(search: Search, executions: u64, reason: Reason) -> Self {
        Self::GaveUp {
            search,
            executions,
            reason,
        }
    }

    /// Whether no execution failed; see [`Verdict::is_complete`].
    #[must_use]
    pub fn passed(&self) -> bool {
        matches!(self, Self::Passed { .. })
    }

    /// Whether an execution failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }

    /// Whether no execution failed and there are no others.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(
            self,
            Self::Passed {
                stopped: Stopped::Complete,
                ..
            }
        )
    }

    /// Which executions were looked at.
    #[must_use]
    pub fn search(&self) -> Search {
        match self {
            Self::Passed { search, .. }
            | Self::Failed { search, .. }
            | Self::GaveUp { search, .. } => *search,
        }
    }

    /// How many executions were looked at, with the one that failed.
    #[must_use]
    pub fn executions(&self) -> u64 {
        match self {
            Self::Passed { executions, .. }
            | Self::Failed { executions, .. }
            | Self::GaveUp { executions, .. } => *executions,
        }
    }

    /// What went wrong, if an execution failed.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed { failure, .. } => Some(failure),
            _ => None,
        }
    }

    /// Why nothing is known, if so.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::GaveUp { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// How to run the failing execution again, if there is one.
    #[must_use]
    pub fn schedule(&self) -> Option<&Schedule> {
        self.failure()?.schedule.as_ref()
    }

    /// Which thread went on at each step of the failing execution, for people;
    /// `None` where that is not known to the end.
    #[must_use]
    pub fn order(&self) -> Option<String> {
        let schedule = self.schedule()?;
        schedule.is_whole().then(|| schedule.order())
    }

    /// One word: `PASSED`, `FAILED` or `GAVE UP`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed { .. } => "PASSED",
            Self::Failed { .. } => "FAILED",
            Self::GaveUp { .. } => "GAVE UP",
        }
    }

    /// How much was looked at, and what that is worth, in one sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = counted(self.executions());
        match self {
            Self::Passed { stopped, .. } => format!("{count} without a failure; {stopped}"),
            Self::Failed { failure, .. } => {
                format!("{} after {count}: {}", failure.kind, failure.message)
            }
            Self::GaveUp { reason, .. } => format!("after {count}: {reason}"),
        }
    }
}

fn counted(executions: u64) -> String {
    match executions {
        1 => "1 execution".to_owned(),
        more => format!("{more} executions"),
    }
}

impl fmt::Display for Verdict {
    /// The verdict, how it was found and, of a failure, how it came about.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.word(), self.search(), self.summary())?;
        if let Some(order) = self.order() {
            write!(f, "\nthreads in order: {order}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Complete => "there are no others",
            Self::PreemptionBound => {
                "there are no others with so few preemptions, and any with more were not tried"
            }
            Self::Executions => "the limit on executions was reached, and others were not tried",
            Self::Time => "the time was up, and others were not tried",
        })
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Panic => "panic",
            Self::Deadlock => "deadlock",
            Self::TooLong => "too many steps",
            Self::DataRace => "data race",
            Self::Leak => "leak",
            Self::Abort => "abort",
        })
    }
}
