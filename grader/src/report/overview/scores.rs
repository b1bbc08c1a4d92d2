//! How points are distributed, in whole per cent: the same size for ten
//! students and for ten thousand.

/// Points as shares of those that were possible.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Scores {
    /// How many have 0%, 1%, .. 100%.
    percent: [u64; 101],
    count: u64,
    sum: f64,
}

/// Bars of a histogram: 0 to below 10%, .. 90 to 100%.
pub(super) const BARS: usize = 10;

impl Default for Scores {
    fn default() -> Self {
        Self {
            percent: [0; 101],
            count: 0,
            sum: 0.0,
        }
    }
}

impl Scores {
    pub(super) fn add(&mut self, points: f64, possible: f64) {
        let share = match possible > 0.0 {
            true => (points / possible).clamp(0.0, 1.0),
            false => return,
        };
        // Rounded down, so that 100% is all points; by a hair up, since sums
        // of points miss whole numbers by one.
        let percent = (share * 100.0 + 1e-9) as usize;
        if let Some(count) = self.percent.get_mut(percent) {
            *count += 1;
        }
        self.count += 1;
        self.sum += share;
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// In per cent; `None` of nobody.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum * 100.0 / self.count as f64)
    }

    /// The per cent that half of all have at least.
    pub(super) fn median(&self) -> Option<usize> {
        let mut seen = 0;
        (0_usize..).zip(self.percent).find_map(|(percent, count)| {
            seen += count;
            (count > 0 && seen * 2 >= self.count).then_some(percent)
        })
    }

    pub(super) fn bars(&self) -> [u64; BARS] {
        let mut bars = [0; BARS];
        for (percent, count) in (0_usize..).zip(self.percent) {
            // 100% belongs to the last bar.
            if let Some(bar) = bars.get_mut((percent / BARS).min(BARS - 1)) {
                *bar += count;
            }
        }
        bars
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_fall_into_their_bars() {
        let mut scores = Scores::default();
        for points in [0.0, 0.9, 1.0, 5.0, 9.99, 10.0] {
            scores.add(points, 10.0);
        }
        scores.add(3.0, 0.0);
        assert_eq!(scores.bars(), [2, 1, 0, 0, 0, 1, 0, 0, 0, 2]);
        assert_eq!(scores.count(), 6);
        assert_eq!(scores.median(), Some(10));
        assert!((scores.mean().unwrap() - 44.816_667).abs() < 1e-3);
    }

    #[test]
    fn of_nobody_there_is_no_mean() {
        let scores = Scores::default();
        assert_eq!((scores.mean(), scores.median()), (None, None));
        let mut one = Scores::default();
        one.add(0.1 + 0.2, 0.3);
        assert_eq!((one.median(), one.bars()[9]), (Some(100), 1));
    }
}
