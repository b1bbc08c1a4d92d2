//! What threads have taken from the system, as it counts itself.

use std::time::Duration;

use nix::sys::resource::{Usage as Counted, UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};

/// CPU time and context switches, of one thread or of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// CPU time, in nanoseconds.
    pub cpu_time: u64,
    /// Involuntary context switches: interrupted while it could have gone on.
    pub preemptions: u64,
    /// Voluntary context switches: it waited for something.
    pub waits: u64,
}

impl Usage {
    /// Of the calling thread, since it began; zeros where the system does not
    /// tell.
    #[must_use]
    pub fn of_thread() -> Self {
        Self::of(UsageWho::RUSAGE_THREAD, ClockId::CLOCK_THREAD_CPUTIME_ID)
    }

    /// Of all threads of this process, living or not, since it began.
    #[must_use]
    pub fn of_process() -> Self {
        Self::of(UsageWho::RUSAGE_SELF, ClockId::CLOCK_PROCESS_CPUTIME_ID)
    }

    fn of(who: UsageWho, clock: ClockId) -> Self {
        let counted = getrusage(who).map_or(Self::default(), |counted| Self::from(&counted));
        // The clock is exact; what `getrusage` says of a thread that runs is
        // as old as the last tick of the system, some milliseconds.
        let cpu_time = clock_gettime(clock).map_or(counted.cpu_time, |time| {
            u64::try_from(Duration::from(time).as_nanos()).unwrap_or(u64::MAX)
        });
        Self {
            cpu_time,
            ..counted
        }
    }

    /// What has been used since `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            cpu_time: self.cpu_time.saturating_sub(earlier.cpu_time),
            preemptions: self.preemptions.saturating_sub(earlier.preemptions),
            waits: self.waits.saturating_sub(earlier.waits),
        }
    }
}

impl From<&Counted> for Usage {
    fn from(counted: &Counted) -> Self {
        let time = counted.user_time() + counted.system_time();
        let number = |count: i64| u64::try_from(count).unwrap_or(0);
        Self {
            cpu_time: number(time.num_microseconds()).saturating_mul(1_000),
            preemptions: number(counted.involuntary_context_switches()),
            waits: number(counted.voluntary_context_switches()),
        }
    }
}

impl std::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            cpu_time: sum.cpu_time.saturating_add(one.cpu_time),
            preemptions: sum.preemptions.saturating_add(one.preemptions),
            waits: sum.waits.saturating_add(one.waits),
        })
    }
}
