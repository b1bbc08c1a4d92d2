//! The laws of speedup.
//!
//! Each law comes twice. The plain form returns a number, and NaN where the
//! law says nothing, so that it can be drawn as a curve; the `try_` form says
//! what is wrong instead. Numbers may be of any plain type ([`Number`]). A
//! number of workers need not be whole, and may be infinite: that gives the
//! limit.

use super::error::LawError;
use super::number::Number;

/// Speedup on `n` workers of a program of which the fraction `p` can be split
/// among them: `1 / ((1 - p) + p / n)` (Amdahl 1967).
///
/// NaN unless `p` is between 0 and 1 and `n` at least 1; [`try_amdahl`] says
/// why.
///
/// ```
/// use twoaxes::workers;
///
/// assert_eq!(format!("{:.3}", workers::amdahl(0.8, 4)), "2.500");
/// assert_eq!(workers::amdahl(0.5, f64::INFINITY), 2.0);
/// ```
#[must_use]
pub fn amdahl(p: impl Number, n: impl Number) -> f64 {
    try_amdahl(p, n).unwrap_or(f64::NAN)
}

/// [`amdahl`], or why there is no answer.
///
/// # Errors
///
/// [`LawError`] when `p` is not between 0 and 1, or `n` below 1 or NaN.
pub fn try_amdahl(p: impl Number, n: impl Number) -> Result<f64, LawError> {
    let (p, n) = (fraction("p", p)?, workers(n)?);
    Ok(1.0 / ((1.0 - p) + p / n))
}

/// The speedup that Amdahl's law allows at most, however many the workers:
/// `1 / (1 - p)`; infinite for `p` = 1, NaN unless `p` is between 0 and 1.
#[must_use]
pub fn amdahl_limit(p: impl Number) -> f64 {
    try_amdahl_limit(p).unwrap_or(f64::NAN)
}

/// [`amdahl_limit`], or why there is no answer.
///
/// # Errors
///
/// [`LawError`] when `p` is not between 0 and 1.
pub fn try_amdahl_limit(p: impl Number) -> Result<f64, LawError> {
    try_amdahl(p, f64::INFINITY)
}

/// Scaled speedup on `n` workers: `s + (1 - s) n`, where `s` is the fraction
/// of the *parallel* run's time that is serial (Gustafson 1988). The problem
/// grows with the workers; in [`amdahl`] it stays as it is.
///
/// NaN unless `s` is between 0 and 1 and `n` at least 1; [`try_gustafson`]
/// says why.
///
/// ```
/// assert_eq!(twoaxes::workers::gustafson(0.5, 9), 5.0);
/// ```
#[must_use]
pub fn gustafson(s: impl Number, n: impl Number) -> f64 {
    try_gustafson(s, n).unwrap_or(f64::NAN)
}

/// [`gustafson`], or why there is no answer.
///
/// # Errors
///
/// [`LawError`] when `s` is not between 0 and 1, or `n` below 1 or NaN.
pub fn try_gustafson(s: impl Number, n: impl Number) -> Result<f64, LawError> {
    let (s, n) = (fraction("s", s)?, workers(n)?);
    // Not s + (1 - s) n: 0 times infinity.
    Ok(if s == 1.0 { 1.0 } else { s + (1.0 - s) * n })
}

/// The serial fraction that a measured `speedup` on `n` workers amounts to:
/// `(1/speedup - 1/n) / (1 - 1/n)` (Karp and Flatt 1990).
///
/// Where it grows with `n`, overhead grows, and not the serial part alone is
/// to blame. It is negative for a speedup above `n`. NaN unless `speedup` is
/// above 0 and `n` above 1; [`try_karp_flatt`] says why.
///
/// ```
/// use twoaxes::workers;
///
/// let serial = workers::karp_flatt(workers::amdahl(0.8, 8), 8);
/// assert!((serial - 0.2).abs() < 1e-12);
/// ```
#[must_use]
pub fn karp_flatt(speedup: impl Number, n: impl Number) -> f64 {
    try_karp_flatt(speedup, n).unwrap_or(f64::NAN)
}

/// [`karp_flatt`], or why there is no answer.
///
/// # Errors
///
/// [`LawError`] when `speedup` is not above 0 and finite, or `n` not above 1.
pub fn try_karp_flatt(speedup: impl Number, n: impl Number) -> Result<f64, LawError> {
    let (speedup, n) = (positive("speedup", speedup)?, workers(n)?);
    if n <= 1.0 {
        return Err(LawError::OneWorker(n));
    }
    Ok((1.0 / speedup - 1.0 / n) / (1.0 - 1.0 / n))
}

