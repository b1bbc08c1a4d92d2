//! How much lanes bring: the same numbers with one lane and with many, on one
//! CPU and on all.

use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::error::MeasureError;
use super::own_thread::on_own_thread;
use super::scramble::Instructions;
use crate::machine::{self, Usage, Watch};
use crate::team::{Deadline, with_pool};

/// The most numbers that are scrambled at once.
pub const MAX_NUMBERS: u64 = 1 << 24;
/// The most rounds, over all numbers: about a second of a plain loop.
const MAX_STEPS: u64 = 500_000_000;
const MAX_ROUNDS: u64 = 1_000_000;
/// Each way is run so often; interruptions only ever lengthen a run.
const REPETITIONS: u32 = 7;
/// Nothing is repeated after this.
const LIMIT: Duration = Duration::from_secs(10);
/// What [`lanes`] runs: a millisecond or more for the widest lanes, so that
/// sharing it out among CPUs is worth it.
const NUMBERS: u64 = 4_096;
const ROUNDS: u64 = 4_000;

/// How long the same numbers took with one lane and with several; see
/// [`lanes`].
#[derive(Debug, Clone, PartialEq)]
pub struct Lanes {
    numbers: u64,
    rounds: u64,
    times: Vec<LaneTime>,
    notes: Vec<String>,
}

/// The time of one way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LaneTime {
    /// With which instructions.
    pub instructions: Instructions,
    /// On how many CPUs at most.
    pub cpus: u64,
    /// Wall-clock time in nanoseconds: the shortest of seven runs.
    pub time: u64,
    /// Whether all results are those of the plain loop, bit by bit.
    pub right: bool,
}

impl LaneTime {
    /// Lanes that work at one instant at most: those of each CPU, on all.
    #[must_use]
    pub const fn at_once(&self) -> u64 {
        self.cpus.saturating_mul(self.instructions.lanes() as u64)
    }
}

/// Scrambles 4,096 numbers for 4,000 rounds each (about 16 million steps; a
/// plain loop takes some 25 ms) with one lane, and with each set of
/// instructions that this machine has, on one CPU; then with the widest on all
/// CPUs, as a parallel loop over slices.
///
/// A lane is not a worker: it has no instructions of its own. That is why lanes
/// don't move a run on the map, and are told here as "1 CPU x 16 lanes".
///
/// ```
/// let lanes = twoaxes::quadrants::lanes();
/// assert!(lanes.times().iter().all(|way| way.right));
/// assert_eq!(lanes.times()[0].at_once(), 1);
/// ```
#[must_use]
pub fn lanes() -> Lanes {
    try_lanes(NUMBERS, ROUNDS).unwrap_or_else(|error| Lanes {
        numbers: NUMBERS,
        rounds: ROUNDS,
        times: Vec::new(),
        notes: vec![format!("{error}.")],
    })
}

/// [`lanes`] for so many `numbers` and `rounds`.
///
/// # Errors
///
/// [`MeasureError`] when there are no numbers or rounds, more than
/// [`MAX_NUMBERS`] numbers or a million rounds, more than 500,000,000 steps in
/// all, or the system refuses a thread.
pub fn try_lanes(numbers: u64, rounds: u64) -> Result<Lanes, MeasureError> {
    MeasureError::check("numbers", numbers, 1, MAX_NUMBERS)?;
    check_size(numbers, rounds, MAX_STEPS)?;
    on_own_thread("lanes", || measured(numbers, rounds))
}

pub(super) fn check_size(numbers: u64, rounds: u64, most: u64) -> Result<(), MeasureError> {
    MeasureError::check("rounds", rounds, 1, MAX_ROUNDS)?;
    let steps = numbers.saturating_mul(rounds);
    MeasureError::check("numbers times rounds", steps, 1, most)
}

