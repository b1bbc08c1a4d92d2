//! What can be simulated or run for real, number by number.

use std::fmt;

/// A number for which there is no simulation, or no real run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value} {what} cannot be simulated: use {least} to {most}")]
pub struct RangeError {
    /// What the number counts, in the plural.
    pub what: &'static str,
    /// The number that was given.
    pub value: u64,
    /// The smallest number that can be.
    pub least: u64,
    /// The largest number that can be.
    pub most: u64,
}

/// The numbers of one parameter that can be simulated, or run for real.
///
/// The limits keep every sum of times far below 64 bits, every trace small
/// enough to be drawn and every call short, so that nothing behind them can
/// overflow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) what: &'static str,
    pub(super) least: u64,
    pub(super) most: u64,
}

impl Range {
    /// `value`, if it is within the range.
    pub(super) fn check(self, value: u64) -> Result<u64, RangeError> {
        if (self.least..=self.most).contains(&value) {
            return Ok(value);
        }
        Err(RangeError {
            what: self.what,
            value,
            least: self.least,
            most: self.most,
        })
    }

    /// The nearest number that can be simulated, with a note if it is another.
    pub(super) fn nearest(self, value: u64, notes: &mut Vec<String>) -> u64 {
        self.nearest_as::<RangeError>(value, notes)
    }

    /// [`Range::nearest`], with a note in the words of `E`: a number can be
    /// out of range for a simulation or for a real run.
    pub(super) fn nearest_as<E: From<RangeError> + fmt::Display>(
        self,
        value: u64,
        notes: &mut Vec<String>,
    ) -> u64 {
        self.check(value).unwrap_or_else(|error| {
            let used = value.clamp(self.least, self.most);
            notes.push(format!("{}. Here it is {used}.", E::from(error)));
            used
        })
    }
}

/// A count as a number for [`Range`].
pub(super) fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The way back, for numbers that a [`Range`] has let through.
pub(super) fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// For ratios. Exact for numbers that a [`Range`] lets through, which stay far
/// below 2^53.
#[allow(clippy::cast_precision_loss)]
pub(super) fn real(number: u64) -> f64 {
    number as f64
}