/// Throughput of `n` workers under the Universal Scalability Law (Gunther
/// 1993): `gamma n / (1 + sigma (n - 1) + kappa n (n - 1))`.
///
/// - `gamma`: what one worker gets done, in any unit of throughput; 1 for a
///   speedup
/// - `sigma`: contention, the share of the work that has to queue; no unit
/// - `kappa`: coherence, the price of each pair of workers that have to agree;
///   no unit. Above 0 it makes the throughput fall beyond [`usl_peak`]; with 0
///   the law is [`amdahl`] with `sigma` = 1 - p
///
/// NaN unless `n` is at least 1, `gamma` above 0, `sigma` and `kappa` at least
/// 0; [`try_usl`] says why.
///
/// ```
/// use twoaxes::workers;
///
/// assert_eq!(workers::usl(1, 1000, 0.05, 0.01), 1000.0);
/// assert!(workers::usl(32, 1, 0.05, 0.01) < workers::usl(10, 1, 0.05, 0.01));
/// ```
#[must_use]
pub fn usl(n: impl Number, gamma: impl Number, sigma: impl Number, kappa: impl Number) -> f64 {
    try_usl(n, gamma, sigma, kappa).unwrap_or(f64::NAN)
}

/// [`usl`], or why there is no answer.
///
/// # Errors
///
/// [`LawError`] when `n` is below 1 or NaN, `gamma` not above 0, or `sigma` or
/// `kappa` below 0; all but `n` have to be finite.
pub fn try_usl(
    n: impl Number,
    gamma: impl Number,
    sigma: impl Number,
    kappa: impl Number,
) -> Result<f64, LawError> {
    let (n, gamma) = (workers(n)?, positive("gamma", gamma)?);
    let (sigma, kappa) = (at_least_0("sigma", sigma)?, at_least_0("kappa", kappa)?);
    Ok(usl_unchecked(n, gamma, sigma, kappa))
}

/// The number of workers with the highest throughput under the Universal
/// Scalability Law: `sqrt((1 - sigma) / kappa)`, but at least 1.
///
/// It is infinite where throughput never falls (`kappa` = 0), and 1 where a
/// second worker already does harm. For a whole number of workers, compare
/// [`usl`] at the two whole numbers around it. NaN unless `sigma` and `kappa`
/// are at least 0; [`try_usl_peak`] says why.
///
/// ```
/// assert_eq!(twoaxes::workers::usl_peak(0.19, 0.01), 9.0);
/// ```
#[must_use]
pub fn usl_peak(sigma: impl Number, kappa: impl Number) -> f64 {
    try_usl_peak(sigma, kappa).unwrap_or(f64::NAN)
}

/// [`usl_peak`], or why there is no answer.
///
/// # Errors
///
/// [`LawError`] when `sigma` or `kappa` is below 0 or not finite.
pub fn try_usl_peak(sigma: impl Number, kappa: impl Number) -> Result<f64, LawError> {
    let (sigma, kappa) = (at_least_0("sigma", sigma)?, at_least_0("kappa", kappa)?);
    Ok(if sigma >= 1.0 {
        1.0
    } else {
        // With kappa = 0 this is infinite, as it should be.
        ((1.0 - sigma) / kappa).sqrt().max(1.0)
    })
}

/// The law in a form that neither overflows for a large `n` nor divides
/// infinity by itself.
pub(super) fn usl_unchecked(n: f64, gamma: f64, sigma: f64, kappa: f64) -> f64 {
    let coherence = if kappa == 0.0 { 0.0 } else { kappa * (n - 1.0) };
    gamma / (1.0 / n + sigma * (1.0 - 1.0 / n) + coherence)
}

fn fraction(name: &'static str, value: impl Number) -> Result<f64, LawError> {
    let value = value.to_f64();
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(LawError::Fraction { name, value })
    }
}

fn workers(n: impl Number) -> Result<f64, LawError> {
    let n = n.to_f64();
    if n >= 1.0 {
        Ok(n)
    } else {
        Err(LawError::Workers(n))
    }
}

fn positive(name: &'static str, value: impl Number) -> Result<f64, LawError> {
    let value = value.to_f64();
    if value > 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(LawError::NotPositive { name, value })
    }
}

fn at_least_0(name: &'static str, value: impl Number) -> Result<f64, LawError> {
    let value = value.to_f64();
    if value >= 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(LawError::Negative { name, value })
    }
}
