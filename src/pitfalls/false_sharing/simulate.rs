//! A counter for each core, on one line and on lines of their own.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt;

use crate::pitfalls::comparison::{Comparison, counted};
use crate::pitfalls::range::{Range, RangeError, count, real, wide};
use crate::trace::{Origin, Trace};

use super::cache::{Access, Caches, LINE};

const CORES: Range = Range {
    what: "cores",
    least: 1,
    most: 64,
};
const INCREMENTS: Range = Range {
    what: "increments",
    least: 1,
    most: 1000,
};

/// Bytes of one counter, a `u64`.
pub const COUNTER: u64 = 8;

/// Cycles of an increment in the core's own cache. First-level caches answer
/// in 4 or 5 cycles.
pub const HIT: u64 = 5;

/// Cycles until a line comes that another core has written to. David,
/// Guerraoui and Trigonakis ("Everything you always wanted to know about
/// synchronization", SOSP 2013) measured about a hundred within one socket,
/// and several hundred between sockets.
pub const FROM_CORE: u64 = 100;

/// Cycles until the others have given up a line that the core can read: a
/// message to them and back, as long as a line takes.
pub const UPGRADE: u64 = 100;

/// Cycles until a line comes from memory: some 80 ns at 3 GHz, rounded.
pub const FROM_MEMORY: u64 = 250;

/// The same increments with two layouts of the counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FalseSharing {
    /// One counter after the other, eight to a line.
    pub broken: Trace,
    /// Each counter on a line of its own.
    pub repaired: Trace,
    invalidations: [u64; 2],
    increments: u64,
    notes: Vec<String>,
}

/// Each of `cores` increments its own counter so many times.
///
/// Times are in cycles. A core that needs a line which another one uses waits
/// for it ([`crate::trace::SpanKind::Blocked`]); whoever asked first gets it
/// first, and keeps it for one increment at least.
///
/// What can be simulated: 1 to 64 cores, 1 to 1000 increments. Other numbers
/// are replaced by the nearest, with a note.
///
/// ```
/// use twoaxes::pitfalls::false_sharing;
///
/// let run = false_sharing::simulate(4, 100);
/// assert_eq!(run.broken_invalidations(), 399);
/// assert_eq!(run.repaired_invalidations(), 0);
/// assert!(run.slowdown() > 50.0);
/// ```
#[must_use]
pub fn simulate(cores: usize, increments: u64) -> FalseSharing {
    let mut notes = Vec::new();
    let cores = count(CORES.nearest(wide(cores), &mut notes));
    let increments = INCREMENTS.nearest(increments, &mut notes);
    let (broken, lost) = run("Counters on one line", cores, increments, COUNTER);
    let (repaired, kept) = run("A line for each counter", cores, increments, LINE);
    FalseSharing {
        broken,
        repaired,
        invalidations: [lost, kept],
        increments,
        notes,
    }
}

/// [`simulate`], but it refuses what it cannot simulate as asked.
///
/// # Errors
///
/// [`RangeError`] for a number outside of its range.
pub fn try_simulate(cores: usize, increments: u64) -> Result<FalseSharing, RangeError> {
    CORES.check(wide(cores))?;
    INCREMENTS.check(increments)?;
    Ok(simulate(cores, increments))
}

/// The run, and its invalidations, with counters `apart` bytes apart.
fn run(title: &str, cores: usize, increments: u64, apart: u64) -> (Trace, u64) {
    let mut trace = Trace::simulated(title);
    trace.unit("cycles");
    let of_core: Vec<_> = (1..=cores)
        .map(|n| {
            (
                trace.task(format!("counter {n}")),
                trace.worker(format!("core {n}")),
            )
        })
        .collect();
    let mut caches = Caches::new();
    // When the last core that asked for a line is done with it.
    let mut line_free: BTreeMap<u64, u64> = BTreeMap::new();
    // The core that is ready first goes first, so lines are granted in the
    // order in which cores ask for them.
    let mut ready: BinaryHeap<_> = (0..cores).map(|core| Reverse((0, core, 0))).collect();
    while let Some(Reverse((now, core, done))) = ready.pop() {
        let address = wide(core) * apart;
        let free = line_free.entry(address / LINE).or_insert(0);
        let begin = match caches.write(core, address) {
            Access::Hit => now,
            missed => now.max(*free) + cost(missed),
        };
        let end = begin + HIT;
        *free = end;
        if let Some(&(task, worker)) = of_core.get(core) {
            trace.blocked(task, worker, now, begin);
            trace.run(task, worker, begin, end);
        }
        if done + 1 < increments {
            ready.push(Reverse((end, core, done + 1)));
        }
    }
    let trace = trace.build().unwrap_or_else(|error| {
        let note = format!("The simulation contradicts itself, please report it: {error}.");
        Trace::empty(Origin::Simulated, title, "cycles", note)
    });
    (trace, caches.invalidations())
}

const fn cost(missed: Access) -> u64 {
    match missed {
        Access::Hit => 0,
        Access::FromMemory => FROM_MEMORY,
        Access::FromCore => FROM_CORE,
        Access::Upgrade => UPGRADE,
    }
}

impl FalseSharing {
    /// How often a core has lost the line while all counters are on it.
    #[must_use]
    pub fn broken_invalidations(&self) -> u64 {
        self.invalidations[0]
    }

    /// How often a core has lost its line while each counter has its own.
    #[must_use]
    pub fn repaired_invalidations(&self) -> u64 {
        self.invalidations[1]
    }

    /// How many times longer it takes on shared lines.
    #[must_use]
    pub fn slowdown(&self) -> f64 {
        real(self.broken.makespan()) / real(self.repaired.makespan().max(1))
    }

    /// Both layouts in numbers.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let runs = [&self.broken, &self.repaired];
        let cores = self.broken.workers().len();
        let all = real(wide(cores) * self.increments);
        let notice = if cores == 1 {
            "One core has the line to itself, so it never changes hands and padding changes nothing. It takes two cores to share a line."
                .to_owned()
        } else {
            format!(
                "No core reads another core's counter, and yet {} changed hands {} on shared lines and {} on padded ones. \
                 That makes them {:.1} times as slow. The work is the same: the rest is waiting for the line.",
                if cores > 8 { "the lines" } else { "the line" },
                counted(self.invalidations[0], "time"),
                counted(self.invalidations[1], "time"),
                self.slowdown(),
            )
        };
        Comparison::new(
            format!(
                "{} with a counter each, {} each",
                counted(wide(cores), "core"),
                counted(self.increments, "increment")
            ),
            ["shared lines", "padded"],
        )
        .row("makespan", runs.map(|run| counted(run.makespan(), "cycle")))
        .row("invalidations", self.invalidations.map(|n| n.to_string()))
        .row("work", runs.map(|run| counted(run.work(), "cycle")))
        .row(
            "increments per 1000 cycles",
            runs.map(|run| format!("{:.1}", 1000.0 * all / real(run.makespan().max(1)))),
        )
        .row(
            "mean parallelism",
            runs.map(|run| format!("{:.2}", run.mean_parallelism())),
        )
        .notice(notice, &self.notes)
    }
}

impl fmt::Display for FalseSharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison().fmt(f)
    }
}
