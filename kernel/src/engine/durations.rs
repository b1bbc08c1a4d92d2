//! Lengths of time as people write and read them.

use std::time::Duration;

/// The units of a written time, by how many there are in a second.
const UNITS: [(&str, f64); 4] = [("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];

/// `10s`, `1.5 s`, `500ms`, `2m` or `1h`, if it is that and not nothing.
pub fn parse(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit_at);
    let (_, seconds) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    let number: f64 = number.trim().parse().ok()?;
    let time = Duration::try_from_secs_f64(number * seconds).ok()?;
    (!time.is_zero()).then_some(time)
}

/// With three digits that count.
pub fn text(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let (number, unit) = match seconds {
        0.0 => return "0 s".to_owned(),
        s if s < 0.9995e-6 => (s * 1e9, "ns"),
        s if s < 0.9995e-3 => (s * 1e6, "µs"),
        s if s < 0.9995 => (s * 1e3, "ms"),
        s if s < 119.5 => (s, "s"),
        s if s < 7199.5 => (s / 60.0, "min"),
        s => (s / 3600.0, "h"),
    };
    let digits = match number {
        n if n < 9.995 => 2,
        n if n < 99.95 => 1,
        _ => 0,
    };
    format!("{number:.digits$} {unit}")
}

/// As [`text`], without digits that say nothing: `10 s`, as somebody has written it.
pub fn exact(time: Duration) -> String {
    let text = text(time);
    let Some((number, unit)) = text.split_once(' ') else {
        return text;
    };
    match number.contains('.') {
        true => {
            let number = number.trim_end_matches('0').trim_end_matches('.');
            format!("{number} {unit}")
        }
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        for (written, expected) in [
            ("10s", Some("10 s")),
            ("1.5 s", Some("1.5 s")),
            ("500ms", Some("500 ms")),
            ("2m", Some("2 min")),
            ("1h", Some("60 min")),
            ("3h", Some("3 h")),
            ("0.05ms", Some("50 µs")),
            ("100s", Some("100 s")),
            ("0s", None),
            ("-1s", None),
            ("10", None),
            ("10 days", None),
            ("s", None),
            ("1e400s", None),
            ("", None),
        ] {
            assert_eq!(parse(written).map(exact).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn three_digits_count() {
        for (seconds, expected) in [
            (0.0, "0 s"),
            (3e-9, "3.00 ns"),
            (12.34e-6, "12.3 µs"),
            (0.99951, "1.00 s"),
            (0.1823, "182 ms"),
            (61.0, "61.0 s"),
            (300.0, "5.00 min"),
            (9000.0, "2.50 h"),
        ] {
            let time = Duration::from_secs_f64(seconds);
            assert_eq!(text(time), expected);
        }
    }
}
