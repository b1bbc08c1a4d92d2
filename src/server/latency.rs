//! How long the answers took, as the clients saw it.

use std::fmt;

use hdrhistogram::Histogram;

use super::load::thousands;
use super::run::in_ms;

/// The percentiles that services are judged by.
pub(crate) const PERCENTILES: [f64; 5] = [50.0, 90.0, 99.0, 99.9, 100.0];

/// How long answers took from sending the request, in nanoseconds, in a
/// histogram of high dynamic range (Tene): 4 significant digits, counted in
/// microseconds.
///
/// All requests are sent without waiting for any answer, so a server that
/// stalls cannot keep a client from asking, and no correction for coordinated
/// omission is needed.
#[derive(Clone)]
pub struct Latency {
    // `None` without answers.
    counted: Option<Histogram<u32>>,
    worst: u64,
    count: u64,
}

impl Latency {
    /// Of `times` in nanoseconds.
    pub(super) fn of(times: &[u64]) -> Self {
        let worst = times.iter().copied().max().unwrap_or(0);
        let highest = worst.div_ceil(MICROSECOND).max(2);
        let mut counted = Histogram::new_with_bounds(1, highest, DIGITS).ok();
        if let Some(counted) = &mut counted {
            for time in times {
                counted.saturating_record(time.div_ceil(MICROSECOND));
            }
        }
        Self {
            counted: counted.filter(|_| !times.is_empty()),
            worst,
            count: u64::try_from(times.len()).unwrap_or(u64::MAX),
        }
    }

    /// How many answers there were.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The latency that `percent` of the answers did not exceed, in
    /// nanoseconds; 0 without answers. Below 0 and NaN count as 0, above 100
    /// as 100, which is the worst.
    ///
    /// ```
    /// use twoaxes::server::Load;
    ///
    /// let run = Load::new(20).delay_ms(20).measure();
    /// let latency = run.latency();
    /// assert!(latency.percentile(50.0) <= latency.percentile(99.9));
    /// assert_eq!(latency.percentile(100.0), latency.worst());
    /// ```
    #[must_use]
    pub fn percentile(&self, percent: f64) -> u64 {
        let Some(counted) = &self.counted else {
            return 0;
        };
        if percent >= 100.0 {
            return self.worst;
        }
        let share = if percent > 0.0 { percent / 100.0 } else { 0.0 };
        let found = counted.value_at_quantile(share);
        found.saturating_mul(MICROSECOND).min(self.worst)
    }

    /// The 50th percentile, in nanoseconds.
    #[must_use]
    pub fn median(&self) -> u64 {
        self.percentile(50.0)
    }

    /// The longest, in nanoseconds; 0 without answers.
    #[must_use]
    pub const fn worst(&self) -> u64 {
        self.worst
    }
}

const MICROSECOND: u64 = 1_000;
/// A second is told apart from a second and 0.1 ms.
const DIGITS: u8 = 4;

/// The percentiles in nanoseconds: the histogram itself has a hundred thousand
/// counters.
impl fmt::Debug for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = PERCENTILES.map(|percent| (percent, self.percentile(percent)));
        f.debug_map().entries(each).finish()
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count == 0 {
            return write!(f, "0 answers");
        }
        write!(f, "{} answers", thousands(self.count))?;
        for percent in PERCENTILES {
            let time = in_ms(self.percentile(percent));
            match percent {
                100.0 => write!(f, ", all within {time}")?,
                _ => write!(f, ", {percent}% within {time}")?,
            }
        }
        Ok(())
    }
}