fn measured(numbers: u64, rounds: u64) -> Result<Lanes, MeasureError> {
    let deadline = Deadline::after(LIMIT);
    let watch = Watch::start();
    let input = numbers_to(numbers);
    let short = u32::try_from(rounds).unwrap_or(u32::MAX);
    let mut expected = input.clone();
    Instructions::Plain.scramble(&mut expected, short);
    let mut times = Vec::new();
    for instructions in Instructions::all_here() {
        let (time, right) = shortest(&input, &expected, deadline, |numbers| {
            instructions.scramble(numbers, short);
        });
        times.push(LaneTime {
            instructions,
            cpus: 1,
            time,
            right,
        });
    }
    let cpus = u64::try_from(machine::allowed().len()).unwrap_or(1);
    let mut notes = Vec::new();
    if cpus > 1 {
        times.push(on_all_cpus(&input, &expected, short, cpus, deadline)?);
    } else {
        notes.push("One CPU can be used here, so lanes on several CPUs were not measured.".into());
    }
    if times.iter().any(|way| !way.right) {
        notes.push("Some results differ from those of the plain loop: don't trust them.".into());
    }
    // What this process used is not somebody else's, whoever adds it up.
    notes.extend(watch.finish(Usage::default(), 0).disturbances());
    Ok(Lanes {
        numbers,
        rounds,
        times,
        notes,
    })
}

/// The widest lanes in a parallel loop over slices.
fn on_all_cpus(
    input: &[u32],
    expected: &[u32],
    rounds: u32,
    cpus: u64,
    deadline: Deadline,
) -> Result<LaneTime, MeasureError> {
    let instructions = Instructions::widest();
    let cpus = cpus.min(super::MAX_THREADS);
    let threads = usize::try_from(cpus).unwrap_or(1);
    // Shares that are full vectors, one for each CPU.
    let share = input
        .len()
        .div_ceil(threads)
        .next_multiple_of(instructions.lanes());
    let done = with_pool(
        threads,
        super::run::thread,
        |_| (),
        |pool| {
            shortest(input, expected, deadline, |numbers| {
                pool.install(|| {
                    numbers
                        .par_chunks_mut(share)
                        .for_each(|share| instructions.scramble(share, rounds));
                });
            })
        },
    );
    let (time, right) = done.map_err(|error| MeasureError::of("a thread pool", error))?;
    Ok(LaneTime {
        instructions,
        cpus,
        time,
        right,
    })
}

/// The shortest time of `way` in nanoseconds, and whether its results were
/// always `expected`.
fn shortest(
    input: &[u32],
    expected: &[u32],
    deadline: Deadline,
    way: impl Fn(&mut [u32]),
) -> (u64, bool) {
    let (mut least, mut right) = (u64::MAX, true);
    for _ in 0..REPETITIONS {
        let mut numbers = input.to_vec();
        let began = Instant::now();
        way(&mut numbers);
        let took = began.elapsed().as_nanos();
        least = least.min(u64::try_from(took).unwrap_or(u64::MAX));
        right &= numbers == expected;
        if deadline.has_passed() {
            break;
        }
    }
    (least.max(1), right)
}

/// 1, 2, 3, ..: the input of every way. 0 would stay 0.
pub(super) fn numbers_to(numbers: u64) -> Vec<u32> {
    (1..=u32::try_from(numbers).unwrap_or(u32::MAX)).collect()
}

impl Lanes {
    /// How many numbers were scrambled.
    #[must_use]
    pub const fn numbers(&self) -> u64 {
        self.numbers
    }

    /// How many rounds each.
    #[must_use]
    pub const fn rounds(&self) -> u64 {
        self.rounds
    }

    /// The times: the plain loop first, then by lanes, then on all CPUs. Empty
    /// when nothing could be run.
    #[must_use]
    pub fn times(&self) -> &[LaneTime] {
        &self.times
    }

    /// How many times faster `way` was than the plain loop on one CPU; 1 when
    /// nothing could be run.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // Nanoseconds of seconds are exact.
    pub fn speedup(&self, way: &LaneTime) -> f64 {
        let plain = self.times.first().map_or(way.time, |plain| plain.time);
        plain as f64 / way.time.max(1) as f64
    }

    /// `1 CPU x 16 lanes`, the most that one CPU has here.
    #[must_use]
    pub fn on_one_cpu(&self) -> String {
        format!("1 CPU x {} lanes", Instructions::widest().lanes())
    }

    /// What a reader should know about the numbers, with what disturbed the
    /// runs. Full sentences; none on an idle machine with several CPUs.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}
