//! The same operations on more and more workers.

use crate::pitfalls::range::{Range, RangeError, count, real, wide};
use crate::workers;

use super::simulate::{INSIDE, OPERATIONS, OUTSIDE, WORKERS, simulate};

/// The speedups with one number of workers. Ratios, without a unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// How many workers there are.
    pub workers: usize,
    /// Simulated, with one lock.
    pub simulated: f64,
    /// Simulated, with a share for each worker.
    pub repaired: f64,
    /// Amdahl's law with the share inside of the lock as the serial share.
    pub amdahl: f64,
    /// What cannot be beaten: `min(N, 1/s)`.
    pub limit: f64,
    /// The serial share that the simulated speedup looks like (Karp and Flatt
    /// 1990); NaN for one worker, which shows nothing.
    pub karp_flatt: f64,
}

/// The speedups with 1, 2, 3 and more workers; see [`curve`].
#[derive(Debug, Clone, PartialEq)]
pub struct Speedups {
    points: Vec<Point>,
}

impl Speedups {
    /// One point for each number of workers, from 1 on.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }
}

/// The speedups of [`simulate`] for 1 to `workers` workers. The numbers are
/// limited as there.
///
/// With operations that are a multiple of all numbers of workers (840 is, up
/// to 8) the simulated speedup lies between Amdahl's law and the limit. With
/// others it may fall below: the last round is not full.
#[must_use]
pub fn curve(operations: usize, outside: u64, inside: u64, workers: usize) -> Speedups {
    let nearest = |range: Range, value| range.nearest(value, &mut Vec::new());
    let inside = nearest(INSIDE, inside);
    let outside = nearest(OUTSIDE, outside);
    let operations = count(nearest(OPERATIONS, wide(operations)));
    let most = count(nearest(WORKERS, wide(workers)));
    let point = |number| point(operations, outside, inside, number);
    Speedups {
        points: (1..=most).map(point).collect(),
    }
}

/// The point of `number` workers.
pub(super) fn point(operations: usize, outside: u64, inside: u64, number: usize) -> Point {
    let share = real(inside) / real(outside + inside);
    let run = simulate(operations, outside, inside, number);
    let n = real(wide(number));
    let simulated = run.broken.speedup();
    Point {
        workers: number,
        simulated,
        repaired: run.repaired.speedup(),
        amdahl: workers::amdahl(1.0 - share, n),
        limit: run.limit(),
        karp_flatt: workers::karp_flatt(simulated, n),
    }
}

/// [`curve`], but it refuses what it cannot simulate as asked.
///
/// # Errors
///
/// [`RangeError`] for a number outside of its range.
pub fn try_curve(
    operations: usize,
    outside: u64,
    inside: u64,
    workers: usize,
) -> Result<Speedups, RangeError> {
    OPERATIONS.check(wide(operations))?;
    OUTSIDE.check(outside)?;
    INSIDE.check(inside)?;
    WORKERS.check(wide(workers))?;
    Ok(curve(operations, outside, inside, workers))
}
