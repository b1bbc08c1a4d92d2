//! Watching the machine during a run: who else was busy, what a hypervisor or
//! a control group took, whether the clock was set.

use std::fs;
use std::path::Path;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use super::cpus::allowed;
use super::quota::{quota, throttled_below};
use super::usage::Usage;
use crate::trace::Conditions;

/// The machine at the beginning of a run; see [`Watch::finish`].
#[derive(Debug, Clone)]
pub struct Watch {
    cpus: Vec<u16>,
    began: Reading,
}

/// What the machine says about itself at one instant. Times in nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) monotonic: u64,
    pub(super) realtime: u64,
    /// How many CPUs the two that follow are summed over.
    pub(super) online: usize,
    pub(super) busy: Option<u64>,
    pub(super) stolen: Option<u64>,
    pub(super) throttled: Option<u64>,
    pub(super) own: u64,
}

impl Watch {
    /// Begins to watch the CPUs that the calling thread may use.
    #[must_use]
    pub fn start() -> Self {
        Self::over(allowed())
    }

    /// Begins to watch `cpus`.
    #[must_use]
    pub fn over(cpus: Vec<u16>) -> Self {
        let began = Reading::now(&cpus);
        Self { cpus, began }
    }

    /// The conditions since [`Watch::start`], for a run whose threads used
    /// `own`, and whose helping processes used `helpers` nanoseconds of CPU
    /// time: neither counts as somebody else.
    #[must_use]
    pub fn finish(&self, own: Usage, helpers: u64) -> Conditions {
        let ended = Reading::now(&self.cpus);
        let cpus = u64::try_from(self.cpus.len()).unwrap_or(u64::MAX);
        Conditions {
            cpus,
            quota: quota(),
            preemptions: own.preemptions,
            ..between(&self.began, &ended, own.cpu_time, helpers)
        }
    }

    /// [`Watch::finish`], where `own` is all that this process did for the run:
    /// its other threads, such as one that an earlier cell has left computing,
    /// are somebody else.
    #[must_use]
    pub fn finish_alone(&self, own: Usage, helpers: u64) -> Conditions {
        let mut watch = self.clone();
        // As if this process had used nothing before: what `own` says remains.
        watch.began.own = u64::MAX;
        watch.finish(own, helpers)
    }
}

/// What two readings say about the time between them.
pub(super) fn between(began: &Reading, ended: &Reading, cpu_time: u64, helpers: u64) -> Conditions {
    let since = |end: Option<u64>, begin: Option<u64>| Some(end?.saturating_sub(begin?));
    let wall = ended.monotonic.saturating_sub(began.monotonic);
    // A CPU that was switched off or on takes its counts with it. Coarse counts
    // may say more than there was to be had in a short run.
    let had = wall.saturating_mul(u64::try_from(ended.online).unwrap_or(u64::MAX));
    let same = |time: Option<u64>| {
        let time = time.filter(|_| began.online == ended.online)?;
        Some(time.min(had))
    };
    let shown = ended.realtime.saturating_sub(began.realtime);
    // A clock that was set back before the run began says 0.
    let back = began.realtime.saturating_sub(ended.realtime);
    // What this process did beside the run's threads is not somebody else: it
    // prepared the run. (`Watch::finish_alone` is for those who know better.)
    let own = ended.own.saturating_sub(began.own).max(cpu_time);
    let busy = same(since(ended.busy, began.busy));
    Conditions {
        wall,
        cpu_time,
        elsewhere: busy.map(|busy| busy.saturating_sub(own).saturating_sub(helpers)),
        stolen: same(since(ended.stolen, began.stolen)),
        throttled: since(ended.throttled, began.throttled),
        clock_set: match back {
            0 => shown.abs_diff(wall),
            back => back.saturating_add(wall),
        },
        ..Conditions::default()
    }
}

impl Reading {
    fn now(cpus: &[u16]) -> Self {
        let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
        let counted = counted(&stat, cpus, ticks_per_second());
        let throttled = throttled_below(Path::new("/"));
        let (monotonic, realtime) = clocks();
        Self {
            throttled,
            own: Usage::of_process().cpu_time,
            monotonic,
            realtime,
            ..counted
        }
    }
}

/// The clock that is never set and the one that is, read at one instant as
/// nearly as can be: a thread that is held back between the two readings would
/// take that for a clock that was set.
fn clocks() -> (u64, u64) {
    let read = || {
        let before = nanoseconds(ClockId::CLOCK_MONOTONIC);
        let realtime = nanoseconds(ClockId::CLOCK_REALTIME);
        let after = nanoseconds(ClockId::CLOCK_MONOTONIC);
        (after.saturating_sub(before), before, realtime)
    };
    let mut best = read();
    for _ in 0..CLOCK_TRIES {
        if best.0 < TOGETHER {
            break;
        }
        best = best.min(read());
    }
    (best.1, best.2)
}

/// Readings of two clocks that are this near, in nanoseconds, are as one.
const TOGETHER: u64 = 1_000_000;
const CLOCK_TRIES: usize = 10;

/// Busy and stolen time of `cpus` in a text like `/proc/stat` (proc(5)), in
/// nanoseconds; the rest of the reading is empty.
pub(super) fn counted(stat: &str, cpus: &[u16], per_second: u64) -> Reading {
    let (mut busy, mut stolen, mut online) = (0_u64, 0_u64, 0);
    for line in stat.lines() {
        let mut words = line.split_ascii_whitespace();
        let number = words.next().and_then(|name| name.strip_prefix("cpu"));
        let Some(number) = number.and_then(|number| number.parse::<u16>().ok()) else {
            continue;
        };
        if !cpus.contains(&number) {
            continue;
        }
        let times: Vec<u64> = words.map(|word| word.parse().unwrap_or(0)).collect();
        // user nice system idle iowait irq softirq steal; guests are within user.
        let [user, nice, system, _, _, irq, softirq, steal, ..] = times[..] else {
            continue;
        };
        online += 1;
        for time in [user, nice, system, irq, softirq] {
            busy = busy.saturating_add(time);
        }
        stolen = stolen.saturating_add(steal);
    }
    let tick = 1_000_000_000 / per_second.max(1);
    let time = |ticks: u64| (online > 0).then(|| ticks.saturating_mul(tick));
    Reading {
        online,
        busy: time(busy),
        stolen: time(stolen),
        ..Reading::default()
    }
}

fn ticks_per_second() -> u64 {
    let found = nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK);
    let found = found.ok().flatten();
    found
        .and_then(|ticks| u64::try_from(ticks).ok())
        .unwrap_or(100)
}

fn nanoseconds(clock: ClockId) -> u64 {
    let now = clock_gettime(clock).map_or(Duration::ZERO, Duration::from);
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}
