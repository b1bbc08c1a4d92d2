//! The search for the least squares, by Levenberg and Marquardt's method.
//!
//! Bounds: the least squares within bounds are those without, or those with
//! some parameters held at their bounds. There are few parameters, so every
//! such set is searched, and the best result within all bounds is taken.

use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt};
use nalgebra::storage::Owned;
use nalgebra::{DMatrix, DVector, Dyn, SVD, U1};

use super::error::FitError;

/// gamma, sigma, kappa.
pub(super) type Parameters = [f64; 3];

/// Below this ratio of the singular values of the Jacobian, with columns of
/// length 1, the points do not tell the parameters apart.
const INDISTINCT: f64 = 1e-7;

/// An end to searches for singular values, which take a few steps each.
const MOST_STEPS: usize = 1000;

/// One set of free parameters; the others are held.
pub(super) struct Start {
    free: [bool; 3],
    held: Parameters,
    most_sigma: f64,
}

impl Start {
    /// Held parameters are 0.
    pub(super) fn usl(free: [bool; 3]) -> Self {
        Self {
            free,
            held: [0.0; 3],
            most_sigma: f64::INFINITY,
        }
    }

    /// Only sigma = 1 - p is free, or held.
    pub(super) fn amdahl(sigma: Option<f64>) -> Self {
        Self {
            free: [false, sigma.is_none(), false],
            held: [1.0, sigma.unwrap_or(0.0), 0.0],
            most_sigma: 1.0,
        }
    }

    fn allows(&self, [gamma, sigma, kappa]: Parameters) -> bool {
        let sigma_fits = (0.0..=self.most_sigma).contains(&sigma);
        gamma > 0.0 && gamma.is_finite() && sigma_fits && (0.0..f64::INFINITY).contains(&kappa)
    }
}

/// A fit: parameters, and their standard errors where they are known.
pub(super) struct Found {
    pub(super) parameters: Parameters,
    pub(super) errors: [Option<f64>; 3],
    pub(super) free: [bool; 3],
}

/// The best fit among `starts`. The points have been checked.
pub(super) fn best(
    points: &[(f64, f64)],
    starts: &[Start],
    law: &'static str,
) -> Result<Found, FitError> {
    // Throughput in units of the largest, so that all parameters are of
    // moderate size; not for speedups, whose unit is fixed.
    let scale = match starts.iter().any(|start| start.free[0]) {
        true => points.iter().map(|point| point.1).fold(0.0, f64::max),
        false => 1.0,
    };
    let scaled: Vec<(f64, f64)> = points.iter().map(|(n, x)| (*n, x / scale)).collect();
    let candidates = starts.iter().filter_map(|start| {
        let curve = search(&scaled, start)?;
        start.allows(curve.parameters).then_some(curve)
    });
    let best = candidates
        .min_by(|one, other| one.squares().total_cmp(&other.squares()))
        .ok_or(FitError::NoFit { law })?;
    let mut errors = best.errors(law)?;
    let mut parameters = best.parameters;
    if best.free[0] {
        parameters[0] *= scale;
        errors[0] = errors[0].map(|error| error * scale);
    }
    Ok(Found {
        parameters,
        errors,
        free: best.free,
    })
}

fn search<'a>(points: &'a [(f64, f64)], start: &Start) -> Option<Curve<'a>> {
    let mut parameters = linear(points);
    for (index, value) in parameters.iter_mut().enumerate() {
        if !start.free[index] {
            *value = start.held[index];
        }
    }
    let curve = Curve {
        points,
        free: start.free,
        parameters,
    };
    if curve.free == [false; 3] {
        return Some(curve);
    }
    let (curve, report) = LevenbergMarquardt::new().minimize(curve);
    let found = report.termination.was_successful() && curve.squares().is_finite();
    found.then_some(curve)
}

/// Where to begin: 1/x is linear in 1/gamma, sigma/gamma and kappa/gamma. The
/// weights make its residuals about those of x.
fn linear(points: &[(f64, f64)]) -> Parameters {
    let rows = points.len();
    let most = points.iter().map(|point| point.1).fold(0.0, f64::max);
    let matrix = DMatrix::from_fn(rows, 3, |row, column| {
        let (n, x) = (points[row].0, points[row].1 / most);
        x * x * [1.0 / n, 1.0 - 1.0 / n, n - 1.0][column]
    });
    let wanted = DVector::from_fn(rows, |row, _| points[row].1 / most);
    let solved = decomposed(matrix, true).and_then(|svd| svd.solve(&wanted, 1e-12).ok());
    match solved.as_ref().map(DVector::as_slice) {
        Some(&[one, contention, coherence]) if one > 0.0 && one.is_finite() => [
            most / one,
            (contention / one).max(0.0),
            (coherence / one).max(0.0),
        ],
        _ => [
            points.iter().map(|(n, x)| x / n).fold(0.0, f64::max),
            0.1,
            0.0,
        ],
    }
}

