//! Counts over time: how many tasks are in progress, how many workers run, how
//! many tasks queue.

use super::curves::Curves;
use super::figure::Figure;
use super::scale::shown_unit;
use crate::trace::Trace;

impl Trace {
    /// How many tasks are in progress and how many workers run, over time.
    ///
    /// The gap between the two lines is what concurrency adds to parallelism:
    /// tasks that are under way and have no worker.
    ///
    /// ```
    /// use twoaxes::barista;
    ///
    /// let figure = barista::time_slice(&[20, 20], 5).overlap_chart();
    /// assert!(figure.text().contains("workers running"));
    /// ```
    #[must_use]
    pub fn overlap_chart(&self) -> Figure {
        let time = Time::of(self);
        time.chart(self)
            .y("how many at once")
            .steps(
                "tasks in progress",
                &time.points(&self.concurrency_over_time()),
            )
            .steps(
                "workers running",
                &time.points(&self.parallelism_over_time()),
            )
            .figure()
    }

    /// How many tasks are in the queue over time: ready, and no worker free.
    #[must_use]
    pub fn queue_chart(&self) -> Figure {
        let time = Time::of(self);
        time.chart(self)
            .y("tasks")
            .steps("tasks queued", &time.points(&self.queue_length()))
            .figure()
    }
}

/// How times are shown on the axis.
struct Time {
    start: u64,
    end: u64,
    per: u64,
    unit: String,
}

impl Time {
    fn of(trace: &Trace) -> Self {
        let (per, unit) = shown_unit(trace.unit(), trace.makespan());
        Self {
            start: trace.start(),
            end: trace.end(),
            per,
            unit: unit.to_owned(),
        }
    }

    fn chart(&self, trace: &Trace) -> Curves {
        Curves::new(format!("{} ({})", trace.title(), trace.origin()))
            .x(format!("time ({})", self.unit))
    }

    /// Steps as points, the last held until the end of the run.
    fn points(&self, steps: &[(u64, usize)]) -> Vec<(f64, f64)> {
        let last = steps.last().map(|&(_, count)| (self.end, count));
        let steps = steps.iter().copied().chain(last);
        let point = |(time, count): (u64, usize)| {
            let since = time.saturating_sub(self.start) as f64;
            (since / self.per as f64, count as f64)
        };
        let mut points: Vec<(f64, f64)> = steps.map(point).collect();
        points.dedup();
        thinned(points)
    }
}

/// Points that a staircase may have before some are left out.
const MANY: usize = 1_200;
/// Stretches of time of which each keeps its extremes.
const STRETCHES: f64 = 300.0;

/// `points` of a staircase, in order of x. Of very many, only those that can be
/// seen: in each small stretch of x the first, the lowest, the highest and the
/// last, so that peaks and the height of every tread stay.
pub(super) fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return points;
    };
    if points.len() <= MANY {
        return points;
    }
    let (start, stretch) = (first.0, (last.0 - first.0) / STRETCHES);
    let place = |point: &(f64, f64)| match stretch > 0.0 {
        true => ((point.0 - start) / stretch).floor(),
        false => 0.0,
    };
    let mut kept = Vec::with_capacity(MANY);
    for together in points.chunk_by(|one, other| place(one) == place(other)) {
        let height = |&(index, point): &(usize, &(f64, f64))| (index, point.1);
        let all = || together.iter().enumerate();
        let by_height = |one: &(usize, f64), other: &(usize, f64)| one.1.total_cmp(&other.1);
        let lowest = all().map(|p| height(&p)).min_by(by_height);
        let highest = all().map(|p| height(&p)).max_by(by_height);
        let mut places: Vec<usize> = [lowest, highest]
            .into_iter()
            .flatten()
            .map(|p| p.0)
            .collect();
        places.extend([0, together.len() - 1]);
        places.sort_unstable();
        places.dedup();
        kept.extend(places.into_iter().filter_map(|index| together.get(index)));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::thinned;

    #[test]
    fn few_points_stay_and_many_keep_their_extremes() {
        let few: Vec<(f64, f64)> = (0..100).map(|x| (f64::from(x), 1.0)).collect();
        assert_eq!(thinned(few.clone()), few);
        assert!(thinned(Vec::new()).is_empty());
        let mut many: Vec<(f64, f64)> = (0..100_000).map(|x| (f64::from(x), 5.0)).collect();
        many[77_777].1 = 9.0;
        many[33_333].1 = 0.0;
        let kept = thinned(many.clone());
        assert!(kept.len() <= 1_210, "{}", kept.len());
        assert!(kept.contains(&many[77_777]) && kept.contains(&many[33_333]));
        assert_eq!((kept.first(), kept.last()), (many.first(), many.last()));
        assert!(kept.is_sorted_by(|one, other| one.0 < other.0));
        // All at one instant.
        assert!(thinned(vec![(1.0, 2.0); 5_000]).len() <= 1_200);
    }
}
