//! What a fit found.

use std::fmt;

use super::super::law::{amdahl, amdahl_limit, usl, usl_peak};
use super::super::number::Number;
use super::search::Found;

/// A parameter as it was fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value with the least squares.
    pub value: f64,
    /// Its standard error, in the unit of the value: about two thirds of all
    /// repetitions of the measurement would give a value that near to the true
    /// one, if the law holds and the noise is the same everywhere. `None` where
    /// there are too few points to tell, or the value is at its bound.
    pub standard_error: Option<f64>,
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = digits(self.value);
        match self.standard_error {
            Some(error) => write!(f, "{value} (standard error {error:.2e})"),
            None => write!(f, "{value}"),
        }
    }
}

/// Four decimals, but at least four digits that are not leading zeros: kappa
/// is often 0.0001 and less.
fn digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if !(9.995e-4..1e9).contains(&size) => format!("{value:.3e}"),
        size if size < 0.01 => format!("{value:.6}"),
        size if size < 0.1 => format!("{value:.5}"),
        _ => format!("{value:.4}"),
    }
}

/// The Universal Scalability Law, fitted by [`super::fit_usl`].
#[derive(Debug, Clone, PartialEq)]
pub struct UslFit {
    /// Throughput of one worker, in the unit of the points.
    pub gamma: Estimate,
    /// Contention, no unit.
    pub sigma: Estimate,
    /// Coherence, no unit.
    pub kappa: Estimate,
    /// The share of the throughput's variance that the curve explains, at most
    /// 1; NaN if all throughputs are equal.
    pub r_squared: f64,
    /// Measured less fitted, in the unit and order of the points.
    pub residuals: Vec<f64>,
    /// The points, as (workers, throughput).
    pub points: Vec<(f64, f64)>,
    /// What a reader should know; full sentences.
    pub notes: Vec<String>,
}

impl UslFit {
    pub(super) fn new(points: Vec<(f64, f64)>, found: &Found) -> Self {
        let [gamma, sigma, kappa] = found.estimates();
        let mut notes = found.notes(points.len());
        if sigma.value == 0.0 {
            notes.push(
                "sigma is at its bound 0: the points show no contention. The other standard \
                 errors hold if there is none."
                    .to_owned(),
            );
        }
        if kappa.value == 0.0 {
            notes.push(
                "kappa is at its bound 0: the points show no price of agreement, so there is no \
                 peak. The other standard errors hold if there is none."
                    .to_owned(),
            );
        }
        let most = points.iter().map(|point| point.0).fold(0.0, f64::max);
        let peak = usl_peak(sigma.value, kappa.value);
        if peak.is_finite() && peak > most {
            notes.push(format!(
                "The peak at {peak:.1} workers lies beyond the points, which end at {most}: \
                 it is a forecast."
            ));
        }
        let law = |n| usl(n, gamma.value, sigma.value, kappa.value);
        let (residuals, r_squared) = residuals(&points, law);
        Self {
            gamma,
            sigma,
            kappa,
            r_squared,
            residuals,
            points,
            notes,
        }
    }

    /// The fitted throughput of `n` workers, in the unit of the points; NaN
    /// below 1 worker.
    #[must_use]
    pub fn at(&self, n: impl Number) -> f64 {
        usl(n, self.gamma.value, self.sigma.value, self.kappa.value)
    }

    /// The number of workers with the highest fitted throughput
    /// ([`usl_peak`]); infinite if it never falls.
    #[must_use]
    pub fn peak(&self) -> f64 {
        usl_peak(self.sigma.value, self.kappa.value)
    }
}

impl fmt::Display for UslFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Universal Scalability Law")?;
        writeln!(f, "gamma  {}", self.gamma)?;
        writeln!(f, "sigma  {}", self.sigma)?;
        writeln!(f, "kappa  {}", self.kappa)?;
        write!(f, "R^2    {:.4}", self.r_squared)?;
        self.notes.iter().try_for_each(|note| write!(f, "\n{note}"))
    }
}

/// Amdahl's law, fitted by [`super::fit_amdahl`].
#[derive(Debug, Clone, PartialEq)]
pub struct AmdahlFit {
    /// The fraction that can be split among workers; no unit.
    pub p: Estimate,
    /// The share of the speedup's variance that the curve explains, at most 1;
    /// NaN if all speedups are equal.
    pub r_squared: f64,
    /// Measured less fitted, in the order of the points.
    pub residuals: Vec<f64>,
    /// The points, as (workers, speedup).
    pub points: Vec<(f64, f64)>,
    /// What a reader should know; full sentences.
    pub notes: Vec<String>,
}

impl AmdahlFit {
    pub(super) fn new(points: Vec<(f64, f64)>, found: &Found) -> Self {
        let [_, sigma, _] = found.estimates();
        let p = Estimate {
            value: 1.0 - sigma.value,
            standard_error: sigma.standard_error,
        };
        let mut notes = found.notes(points.len());
        if p.value >= 1.0 {
            notes.push(
                "p is at its bound 1: the points show no serial part, or a speedup above the \
                 number of workers."
                    .to_owned(),
            );
        }
        if p.value <= 0.0 {
            notes.push(
                "p is at its bound 0: the points show no speedup at all, or a slowdown, which \
                 Amdahl's law does not know; fit_usl does."
                    .to_owned(),
            );
        }
        let (residuals, r_squared) = residuals(&points, |n| amdahl(p.value, n));
        Self {
            p,
            r_squared,
            residuals,
            points,
            notes,
        }
    }

    /// The fitted speedup on `n` workers; NaN below 1 worker.
    #[must_use]
    pub fn at(&self, n: impl Number) -> f64 {
        amdahl(self.p.value, n)
    }

    /// The speedup that the fitted law allows at most ([`amdahl_limit`]).
    #[must_use]
    pub fn limit(&self) -> f64 {
        amdahl_limit(self.p.value)
    }
}

impl fmt::Display for AmdahlFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Amdahl's law")?;
        writeln!(f, "p      {}", self.p)?;
        write!(f, "R^2    {:.4}", self.r_squared)?;
        self.notes.iter().try_for_each(|note| write!(f, "\n{note}"))
    }
}

impl Found {
    fn estimates(&self) -> [Estimate; 3] {
        [0, 1, 2].map(|index| Estimate {
            value: self.parameters[index],
            standard_error: self.errors[index],
        })
    }

    fn notes(&self, points: usize) -> Vec<String> {
        let free = self.free.iter().filter(|free| **free).count();
        if points > free {
            return Vec::new();
        }
        vec![format!(
            "{points} points for {free} parameters: the curve goes through them, and nothing \
             tells how sure the parameters are."
        )]
    }
}

/// Measured less fitted, and the share of the variance that is explained.
fn residuals(points: &[(f64, f64)], law: impl Fn(f64) -> f64) -> (Vec<f64>, f64) {
    let residuals: Vec<f64> = points.iter().map(|(n, x)| x - law(*n)).collect();
    // In units of the largest, whose square may be too large for an f64.
    let scale = points.iter().map(|point| point.1).fold(0.0, f64::max);
    let sum = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, |sum, value| sum + value);
    #[allow(clippy::cast_precision_loss)]
    let mean = sum(&mut points.iter().map(|(_, x)| x / scale)) / points.len() as f64;
    let around_mean = sum(&mut points.iter().map(|(_, x)| (x / scale - mean).powi(2)));
    let around_curve = sum(&mut residuals.iter().map(|r| (r / scale).powi(2)));
    let r_squared = match around_mean {
        0.0 => f64::NAN,
        _ => 1.0 - around_curve / around_mean,
    };
    (residuals, r_squared)
}
