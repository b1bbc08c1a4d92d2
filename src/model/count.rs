//! Whole numbers of any size, and whether they are the whole truth.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::BigUint;

/// How many there are of something: a whole number of any size, known
/// exactly, known from below, or known to have no end.
///
/// A count compares with plain numbers, and equals one only if it is exact.
///
/// ```
/// use twoaxes::model::Count;
///
/// let count = Count::from(70_u64);
/// assert!(count.is_exact() && count == 70);
/// assert_eq!(count.to_string(), "70");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Count {
    value: BigUint,
    known: Known,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Exactly,
    AtLeast,
    NoEnd,
}

impl Count {
    pub(super) fn exactly(value: BigUint) -> Self {
        Self {
            value,
            known: Known::Exactly,
        }
    }

    /// There are this many, and there may be more.
    pub(super) fn at_least(value: BigUint) -> Self {
        Self {
            value,
            known: Known::AtLeast,
        }
    }

    /// Nothing is known: there are none or more. Whatever it is added to
    /// becomes a bound.
    pub(crate) fn unknown() -> Self {
        Self::at_least(BigUint::ZERO)
    }

    /// There are more than any number.
    pub(super) fn no_end() -> Self {
        Self {
            value: BigUint::ZERO,
            known: Known::NoEnd,
        }
    }

    /// Whether this is the number itself, and not a bound.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.known == Known::Exactly
    }

    /// Whether there are more than any number.
    #[must_use]
    pub fn is_infinite(&self) -> bool {
        self.known == Known::NoEnd
    }

    /// The number, or the bound from below, if it fits; `None` if there is no end.
    #[must_use]
    pub fn to_u128(&self) -> Option<u128> {
        if self.is_infinite() {
            return None;
        }
        u128::try_from(&self.value).ok()
    }

    /// The nearest floating-point number; infinite where there is no end or no
    /// such number.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        if self.is_infinite() {
            return f64::INFINITY;
        }
        // The decimal text is exact, and its reading is rounded to the nearest.
        self.value.to_string().parse().unwrap_or(f64::INFINITY)
    }

    /// The number in decimal digits, without a word about how it is known.
    #[must_use]
    pub fn digits(&self) -> String {
        match self.known {
            Known::NoEnd => "∞".to_owned(),
            _ => self.value.to_string(),
        }
    }

    /// `self / whole` as a share between 0 and 1, also of numbers that no
    /// floating-point type can hold; 0 of nothing and of what has no end.
    #[must_use]
    pub fn share_of(&self, whole: &Self) -> f64 {
        if self.is_infinite() || whole.is_infinite() || whole.value == BigUint::ZERO {
            return 0.0;
        }
        // 63 bits after the point are more than a f64 holds.
        let scaled = (&self.value << 63_u8) / &whole.value;
        let share = Self::exactly(scaled).to_f64();
        (share / 2_f64.powi(63)).min(1.0)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known {
            Known::Exactly => f.pad(&self.digits()),
            Known::AtLeast => f.pad(&format!("at least {}", self.value)),
            Known::NoEnd => f.pad("no end of them"),
        }
    }
}

/// Digits that [`fmt::Debug`] shows of a longer number, and the most that it
/// shows in full.
const FIRST: usize = 12;
const IN_FULL: usize = 60;

/// As [`fmt::Display`] has it, but a very long number is told by its first
/// digits and how many there are: a cell that ends in a count shows this.
impl fmt::Debug for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        match digits.get(..FIRST) {
            Some(first) if digits.len() > IN_FULL => {
                let bound = if self.is_exact() { "" } else { "at least " };
                write!(f, "{bound}{first}… ({} digits)", digits.len())
            }
            _ => fmt::Display::fmt(self, f),
        }
    }
}

/// Exact if all are. Without end if one of them is.
impl std::iter::Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        let nothing = Self::exactly(BigUint::ZERO);
        counts.fold(nothing, |sum, count| Self {
            value: sum.value + count.value,
            known: match (sum.known, count.known) {
                (Known::NoEnd, _) | (_, Known::NoEnd) => Known::NoEnd,
                (Known::AtLeast, _) | (_, Known::AtLeast) => Known::AtLeast,
                _ => Known::Exactly,
            },
        })
    }
}

