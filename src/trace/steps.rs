//! Counts that change over time, as step functions.
//!
//! A step function is a list of `(time, count)`: from `time` on there are
//! `count`, until the next entry's time. Times are in the trace's unit and
//! rise strictly, neighbouring counts differ, the first time is
//! [`Trace::start`] and the last count is 0, at [`Trace::end`] or before. A
//! trace without tasks gives an empty list.

use super::metrics::Life;
use super::model::{SpanKind, Trace};

impl Trace {
    /// How many tasks are queued, over time: those that have arrived and are
    /// not complete, and neither have a worker nor wait for something outside.
    /// Its integral is the sum of [`super::TaskMetrics::queued`].
    ///
    /// ```
    /// use twoaxes::barista;
    ///
    /// let trace = barista::time_slice(&[20, 20], 20);
    /// assert_eq!(trace.queue_length(), [(0, 1), (20, 0)]);
    /// ```
    #[must_use]
    pub fn queue_length(&self) -> Vec<(u64, usize)> {
        let mut edges = self.stays();
        for span in self.spans() {
            edges.extend([(span.start, -1), (span.end, 1)]);
        }
        self.steps(edges)
    }

    /// How many tasks are in the system, over time: those that have arrived
    /// and are not complete, whatever they do just now. Its mean is the L of
    /// Little's law ([`Trace::littles_law`]).
    #[must_use]
    pub fn tasks_in_system(&self) -> Vec<(u64, usize)> {
        let edges = self.stays();
        self.steps(edges)
    }

    /// How many tasks are in progress, over time: those that have made some
    /// progress and are not complete. Its largest value is
    /// [`Trace::peak_concurrency`], its mean [`Trace::mean_concurrency`].
    #[must_use]
    pub fn concurrency_over_time(&self) -> Vec<(u64, usize)> {
        let lives = self.lives();
        let begun = lives.iter().filter_map(Life::progress);
        let edges = begun
            .flat_map(|(start, end)| [(start, 1), (end, -1)])
            .collect();
        self.steps(edges)
    }

    /// How many workers run, over time; switching and blocked workers do not
    /// count. Its largest value is [`Trace::peak_parallelism`], its mean
    /// [`Trace::mean_parallelism`].
    #[must_use]
    pub fn parallelism_over_time(&self) -> Vec<(u64, usize)> {
        let running = self.spans().iter().filter(|s| s.kind == SpanKind::Run);
        let edges = running
            .flat_map(|span| [(span.start, 1), (span.end, -1)])
            .collect();
        self.steps(edges)
    }

    /// Each task comes with its arrival and goes with its completion.
    fn stays(&self) -> Vec<(u64, i8)> {
        let stays = self.lives().into_iter().zip(self.tasks());
        stays
            .flat_map(|(life, task)| [(task.arrival, 1), (life.completion, -1)])
            .collect()
    }

    fn steps(&self, mut edges: Vec<(u64, i8)>) -> Vec<(u64, usize)> {
        if self.tasks().is_empty() {
            return Vec::new();
        }
        edges.sort_unstable();
        let mut steps = vec![(self.start(), 0)];
        let mut count = 0_i64;
        for edges in edges.chunk_by(|one, other| one.0 == other.0) {
            count += edges.iter().map(|edge| i64::from(edge.1)).sum::<i64>();
            let (now, there) = (edges[0].0, usize::try_from(count).unwrap_or(0));
            match steps.last_mut() {
                Some(last) if last.0 == now => last.1 = there,
                Some(last) if last.1 == there => {}
                _ => steps.push((now, there)),
            }
        }
        steps
    }
}

/// The largest count of a step function; 0 for an empty one.
pub(super) fn highest(steps: &[(u64, usize)]) -> usize {
    steps.iter().map(|step| step.1).max().unwrap_or(0)
}

/// Count times time, added up; the count after the last step is 0.
pub(super) fn area(steps: &[(u64, usize)]) -> u128 {
    let pairs = steps.iter().zip(steps.iter().skip(1));
    pairs.fold(0, |sum, (from, to)| {
        sum + u128::from(to.0 - from.0) * from.1 as u128
    })
}
