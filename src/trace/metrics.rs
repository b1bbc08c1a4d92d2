//! The numbers that are read off a trace, each defined once, here.
//!
//! Times are in the trace's unit, ratios have none. An empty trace has time 0
//! and ratio 1 where a ratio compares with itself, so nothing here divides by
//! zero or panics; sums stop at `u64::MAX`.

use super::model::{SpanKind, TaskId, Trace};

/// One task's share of a run. Every time is in the trace's unit, and
/// `turnaround == running + waiting + switching + blocked + queued`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskMetrics {
    /// The task.
    pub task: TaskId,
    /// The task's name.
    pub name: String,
    /// When it could have started.
    pub arrival: u64,
    /// When its last span ended; its arrival if it had nothing to do.
    pub completion: u64,
    /// From arrival to its first span that is not a switch.
    pub response: u64,
    /// From arrival to completion.
    pub turnaround: u64,
    /// A worker computed for it.
    pub running: u64,
    /// It waited for something outside and needed no worker.
    pub waiting: u64,
    /// A worker switched to it.
    pub switching: u64,
    /// It held a worker and got nothing done.
    pub blocked: u64,
    /// It could have run but had no worker. Textbooks on operating systems
    /// call this the waiting time.
    pub queued: u64,
}

impl Trace {
    /// When the first task arrives; 0 without tasks.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.tasks().iter().map(|t| t.arrival).min().unwrap_or(0)
    }

    /// When the last task is complete.
    #[must_use]
    pub fn end(&self) -> u64 {
        let last = self.spans().iter().map(|s| s.end).max();
        last.unwrap_or_else(|| self.start()).max(self.start())
    }

    /// Wall-clock time: from the first arrival to the last completion.
    #[must_use]
    pub fn makespan(&self) -> u64 {
        self.end() - self.start()
    }

    /// The sum of all running time, over all workers. More workers do not
    /// change it, and neither does slicing.
    #[must_use]
    pub fn work(&self) -> u64 {
        self.total(SpanKind::Run)
    }

    /// The sum of all time spent in context switches.
    #[must_use]
    pub fn overhead(&self) -> u64 {
        self.total(SpanKind::Switch)
    }

    /// How long the same tasks take one after another on one worker that sits
    /// through their waits: work, waiting and blocked time added up, without
    /// switches.
    #[must_use]
    pub fn serial_time(&self) -> u64 {
        [SpanKind::Wait, SpanKind::Blocked]
            .iter()
            .fold(self.work(), |sum, &kind| {
                sum.saturating_add(self.total(kind))
            })
    }

    /// The largest number of workers that run at one instant. Switching and
    /// blocked workers do not count.
    #[must_use]
    pub fn peak_parallelism(&self) -> usize {
        let running = self.spans().iter().filter(|s| s.kind == SpanKind::Run);
        peak(running.map(|span| (span.start, span.end)))
    }

    /// `work / makespan`: how many workers run on average.
    #[must_use]
    pub fn mean_parallelism(&self) -> f64 {
        ratio(self.work(), self.makespan(), 0.0)
    }

    /// The largest number of tasks in progress at one instant. A task is in
    /// progress from its first span that is not a switch to its completion,
    /// whether or not a worker has it just now.
    #[must_use]
    pub fn peak_concurrency(&self) -> usize {
        peak(self.lifetimes().into_iter().flatten())
    }

    /// How many tasks are in progress on average over the makespan: by
    /// Little's law, arrival rate times mean time in progress.
    #[must_use]
    pub fn mean_concurrency(&self) -> f64 {
        let lifetimes = self.lifetimes();
        let sum = lifetimes
            .into_iter()
            .flatten()
            .fold(0_u64, |sum, (start, end)| sum.saturating_add(end - start));
        ratio(sum, self.makespan(), 0.0)
    }

    /// How many times faster than one task after another on one worker: the
    /// builder's baseline, else [`Trace::serial_time`], over the makespan.
    ///
    /// Overlapping waits raise it as well as parallel workers do; compare
    /// [`Trace::mean_parallelism`] to tell the two apart.
    #[must_use]
    pub fn speedup(&self) -> f64 {
        let serial = self.baseline.unwrap_or_else(|| self.serial_time());
        ratio(serial, self.makespan(), 1.0)
    }

    /// [`Trace::speedup`] per worker; above 1 only if waits overlap (or in a
    /// measurement with a slow baseline).
    #[must_use]
    pub fn efficiency(&self) -> f64 {
        self.speedup() / to_f64(self.workers().len().max(1) as u64)
    }

    /// The metrics of every task, in the order of [`Trace::tasks`].
    #[must_use]
    pub fn per_task(&self) -> Vec<TaskMetrics> {
        let mut all: Vec<TaskMetrics> = self
            .tasks()
            .iter()
            .enumerate()
            .map(|(index, task)| TaskMetrics {
                task: TaskId(index),
                name: task.name.clone(),
                arrival: task.arrival,
                completion: task.arrival,
                response: 0,
                turnaround: 0,
                running: 0,
                waiting: 0,
                switching: 0,
                blocked: 0,
                queued: 0,
            })
            .collect();
        for span in self.spans() {
            let of = &mut all[span.task.0];
            match span.kind {
                SpanKind::Run => of.running += span.length(),
                SpanKind::Wait => of.waiting += span.length(),
                SpanKind::Switch => of.switching += span.length(),
                SpanKind::Blocked => of.blocked += span.length(),
            }
            of.completion = of.completion.max(span.end);
        }
        for (of, lifetime) in all.iter_mut().zip(self.lifetimes()) {
            of.response = lifetime.map_or(0, |(start, _)| start - of.arrival);
            of.turnaround = of.completion - of.arrival;
            let busy = of.running + of.waiting + of.switching + of.blocked;
            of.queued = of.turnaround - busy;
        }
        all
    }

    /// From arrival to completion of the first task of that name.
    #[must_use]
    pub fn turnaround(&self, name: &str) -> Option<u64> {
        let TaskId(index) = self.task_named(name)?;
        self.per_task().get(index).map(|of| of.turnaround)
    }

    /// From arrival to the first progress of the first task of that name.
    #[must_use]
    pub fn response(&self, name: &str) -> Option<u64> {
        let TaskId(index) = self.task_named(name)?;
        self.per_task().get(index).map(|of| of.response)
    }

    /// The turnaround of an average task; 0 without tasks.
    #[must_use]
    pub fn mean_turnaround(&self) -> f64 {
        let all = self.per_task();
        let sum: f64 = all.iter().map(|of| to_f64(of.turnaround)).sum();
        sum / to_f64(all.len().max(1) as u64)
    }

    fn total(&self, kind: SpanKind) -> u64 {
        self.spans()
            .iter()
            .filter(|span| span.kind == kind)
            .fold(0, |sum, span| sum.saturating_add(span.length()))
    }

    /// From first progress to completion, for each task that made any.
    fn lifetimes(&self) -> Vec<Option<(u64, u64)>> {
        let mut lives = vec![None; self.tasks().len()];
        for span in self.spans() {
            if let Some((_, end)) = &mut lives[span.task.0] {
                *end = span.end.max(*end);
            } else if span.kind != SpanKind::Switch {
                lives[span.task.0] = Some((span.start, span.end));
            }
        }
        lives
    }
}

/// The largest number of half-open intervals that share an instant.
fn peak(intervals: impl Iterator<Item = (u64, u64)>) -> usize {
    let mut edges: Vec<(u64, i8)> = intervals
        .flat_map(|(start, end)| [(start, 1), (end, -1)])
        .collect();
    edges.sort_unstable();
    let (mut open, mut most) = (0_usize, 0);
    for (_, edge) in edges {
        open = if edge > 0 {
            open + 1
        } else {
            open.saturating_sub(1)
        };
        most = most.max(open);
    }
    most
}

fn ratio(part: u64, whole: u64, if_empty: f64) -> f64 {
    if whole == 0 {
        if_empty
    } else {
        to_f64(part) / to_f64(whole)
    }
}

/// Exact up to 2^53, which no run here comes near.
#[allow(clippy::cast_precision_loss)]
fn to_f64(value: u64) -> f64 {
    value as f64
}