macro_rules! compares_with {
    ($($number:ty),*) => {$(
        impl PartialEq<$number> for Count {
            fn eq(&self, other: &$number) -> bool {
                self.is_exact() && BigUint::try_from(*other).is_ok_and(|other| self.value == other)
            }
        }

        impl PartialOrd<$number> for Count {
            /// `None` where a bound does not decide.
            fn partial_cmp(&self, other: &$number) -> Option<Ordering> {
                if self.is_infinite() {
                    return Some(Ordering::Greater);
                }
                let below = |other: BigUint| {
                    let order = self.value.cmp(&other);
                    (self.is_exact() || order == Ordering::Greater).then_some(order)
                };
                // A negative number is below every count.
                BigUint::try_from(*other).map_or(Some(Ordering::Greater), below)
            }
        }
    )*};
}

// i32 is what a bare literal becomes.
compares_with!(i32, i64, u32, u64, u128, usize);

macro_rules! comes_from {
    ($($number:ty),*) => {$(
        impl From<$number> for Count {
            fn from(number: $number) -> Self {
                Self::exactly(BigUint::from(number))
            }
        }
    )*};
}

comes_from!(u32, u64, u128, usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_compare_as_far_as_they_are_known() {
        let large = Count::exactly(BigUint::from(7_u8).pow(100));
        let some = Count::at_least(BigUint::from(1000_u32));
        assert!(Count::from(70_u64) == 70 && Count::from(70_u64) != -70);
        assert!(Count::from(3_u32) > -1 && Count::from(3_u32) < 4);
        assert!(large > u128::MAX && large.to_u128().is_none());
        assert!((large.to_f64() / 3.234_476_509_624_758e84 - 1.0).abs() < 1e-12);
        assert!(some != 1000 && some > 999 && some.partial_cmp(&2000).is_none());
        assert!(Count::no_end() > u128::MAX && Count::no_end() != 0);
    }

    #[test]
    fn sums_are_as_exact_as_their_parts() {
        let exact = |n: u64| Count::from(n);
        let some = Count::at_least(BigUint::from(5_u8));
        let check = |all: &[Count], expected: &str| {
            assert_eq!(all.iter().cloned().sum::<Count>().to_string(), expected);
        };
        check(&[], "0");
        check(&[exact(u64::MAX), exact(1)], "18446744073709551616");
        check(&[exact(2), some.clone()], "at least 7");
        check(&[some, Count::no_end(), exact(1)], "no end of them");
    }

    #[test]
    fn counts_say_how_they_are_known() {
        let check = |count: Count, expected: &str| assert_eq!(count.to_string(), expected);
        check(Count::from(6_u64), "6");
        check(Count::at_least(BigUint::from(6_u8)), "at least 6");
        check(Count::no_end(), "no end of them");
        assert_eq!(format!("{:>4}", Count::from(6_u64)), "   6");
        let shown = format!("{:?}", (Count::from(70_u64), Count::no_end()));
        assert_eq!(shown, "(70, no end of them)");
        let long = Count::at_least(BigUint::from(10_u8).pow(100));
        assert_eq!(format!("{long:?}"), "at least 100000000000… (101 digits)");
    }

    #[test]
    fn shares_of_large_numbers_are_near() {
        let power = |e| Count::exactly(BigUint::from(3_u8).pow(e));
        let check = |part: &Count, whole: &Count, expected: f64| {
            assert!((part.share_of(whole) - expected).abs() < 1e-15);
        };
        check(&power(2000), &power(2001), 1.0 / 3.0);
        check(&power(5), &power(5), 1.0);
        check(&Count::from(0_u64), &power(9), 0.0);
        check(&power(1), &Count::from(0_u64), 0.0);
        check(&power(1), &Count::no_end(), 0.0);
    }
}
