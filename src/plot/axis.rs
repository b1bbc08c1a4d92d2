//! An axis of numbers: where it begins and ends, what its ticks are, and where
//! a number stands on it.

/// The most ticks that an axis of powers has.
const MOST_POWERS: i32 = 11;

/// From the first to the last value of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Axis {
    /// Equal differences have equal lengths; ticks are `step` apart.
    Linear { from: f64, to: f64, step: f64 },
    /// Equal ratios have equal lengths; ticks are at base^from,
    /// base^(from + every), ...
    Powers {
        base: f64,
        from: i32,
        to: i32,
        every: i32,
    },
}

impl Axis {
    /// An axis over `values` that begins and ends at a tick. Between whole
    /// numbers, which count something, there is no tick.
    pub(super) fn over(values: impl Iterator<Item = f64>) -> Self {
        let mut whole = true;
        let (low, high) = bounds(values.inspect(|value| whole &= value.fract() == 0.0));
        let (low, high) = match high - low {
            length if !length.is_finite() => (0.0, 1.0),
            0.0 if low == 0.0 => (0.0, 1.0),
            length if length <= low.abs().max(high.abs()) * 1e-9 => (low - 1.0, low + 1.0),
            _ => (low, high),
        };
        let rough = (high - low) / 6.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
        let step = step
            .into_iter()
            .find(|step| *step >= rough && (*step >= 1.0 || !whole))
            .unwrap_or(if whole { rough.max(1.0) } else { rough });
        Self::Linear {
            from: (low / step).floor() * step,
            to: (high / step).ceil() * step,
            step,
        }
    }

    /// An axis of powers of `base`, 2 or more, over those of `values` that are
    /// above zero.
    pub(super) fn powers(base: f64, values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = bounds(values.filter(|value| *value > 0.0));
        if !(high - low).is_finite() {
            return Self::Powers {
                base,
                from: 0,
                to: 1,
                every: 1,
            };
        }
        // A f64 is between 2^-1074 and 2^1024, and rounding must not add a tick.
        let power = |v: f64| v.log2() / base.log2();
        let from = (power(low) + 1e-9).floor() as i32;
        let to = (power(high) - 1e-9).ceil() as i32;
        let every = ((to - from) / MOST_POWERS + 1).max(1);
        let steps = ((to - from).max(1) + every - 1) / every;
        Self::Powers {
            base,
            from,
            to: from + steps * every,
            every,
        }
    }

    pub(super) fn ticks(&self) -> Vec<f64> {
        match *self {
            Self::Linear { from, to, step } => {
                let count = ((to - from) / step).round().clamp(1.0, 20.0) as u32;
                let tick = |k: u32| from + f64::from(k) * step;
                // A sum of steps may miss zero by a hair.
                let clean = |v: f64| if v.abs() < step * 1e-9 { 0.0 } else { v };
                (0..=count).map(tick).map(clean).collect()
            }
            Self::Powers {
                base,
                from,
                to,
                every,
            } => {
                let ticks = (0..=(to - from) / every).map(|k| from + k * every);
                ticks.map(|power| base.powi(power)).collect()
            }
        }
    }

    /// Where `value` is between the pixels `first` and `last`; outside of the
    /// axis it is at its end.
    pub(super) fn place(&self, value: f64, first: i32, last: i32) -> i32 {
        let share = match *self {
            Self::Linear { from, to, .. } => (value - from) / (to - from),
            Self::Powers { base, from, to, .. } => {
                let power = value.max(0.0).log2() / base.log2();
                (power - f64::from(from)) / f64::from(to - from)
            }
        };
        let pixels = f64::from(last - first) * share.clamp(0.0, 1.0);
        first + pixels.round() as i32
    }

    /// Whether the axis has a place for `value`.
    pub(super) fn holds(&self, value: f64) -> bool {
        match self {
            Self::Linear { .. } => value.is_finite(),
            Self::Powers { .. } => value > 0.0,
        }
    }
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    })
}

/// At most four significant digits, without zeros that say nothing.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs().log10().floor();
    if !(-4.0..9.0).contains(&size) {
        return format!("{value:.2e}");
    }
    let decimals = (3.0 - size).clamp(0.0, 7.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let check = |value, expected: &str| assert_eq!(number(value), expected);
        check(0.0, "0");
        check(40.0, "40");
        check(8000.0, "8000");
        check(1.0 / 3.0, "0.3333");
        check(2.5, "2.5");
        check(-0.05, "-0.05");
        check(123_456.7, "123457");
        check(1e12, "1.00e12");
    }

    #[test]
    fn axes_begin_and_end_at_ticks() {
        let check = |values: &[f64], expected: (f64, f64, usize)| {
            let ticks = Axis::over(values.iter().copied()).ticks();
            assert_eq!((ticks[0], ticks[ticks.len() - 1], ticks.len()), expected);
        };
        check(&[0.0, 80.0], (0.0, 80.0, 5));
        check(&[1.0, 8.0], (0.0, 8.0, 5));
        check(&[-3.0, 3.0], (-3.0, 3.0, 7));
        check(&[0.0, 2.5], (0.0, 2.5, 6));
        // Half a task says nothing.
        check(&[0.0, 2.0], (0.0, 2.0, 3));
        check(&[], (0.0, 1.0, 2));
        check(&[0.0, 0.0], (0.0, 1.0, 2));
        check(&[5.0], (4.0, 6.0, 3));
    }

    #[test]
    fn an_axis_of_powers_has_few_ticks() {
        let check = |values: &[f64], expected: &[f64]| {
            assert_eq!(Axis::powers(2.0, values.iter().copied()).ticks(), expected);
        };
        check(&[1.0, 8.0], &[1.0, 2.0, 4.0, 8.0]);
        check(&[1.0, 9.0], &[1.0, 2.0, 4.0, 8.0, 16.0]);
        check(&[4.0], &[4.0, 8.0]);
        check(&[], &[1.0, 2.0]);
        check(&[-3.0, 0.0], &[1.0, 2.0]);
        let wide = Axis::powers(2.0, [1e-300, 1e300].into_iter());
        assert!(wide.ticks().len() <= 13, "{:?}", wide.ticks());
    }

    #[test]
    fn doublings_have_equal_lengths() {
        let axis = Axis::powers(2.0, [1.0, 16.0].into_iter());
        let places = [1.0, 2.0, 4.0, 8.0, 16.0, 99.0, 0.0].map(|v| axis.place(v, 0, 400));
        assert_eq!(places, [0, 100, 200, 300, 400, 400, 0]);
    }
}
