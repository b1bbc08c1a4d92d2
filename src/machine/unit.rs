//! A fixed amount of computation that takes about a millisecond here.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Knuth's constants (MMIX) for a linear congruential generator modulo 2^64.
const FACTOR: u64 = 6_364_136_223_846_793_005;
const SUMMAND: u64 = 1_442_695_040_888_963_407;

/// Long enough to be timed, short enough that some pass undisturbed.
const TRIAL: u64 = 100_000;
const TRIALS: u32 = 15;
/// No CPU does a round in a tenth of a nanosecond: a clock that says so counts
/// in steps longer than a trial, and a unit must not take minutes for that.
const LEAST: u128 = 10_000;
const MILLISECOND: Duration = Duration::from_millis(1);

/// An amount of computation: so many rounds of a linear congruential
/// generator, each of which needs the one before. No timer is in it, so it
/// takes twice as long on a CPU that it gets only half of.
///
/// The result can be checked without computing it again round by round:
/// [`Unit::expected`] jumps ahead (Brown 1994) in a few dozen steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    rounds: u64,
}

/// The unit that takes about 1 ms of one CPU here. It is measured at the first
/// call, which takes a few milliseconds, and stays the same in this process.
#[must_use]
pub fn unit() -> Unit {
    static UNIT: OnceLock<Unit> = OnceLock::new();
    *UNIT.get_or_init(|| {
        let trial = Unit { rounds: TRIAL };
        let time = |number: u32| {
            let began = Instant::now();
            black_box(trial.compute(1, u64::from(number)));
            began.elapsed()
        };
        // Interruptions only ever lengthen a trial.
        let shortest = (0..TRIALS).map(time).min().unwrap_or(MILLISECOND);
        Unit::of_rounds(rounds(shortest))
    })
}

/// How many rounds take a millisecond, if a trial takes `shortest`.
pub(super) fn rounds(shortest: Duration) -> u64 {
    let nanoseconds = shortest.as_nanos().max(LEAST);
    let rounds = u128::from(TRIAL) * MILLISECOND.as_nanos() / nanoseconds;
    u64::try_from(rounds).unwrap_or(TRIAL)
}

impl Unit {
    /// A unit of so many rounds, at least one.
    #[must_use]
    pub fn of_rounds(rounds: u64) -> Self {
        Self {
            rounds: rounds.max(1),
        }
    }

    /// How many rounds one unit is.
    #[must_use]
    pub const fn rounds(self) -> u64 {
        self.rounds
    }

    /// Computes `units` units from `seed`, on the calling thread.
    #[must_use]
    #[inline(never)]
    pub fn compute(self, units: u64, seed: u64) -> u64 {
        let mut state = seed;
        for _ in 0..self.rounds.saturating_mul(units) {
            state = state.wrapping_mul(FACTOR).wrapping_add(SUMMAND);
        }
        black_box(state)
    }

    /// What [`Unit::compute`] has to return, by jumping ahead.
    #[must_use]
    pub fn expected(self, units: u64, seed: u64) -> u64 {
        // The map x -> factor * x + summand, applied 2^0, 2^1, .. times.
        let (mut factor, mut summand) = (FACTOR, SUMMAND);
        let mut left = self.rounds.saturating_mul(units);
        let mut state = seed;
        while left > 0 {
            if left & 1 == 1 {
                state = state.wrapping_mul(factor).wrapping_add(summand);
            }
            summand = summand.wrapping_mul(factor.wrapping_add(1));
            factor = factor.wrapping_mul(factor);
            left >>= 1;
        }
        state
    }
}
