//! The numbers that are read off a trace, each defined once, here.
//!
//! Times are in the trace's unit, ratios have none. An empty trace has time 0
//! and ratio 1 where a ratio compares with itself, so nothing here divides by
//! zero or panics; sums stop at `u64::MAX`.

use super::model::{SpanKind, TaskId, Trace, WorkerId};
use super::steps::{area, highest};

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

/// One worker's share of a run. Times are in the trace's unit, and
/// `makespan == running + switching + blocked + idle`.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkerMetrics {
    /// The worker.
    pub worker: WorkerId,
    /// The worker's name.
    pub name: String,
    /// It computed.
    pub running: u64,
    /// It switched from task to task.
    pub switching: u64,
    /// It was held by tasks that got nothing done.
    pub blocked: u64,
    /// It had nothing to do, from the first arrival to the last completion.
    pub idle: u64,
    /// `running / makespan`, between 0 and 1; 0 if the makespan is 0.
    pub utilisation: f64,
}

/// L, lambda and W of Little's law, over the whole of a run: L = lambda * W.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LittlesLaw {
    /// L: how many tasks are in the system on average, queued or not.
    pub in_system: f64,
    /// Lambda: tasks that arrive per unit of time. All that arrive are
    /// completed, so it is also [`Trace::throughput`].
    pub arrival_rate: f64,
    /// W: the time from arrival to completion of an average task, in the
    /// trace's unit; [`Trace::mean_turnaround`].
    pub time_in_system: f64,
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
        let spans = self.spans().iter().map(|span| span.end);
        // A task with nothing to do is complete when it arrives.
        let arrivals = self.tasks().iter().map(|task| task.arrival);
        spans.chain(arrivals).max().unwrap_or(0)
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
        highest(&self.parallelism_over_time())
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
        highest(&self.concurrency_over_time())
    }

    /// How many tasks are in progress on average over the makespan: by
    /// Little's law, arrival rate times mean time in progress.
    #[must_use]
    pub fn mean_concurrency(&self) -> f64 {
        mean(area(&self.concurrency_over_time()), self.makespan())
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
        }
        for (of, life) in all.iter_mut().zip(self.lives()) {
            of.completion = life.completion;
            of.response = life.progress().map_or(0, |(start, _)| start - of.arrival);
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

    /// The metrics of every worker, in the order of [`Trace::workers`].
    #[must_use]
    pub fn per_worker(&self) -> Vec<WorkerMetrics> {
        let makespan = self.makespan();
        let mut all: Vec<WorkerMetrics> = self
            .workers()
            .iter()
            .enumerate()
            .map(|(index, worker)| WorkerMetrics {
                worker: WorkerId(index),
                name: worker.name.clone(),
                running: 0,
                switching: 0,
                blocked: 0,
                idle: makespan,
                utilisation: 0.0,
            })
            .collect();
        for span in self.spans() {
            let Some(of) = span.worker.and_then(|worker| all.get_mut(worker.0)) else {
                continue;
            };
            match span.kind {
                SpanKind::Run => of.running += span.length(),
                SpanKind::Switch => of.switching += span.length(),
                SpanKind::Blocked => of.blocked += span.length(),
                SpanKind::Wait => {}
            }
            of.idle = of.idle.saturating_sub(span.length());
        }
        for of in &mut all {
            of.utilisation = ratio(of.running, makespan, 0.0);
        }
        all
    }

    /// The share of all workers' time that is spent running: work over
    /// makespan times workers, between 0 and 1. Switches, blocked and idle
    /// time are the rest.
    #[must_use]
    pub fn utilisation(&self) -> f64 {
        self.mean_parallelism() / to_f64(self.workers().len().max(1) as u64)
    }

    /// The sum of all workers' idle time over the makespan.
    #[must_use]
    pub fn idle_time(&self) -> u64 {
        let idle = self.per_worker();
        idle.iter().fold(0, |sum, of| sum.saturating_add(of.idle))
    }

    /// The span, T_inf, of the tasks as they ran: the most that any one task
    /// took by itself, running, waiting or blocked. Nothing that is known to
    /// the trace makes the makespan shorter than that, not even a worker for
    /// each task; dependencies between tasks may
    /// (see `twoaxes::workers::Graph::span`).
    #[must_use]
    pub fn longest_task(&self) -> u64 {
        let all = self.per_task();
        let alone = |of: &TaskMetrics| of.running + of.waiting + of.blocked;
        all.iter().map(alone).max().unwrap_or(0)
    }

    /// Tasks completed per unit of time, over the makespan; 0 if that is 0.
    #[must_use]
    pub fn throughput(&self) -> f64 {
        ratio(self.tasks().len() as u64, self.makespan(), 0.0)
    }

    /// The three numbers of Little's law, each measured by itself; that
    /// `in_system == arrival_rate * time_in_system` is the law (Little 1961).
    #[must_use]
    pub fn littles_law(&self) -> LittlesLaw {
        LittlesLaw {
            in_system: mean(area(&self.tasks_in_system()), self.makespan()),
            arrival_rate: self.throughput(),
            time_in_system: self.mean_turnaround(),
        }
    }

    /// The turnaround of an average task; 0 without tasks.
    #[must_use]
    pub fn mean_turnaround(&self) -> f64 {
        let lives = self.lives();
        let stays = lives.iter().zip(self.tasks());
        let sum: f64 = stays
            .map(|(life, task)| to_f64(life.completion - task.arrival))
            .sum();
        sum / to_f64(lives.len().max(1) as u64)
    }

    fn total(&self, kind: SpanKind) -> u64 {
        self.spans()
            .iter()
            .filter(|span| span.kind == kind)
            .fold(0, |sum, span| sum.saturating_add(span.length()))
    }

    /// What bounds each task's time, in one pass over the spans.
    pub(super) fn lives(&self) -> Vec<Life> {
        let mut lives: Vec<Life> = self
            .tasks()
            .iter()
            .map(|task| Life {
                first_progress: None,
                completion: task.arrival,
            })
            .collect();
        for span in self.spans() {
            let life = &mut lives[span.task.0];
            life.completion = life.completion.max(span.end);
            if life.first_progress.is_none() && span.kind != SpanKind::Switch {
                life.first_progress = Some(span.start);
            }
        }
        lives
    }
}

/// When a task gets going and when it is complete.
pub(super) struct Life {
    /// The start of its first span that is not a switch.
    first_progress: Option<u64>,
    /// The end of its last span; its arrival if it has none.
    pub(super) completion: u64,
}

impl Life {
    /// From first progress to completion, if it made any.
    pub(super) fn progress(&self) -> Option<(u64, u64)> {
        self.first_progress.map(|start| (start, self.completion))
    }
}

/// What an area under a step function comes to per unit of time.
#[allow(clippy::cast_precision_loss)]
fn mean(area: u128, time: u64) -> f64 {
    if time == 0 {
        0.0
    } else {
        area as f64 / to_f64(time)
    }
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
