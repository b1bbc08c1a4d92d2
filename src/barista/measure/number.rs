//! Times as a reader sees them.

/// Nanoseconds as milliseconds, with two digits.
pub(super) fn in_ms(nanoseconds: u64) -> String {
    let hundredths = nanoseconds.saturating_add(5_000) / 10_000;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
