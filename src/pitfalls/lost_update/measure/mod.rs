//! Counting for real: which additions are lost where, and what helps.

mod counter;
mod report;
#[cfg(test)]
mod tests;

use crate::machine;
use crate::pitfalls::measure::{MeasureError, nearest_run};
use crate::pitfalls::range::{Range, count, wide};
use crate::trace::{Origin, Trace};

use counter::{How, run};

const THREADS: Range = Range {
    what: "threads",
    least: 1,
    most: 8,
};
const ROUNDS: Range = Range {
    what: "rounds",
    least: 1,
    most: 1_000_000_000,
};
/// Slower rounds, of which fewer are enough: some hundred milliseconds of them,
/// and each yield is a context switch.
const COMPUTING_ROUNDS: u64 = 2_000_000;
const YIELDING_ROUNDS: u64 = 2_000;

/// A counter after a run: how many additions were made, and how many are in
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// How many additions of 1 the threads made.
    pub additions: u64,
    /// The final value of the counter.
    pub value: u64,
    /// From the common start to the end of the last thread, in nanoseconds.
    pub time: u64,
    /// How often the system interrupted the threads although they could have
    /// gone on (involuntary context switches). A yield counts as one.
    pub preemptions: u64,
    /// The CPUs on which the threads were seen.
    pub cpus: Vec<u16>,
    /// CPU time of the threads, in nanoseconds.
    pub cpu_time: u64,
    /// When each thread ran, found from gaps in its own readings of the clock.
    pub trace: Trace,
}

/// Lost updates, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// A load, then a store of one more; all threads on one CPU.
    pub one_cpu: Tally,
    /// The same with a computation of some dozen nanoseconds between the load
    /// and the store, as most programs have one: at most 2,000,000 rounds.
    pub one_cpu_computing: Tally,
    /// The same with the CPU given back between the load and the store
    /// (`std::thread::yield_now`), so that nearly every interruption falls
    /// there: at most 2,000 rounds.
    pub one_cpu_yielding: Tally,
    /// A load, then a store of one more; each thread on a CPU of its own, as
    /// far as there are CPUs. `None` where there is only one.
    pub several_cpus: Option<Tally>,
    threads: usize,
    notes: Vec<String>,
}

/// Three ways to count that lose nothing, on the CPUs that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// `fetch_add`: load, addition and store in one step.
    pub atomic: Tally,
    /// A lock around a plain number.
    pub locked: Tally,
    /// Each thread counts by itself and adds its sum once, at the end.
    pub apart: Tally,
    notes: Vec<String>,
}

/// Each of `threads` adds 1 to a shared counter so many times, by a relaxed
/// load and a relaxed store, and the lost additions are counted: with all
/// threads kept on one CPU, and with each on its own.
///
/// On one CPU an addition is lost when the system interrupts a thread between
/// its load and its store, which are kept apart here: where a compiler makes
/// one instruction of them, as those for x86 do, one CPU loses nothing and two
/// do. Two instructions side by side are an instant apart,
/// and threads that end within one time slice, which is a few milliseconds,
/// are never interrupted: so a run may lose nothing, and says so. With
/// something to do between the load and the store the window is wide: there is
/// a run with a computation there, and one with a yield.
///
/// What can be run: 1 to 8 threads, 1 to 1,000,000,000 rounds; other numbers
/// are replaced by the nearest, with a note. Each run ends after 2 seconds at
/// the latest.
///
/// ```
/// use twoaxes::pitfalls::lost_update;
///
/// let run = lost_update::measure(2, 100_000);
/// let tally = &run.one_cpu_yielding;
/// assert_eq!(tally.value + tally.lost(), tally.additions);
/// ```
#[must_use]
pub fn measure(threads: usize, rounds: u64) -> Measured {
    let mut notes = Vec::new();
    let (threads, rounds) = numbers(threads, rounds, &mut notes);
    measured(threads, rounds, notes.clone()).unwrap_or_else(|error| {
        notes.push(nothing(&error));
        Measured {
            one_cpu: Tally::none(&error),
            one_cpu_computing: Tally::none(&error),
            one_cpu_yielding: Tally::none(&error),
            several_cpus: None,
            threads,
            notes,
        }
    })
}

