//! How long requests took, and the numbers that services are judged by.

use crate::trace::TaskMetrics;

/// How long each of some requests took, in the unit of the trace that it was
/// read from.
///
/// A percentile is the nearest rank: the smallest latency that so many
/// percent of the requests did not exceed. So it is always one that occurred.
///
/// ```
/// use twoaxes::pitfalls::Latencies;
///
/// let some = Latencies::from_iter([9, 1, 5, 3]);
/// assert_eq!((some.median(), some.percentile(99.0), some.worst()), (3, 9, 9));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Latencies {
    ordered: Vec<u64>,
}

impl FromIterator<u64> for Latencies {
    fn from_iter<I: IntoIterator<Item = u64>>(all: I) -> Self {
        let mut ordered: Vec<u64> = all.into_iter().collect();
        ordered.sort_unstable();
        Self { ordered }
    }
}

impl<'a> FromIterator<&'a TaskMetrics> for Latencies {
    /// From arrival to completion of each task.
    fn from_iter<I: IntoIterator<Item = &'a TaskMetrics>>(tasks: I) -> Self {
        tasks.into_iter().map(|of| of.turnaround).collect()
    }
}

impl Latencies {
    /// All of them, the shortest first.
    #[must_use]
    pub fn ordered(&self) -> &[u64] {
        &self.ordered
    }

    /// The latency that `percent` of the requests did not exceed; 0 without
    /// requests. Below 0 and NaN count as 0, above 100 as 100.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The rank is within bounds.
    pub fn percentile(&self, percent: f64) -> u64 {
        let share = percent.clamp(0.0, 100.0) / 100.0;
        let rank = (share * super::range::real(super::range::wide(self.ordered.len()))).ceil();
        let position = (rank as usize).saturating_sub(1);
        let last = self.ordered.len().saturating_sub(1);
        self.ordered.get(position.min(last)).copied().unwrap_or(0)
    }

    /// The 50th percentile.
    #[must_use]
    pub fn median(&self) -> u64 {
        self.percentile(50.0)
    }

    /// The longest; 0 without requests.
    #[must_use]
    pub fn worst(&self) -> u64 {
        self.ordered.last().copied().unwrap_or(0)
    }
}
