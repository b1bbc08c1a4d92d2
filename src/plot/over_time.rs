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
        points
    }
}
