//! Fits: the law behind a series of measurements, by least squares, with
//! standard errors, or the reason why the measurements do not tell.
//!
//! Both laws are fitted as one: Amdahl's is the Universal Scalability Law with
//! gamma = 1, sigma = 1 - p and kappa = 0.

mod curve;
mod error;
mod search;

pub use curve::{AmdahlFit, Estimate, UslFit};
pub use error::FitError;

use self::search::{Start, best};
use super::number::Number;

/// Beyond this, the squares of the numbers of workers leave nothing to tell.
const MOST_WORKERS: f64 = 1e9;

/// Fits the Universal Scalability Law to `(workers, throughput)` points:
/// `gamma`, `sigma` and `kappa` with the smallest sum of squared residuals, in
/// units of throughput, among `sigma >= 0` and `kappa >= 0`.
///
/// Three parameters need at least three different numbers of workers; with
/// just three points the curve goes through them and no standard error can be
/// told. Where a parameter is at its bound 0, [`UslFit::notes`] says so.
///
/// # Errors
///
/// [`FitError`] when a number of workers is not between 1 and a billion, a
/// throughput not above 0 and finite, or the points do not identify the
/// parameters.
///
/// ```
/// use twoaxes::workers;
///
/// let measured = [(1, 100.0), (2, 190.0), (4, 340.0), (8, 530.0), (16, 650.0)];
/// let fit = workers::fit_usl(&measured)?;
/// assert!(fit.r_squared > 0.99);
/// assert!((10.0..40.0).contains(&fit.peak()));
///
/// let refused = workers::fit_usl(&measured[..2]).unwrap_err();
/// assert!(refused.to_string().contains("at least 3"));
/// # Ok::<(), twoaxes::workers::FitError>(())
/// ```
pub fn fit_usl<N: Number, X: Number>(points: &[(N, X)]) -> Result<UslFit, FitError> {
    let points = checked(points, "throughput")?;
    let found = distinct(points.iter().map(|point| point.0));
    if found < 3 {
        return Err(FitError::TooFew {
            law: "the Universal Scalability Law",
            needed: 3,
            found,
        });
    }
    // Each set of parameters that may be free, the others at their bounds.
    let starts = [
        Start::usl([true, true, true]),
        Start::usl([true, true, false]),
        Start::usl([true, false, true]),
        Start::usl([true, false, false]),
    ];
    let best = best(&points, &starts, "the Universal Scalability Law")?;
    Ok(UslFit::new(points, &best))
}

/// Fits Amdahl's law to `(workers, speedup)` points: the parallel fraction `p`
/// between 0 and 1 with the smallest sum of squared residuals.
///
/// A speedup is against one worker, so it takes at least one point with more
/// than one. Where `p` is at a bound, [`AmdahlFit::notes`] says so.
///
/// # Errors
///
/// [`FitError`] when a number of workers is not between 1 and a billion, a speedup
/// not above 0 and finite, or all points have one worker.
///
/// ```
/// use twoaxes::workers;
///
/// let fit = workers::fit_amdahl(&[(2, 1.667), (4, 2.5), (8, 3.333)])?;
/// assert!((fit.p.value - 0.8).abs() < 0.001);
/// assert_eq!(fit.limit().round(), 5.0);
/// # Ok::<(), twoaxes::workers::FitError>(())
/// ```
pub fn fit_amdahl<N: Number, S: Number>(points: &[(N, S)]) -> Result<AmdahlFit, FitError> {
    let points = checked(points, "speedup")?;
    if !points.iter().any(|point| point.0 > 1.0) {
        return Err(match points.len() {
            0 => FitError::TooFew {
                law: "Amdahl's law",
                needed: 1,
                found: 0,
            },
            _ => FitError::OneWorker,
        });
    }
    let starts = [
        Start::amdahl(None),
        Start::amdahl(Some(0.0)),
        Start::amdahl(Some(1.0)),
    ];
    let best = best(&points, &starts, "Amdahl's law")?;
    Ok(AmdahlFit::new(points, &best))
}

fn checked<N: Number, X: Number>(
    points: &[(N, X)],
    what: &'static str,
) -> Result<Vec<(f64, f64)>, FitError> {
    let points = points.iter().map(|(n, x)| (n.to_f64(), x.to_f64()));
    let check = |(index, (n, value)): (usize, (f64, f64))| {
        if !(1.0..=MOST_WORKERS).contains(&n) {
            Err(FitError::Workers { index, n })
        } else if !(value > 0.0 && value.is_finite()) {
            Err(FitError::Value { index, what, value })
        } else {
            Ok((n, value))
        }
    };
    points.enumerate().map(check).collect()
}

fn distinct(numbers: impl Iterator<Item = f64>) -> usize {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    numbers.len()
}