/// [`measure`], but it refuses what it cannot run as asked.
///
/// # Errors
///
/// [`MeasureError`] for a number of threads or rounds outside of its range,
/// and when the system refuses a thread.
pub fn try_measure(threads: usize, rounds: u64) -> Result<Measured, MeasureError> {
    THREADS.check(wide(threads))?;
    ROUNDS.check(rounds)?;
    measured(threads, rounds, Vec::new())
}

/// The same additions in three ways that lose none, with their times. The
/// numbers that can be run are those of [`measure`], and so is the deadline.
///
/// ```
/// use twoaxes::pitfalls::lost_update;
///
/// let run = lost_update::fixed(2, 50_000);
/// assert_eq!([&run.atomic, &run.locked, &run.apart].map(|tally| tally.lost()), [0, 0, 0]);
/// ```
#[must_use]
pub fn fixed(threads: usize, rounds: u64) -> Fixed {
    let mut notes = Vec::new();
    let (threads, rounds) = numbers(threads, rounds, &mut notes);
    repaired(threads, rounds, notes.clone()).unwrap_or_else(|error| {
        notes.push(nothing(&error));
        Fixed {
            atomic: Tally::none(&error),
            locked: Tally::none(&error),
            apart: Tally::none(&error),
            notes,
        }
    })
}

/// [`fixed`], but it refuses what it cannot run as asked.
///
/// # Errors
///
/// As [`try_measure`].
pub fn try_fixed(threads: usize, rounds: u64) -> Result<Fixed, MeasureError> {
    THREADS.check(wide(threads))?;
    ROUNDS.check(rounds)?;
    repaired(threads, rounds, Vec::new())
}

fn measured(threads: usize, rounds: u64, mut notes: Vec<String>) -> Result<Measured, MeasureError> {
    let cpus = machine::allowed();
    let one = vec![cpus.first().copied(); threads];
    let one_cpu = run("Load, store on one CPU", How::LoadStore, &one, rounds)?;
    let (title, fewer) = (
        "Load, compute, store on one CPU",
        rounds.min(COMPUTING_ROUNDS),
    );
    let one_cpu_computing = run(title, How::LoadComputeStore, &one, fewer)?;
    let (title, few) = ("Load, yield, store on one CPU", rounds.min(YIELDING_ROUNDS));
    let one_cpu_yielding = run(title, How::LoadYieldStore, &one, few)?;
    let several_cpus = if cpus.len() > 1 && threads > 1 {
        let title = format!("Load, store on {} CPUs", threads.min(cpus.len()));
        Some(run(
            &title,
            How::LoadStore,
            &spread(&cpus, threads),
            rounds,
        )?)
    } else {
        if threads > 1 {
            notes.push("Only one CPU can be used here, so nothing ran on two.".to_owned());
        }
        None
    };
    Ok(Measured {
        one_cpu,
        one_cpu_computing,
        one_cpu_yielding,
        several_cpus,
        threads,
        notes,
    })
}

fn repaired(threads: usize, rounds: u64, notes: Vec<String>) -> Result<Fixed, MeasureError> {
    let places = spread(&machine::allowed(), threads);
    Ok(Fixed {
        atomic: run("fetch_add", How::FetchAdd, &places, rounds)?,
        locked: run("A lock", How::Lock, &places, rounds)?,
        apart: run("A sum for each thread", How::Apart, &places, rounds)?,
        notes,
    })
}

fn numbers(threads: usize, rounds: u64, notes: &mut Vec<String>) -> (usize, u64) {
    (
        count(nearest_run(THREADS, wide(threads), notes)),
        nearest_run(ROUNDS, rounds, notes),
    )
}

/// A CPU for each thread, in turns where there are fewer.
fn spread(cpus: &[u16], threads: usize) -> Vec<Option<u16>> {
    let turns = cpus.iter().copied().map(Some).cycle();
    turns.chain(std::iter::repeat(None)).take(threads).collect()
}

fn nothing(error: &MeasureError) -> String {
    format!("Nothing was run: {error}.")
}

impl Tally {
    fn none(error: &MeasureError) -> Self {
        Self {
            additions: 0,
            value: 0,
            time: 0,
            preemptions: 0,
            cpu_time: 0,
            cpus: Vec::new(),
            trace: Trace::empty(Origin::Measured, "Counting", "ns", nothing(error)),
        }
    }
}
