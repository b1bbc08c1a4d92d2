//! Where a time stands on the axis, and which times get a tick.

/// Maps times onto pixels or columns, with whole numbers only.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) from: u64,
    /// At least 1, so that nothing divides by zero.
    pub(super) length: u64,
    pub(super) left: i32,
    pub(super) width: u32,
}

impl Scale {
    pub(super) fn x(&self, time: u64) -> i32 {
        let offset = u128::from(time.saturating_sub(self.from).min(self.length));
        let pixels = offset * u128::from(self.width) / u128::from(self.length);
        self.left + i32::try_from(pixels).unwrap_or(i32::MAX / 2)
    }

    /// At most about ten round times, the first at the start of the axis, as
    /// offsets from it.
    pub(super) fn ticks(&self) -> Vec<u64> {
        let step = round_step(self.length);
        (0..=self.length / step).map(|k| k * step).collect()
    }
}

/// The smallest of 1, 2, 5, 10, 20, 50, .. that gives at most ten steps.
fn round_step(length: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for digit in [1, 2, 5] {
            let Some(step) = power.checked_mul(digit) else {
                return u64::MAX / 10;
            };
            if length / step <= 10 {
                return step;
            }
        }
        let Some(next) = power.checked_mul(10) else {
            return u64::MAX / 10;
        };
        power = next;
    }
}

/// A unit that keeps the numbers on an axis short: (how many of the trace's
/// unit make one, its name).
pub(super) fn shown_unit(unit: &str, length: u64) -> (u64, &str) {
    match (unit, length) {
        ("ns", 10_000_000_000..) => (1_000_000_000, "s"),
        ("ns", 10_000_000..) => (1_000_000, "ms"),
        ("ns", 10_000..) => (1_000, "µs"),
        _ => (1, unit),
    }
}

/// `time` counted in `per` of its unit, without needless digits.
pub(super) fn in_unit(time: u64, per: u64) -> String {
    if time.is_multiple_of(per) {
        return (time / per).to_string();
    }
    let thousandths = u128::from(time) * 1000 / u128::from(per);
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_few() {
        let check = |length, expected| assert_eq!(round_step(length), expected, "{length}");
        check(1, 1);
        check(10, 1);
        check(40, 5);
        check(80, 10);
        check(1000, 100);
        check(u64::MAX, 2_000_000_000_000_000_000);
    }

    #[test]
    fn times_are_shown_short() {
        let check = |time, per, expected: &str| assert_eq!(in_unit(time, per), expected);
        check(40, 1, "40");
        check(1_500_000, 1_000_000, "1.5");
        check(1, 1_000_000, "0");
        check(2_000_000, 1_000_000, "2");
    }

    #[test]
    fn the_axis_ends_where_the_time_does() {
        let scale = Scale {
            from: 0,
            length: u64::MAX,
            left: 10,
            width: 100,
        };
        assert_eq!((scale.x(0), scale.x(u64::MAX)), (10, 110));
    }
}
