//! What several repetitions of one run say together.

/// The smallest, the middle and the largest of some measured values.
///
/// The middle one is what a run usually gives: a disturbed repetition moves
/// it little. The other two say how far to trust it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The smallest.
    pub least: f64,
    /// The median: of an even number of values, the smaller one in the middle.
    pub median: f64,
    /// The largest.
    pub most: f64,
}

impl Spread {
    /// Of `values`; zeros without any. NaN counts as larger than all numbers.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let mut ordered = values.to_vec();
        ordered.sort_by(f64::total_cmp);
        let at = |place: usize| ordered.get(place).copied().unwrap_or(0.0);
        let last = ordered.len().saturating_sub(1);
        Self {
            least: at(0),
            median: at(last / 2),
            most: at(last),
        }
    }
}

/// Of some runs, the one whose `key` is in the middle.
pub(in crate::pitfalls) fn middle<T>(mut runs: Vec<T>, key: impl Fn(&T) -> f64) -> Option<T> {
    runs.sort_by(|a, b| key(a).total_cmp(&key(b)));
    let at = runs.len().checked_sub(1)? / 2;
    Some(runs.swap_remove(at))
}

/// A time in nanoseconds as people say it, with three digits.
pub(in crate::pitfalls) fn time(nanoseconds: f64) -> String {
    let units = [(1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")];
    let fits = units.iter().rev().find(|(size, _)| nanoseconds >= *size);
    let (size, unit) = fits.copied().unwrap_or((1.0, "ns"));
    let value = nanoseconds / size;
    let digits = match value {
        0.0 => 0,
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}
