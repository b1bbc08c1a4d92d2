//! How late answers were, as percentiles.

use hdrhistogram::Histogram;

use crate::pitfalls::measure::MeasureError;

/// Nanoseconds between which three digits are kept: 100 ns to a minute.
const LEAST: u64 = 100;
const MOST: u64 = 60_000_000_000;
const DIGITS: u8 = 3;

/// How long the bystanders' answers took, in nanoseconds, to three digits.
///
/// A bystander that is held up asks nothing meanwhile. Counting only the
/// answers that it got would hide most of a stall: ten questions that were
/// never asked, and one late answer. So the ones that are missing are counted
/// in, a delay of 100 ms also as 90, 80, .. down to the interval (coordinated
/// omission; Tene's HdrHistogram, `record_correct`). What the bystanders
/// themselves saw is there as well.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Delays {
    /// `None` where nothing was run.
    counted: Option<Counted>,
}

#[derive(Debug, Clone, PartialEq)]
struct Counted {
    corrected: Histogram<u64>,
    seen: Histogram<u64>,
}

impl Delays {
    /// From what was seen by somebody who asks every `interval` nanoseconds.
    pub(super) fn of(
        seen: impl IntoIterator<Item = u64>,
        interval: u64,
    ) -> Result<Self, MeasureError> {
        let mut all = Counted {
            corrected: histogram()?,
            seen: histogram()?,
        };
        for delay in seen {
            let delay = delay.clamp(LEAST, MOST);
            all.seen.saturating_record(delay);
            // Within bounds, so it is recorded.
            _ = all.corrected.record_correct(delay, interval);
        }
        Ok(Self { counted: Some(all) })
    }

    /// The delay that `percent` of all answers did not exceed, with those that
    /// were never asked for; 0 without answers. Below 0 and NaN count as 0,
    /// above 100 as 100.
    #[must_use]
    pub fn percentile(&self, percent: f64) -> u64 {
        at(self.corrected(), percent)
    }

    /// The same of the answers that were asked for, which hides a stall.
    #[must_use]
    pub fn uncorrected(&self, percent: f64) -> u64 {
        at(self.seen(), percent)
    }

    /// The 50th percentile.
    #[must_use]
    pub fn median(&self) -> u64 {
        self.percentile(50.0)
    }

    /// The longest delay; 0 without answers.
    #[must_use]
    pub fn worst(&self) -> u64 {
        self.percentile(100.0)
    }

    /// How many answers were asked for.
    #[must_use]
    pub fn answers(&self) -> u64 {
        self.seen().map_or(0, Histogram::len)
    }

    /// How many would have been asked for, had nobody been held up.
    #[must_use]
    pub fn answers_due(&self) -> u64 {
        self.corrected().map_or(0, Histogram::len)
    }

    fn corrected(&self) -> Option<&Histogram<u64>> {
        self.counted.as_ref().map(|counted| &counted.corrected)
    }

    fn seen(&self) -> Option<&Histogram<u64>> {
        self.counted.as_ref().map(|counted| &counted.seen)
    }
}

fn histogram() -> Result<Histogram<u64>, MeasureError> {
    Histogram::new_with_bounds(LEAST, MOST, DIGITS).map_err(|error| MeasureError::Uncounted {
        reason: error.to_string(),
    })
}

fn at(histogram: Option<&Histogram<u64>>, percent: f64) -> u64 {
    let Some(histogram) = histogram.filter(|counted| !counted.is_empty()) else {
        return 0;
    };
    // A NaN would pass through a clamp.
    let share = if percent.is_nan() {
        0.0
    } else {
        percent / 100.0
    };
    histogram
        .value_at_quantile(share.clamp(0.0, 1.0))
        .min(histogram.max())
}
