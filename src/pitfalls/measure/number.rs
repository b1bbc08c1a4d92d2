//! What several repetitions of one run say together, and how a time is said.

/// Of some runs, the one whose `key` is in the middle.
pub(in crate::pitfalls) fn middle<T>(mut runs: Vec<T>, key: impl Fn(&T) -> f64) -> Option<T> {
    runs.sort_by(|a, b| key(a).total_cmp(&key(b)));
    let at = runs.len().checked_sub(1)? / 2;
    Some(runs.swap_remove(at))
}

/// A time in nanoseconds as people say it, with three digits; a dash for NaN,
/// where nothing was measured.
pub(in crate::pitfalls) fn time(nanoseconds: f64) -> String {
    if nanoseconds.is_nan() {
        return "-".to_owned();
    }
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
