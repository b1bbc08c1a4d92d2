//! How repeated measurements lie.

use std::fmt;

/// Five numbers that say how repeated measurements lie (Tukey 1977): the
/// least, the quartiles and the most. NaN without measurements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The least.
    pub least: f64,
    /// A quarter of the measurements are below.
    pub lower: f64,
    /// Half of the measurements are below.
    pub median: f64,
    /// A quarter of the measurements are above.
    pub upper: f64,
    /// The most.
    pub most: f64,
}

impl Spread {
    /// Of `values`, those that are finite. Between two measurements the
    /// quartiles are interpolated.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let mut values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let at = |quarters: usize| {
            let place = quarters * values.len().saturating_sub(1);
            let (below, rest) = (place / 4, place % 4);
            let low = values.get(below).copied().unwrap_or(f64::NAN);
            let high = values.get(below + 1).copied().unwrap_or(low);
            // Shares first: the difference of two large numbers overflows.
            let share = rest as f64 / 4.0;
            low * (1.0 - share) + high * share
        };
        Self {
            least: at(0),
            lower: at(1),
            median: at(2),
            upper: at(3),
            most: at(4),
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.2} ({:.2} to {:.2})",
            self.median, self.least, self.most
        )
    }
}