/// The singular values, with their vectors if wanted. The library panics on
/// NaN and infinity, so they are not let in.
fn decomposed(matrix: DMatrix<f64>, vectors: bool) -> Option<SVD<f64, Dyn, Dyn>> {
    if matrix.iter().any(|value| !value.is_finite()) {
        return None;
    }
    matrix.try_svd(vectors, vectors, f64::EPSILON, MOST_STEPS)
}

/// The law with some parameters, over the points.
struct Curve<'a> {
    points: &'a [(f64, f64)],
    free: [bool; 3],
    parameters: Parameters,
}

impl Curve<'_> {
    /// `gamma / denominator` is the law.
    fn denominator(&self, n: f64) -> f64 {
        let [_, sigma, kappa] = self.parameters;
        1.0 / n + sigma * (1.0 - 1.0 / n) + kappa * (n - 1.0)
    }

    fn residual(&self, (n, x): (f64, f64)) -> f64 {
        let denominator = self.denominator(n);
        if denominator > 0.0 {
            self.parameters[0] / denominator - x
        } else {
            // Beyond the pole: so wrong that no search stays there.
            1e9
        }
    }

    fn squares(&self) -> f64 {
        let residuals = self.points.iter().map(|&point| self.residual(point));
        residuals.map(|residual| residual * residual).sum()
    }

    fn free_parameters(&self) -> impl Iterator<Item = usize> {
        let free = self.free;
        (0..3).filter(move |index| free[*index])
    }

    fn jacobian_matrix(&self) -> DMatrix<f64> {
        let free: Vec<usize> = self.free_parameters().collect();
        DMatrix::from_fn(self.points.len(), free.len(), |row, column| {
            let n = self.points[row].0;
            let denominator = self.denominator(n);
            let slope = -self.parameters[0] / (denominator * denominator);
            match free[column] {
                0 => 1.0 / denominator,
                1 => slope * (1.0 - 1.0 / n),
                _ => slope * (n - 1.0),
            }
        })
    }

    /// The square roots of the diagonal of `s^2 (J^T J)^-1`, with `s^2` the
    /// squares over points less free parameters; none where there are no more
    /// points than free parameters.
    fn errors(&self, law: &'static str) -> Result<[Option<f64>; 3], FitError> {
        let mut errors = [None; 3];
        let mut jacobian = self.jacobian_matrix();
        if jacobian.ncols() == 0 {
            return Ok(errors);
        }
        let lengths: Vec<f64> = jacobian.column_iter().map(|column| column.norm()).collect();
        for (mut column, length) in jacobian.column_iter_mut().zip(&lengths) {
            column /= *length;
        }
        let refused = |parts| FitError::Unidentified { law, parts };
        if jacobian.iter().any(|slope| !slope.is_finite()) {
            return Err(refused(f64::INFINITY));
        }
        let svd = jacobian
            .clone()
            .try_svd(false, false, f64::EPSILON, MOST_STEPS);
        let svd = svd.ok_or(refused(f64::INFINITY))?;
        let (most, least) = (svd.singular_values.max(), svd.singular_values.min());
        if least <= most * INDISTINCT {
            return Err(refused(most / least));
        }
        let spare = self.points.len().saturating_sub(lengths.len());
        let inverse = (jacobian.transpose() * &jacobian).try_inverse();
        let inverse = inverse.ok_or(refused(most / least))?;
        if spare > 0 {
            #[allow(clippy::cast_precision_loss)]
            let variance = self.squares() / spare as f64;
            for (column, index) in self.free_parameters().enumerate() {
                let error = (variance * inverse[(column, column)]).sqrt() / lengths[column];
                errors[index] = Some(error);
            }
        }
        Ok(errors)
    }
}

impl LeastSquaresProblem<f64, Dyn, Dyn> for Curve<'_> {
    type ParameterStorage = Owned<f64, Dyn, U1>;
    type ResidualStorage = Owned<f64, Dyn, U1>;
    type JacobianStorage = Owned<f64, Dyn, Dyn>;

    fn set_params(&mut self, values: &DVector<f64>) {
        let free: Vec<usize> = self.free_parameters().collect();
        for (index, value) in free.into_iter().zip(values.iter()) {
            self.parameters[index] = *value;
        }
    }

    fn params(&self) -> DVector<f64> {
        let free: Vec<usize> = self.free_parameters().collect();
        DVector::from_fn(free.len(), |row, _| self.parameters[free[row]])
    }

    fn residuals(&self) -> Option<DVector<f64>> {
        let residual = |row: usize, _| self.residual(self.points[row]);
        Some(DVector::from_fn(self.points.len(), residual))
    }

    fn jacobian(&self) -> Option<DMatrix<f64>> {
        Some(self.jacobian_matrix())
    }
}
