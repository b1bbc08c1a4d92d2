//! What the workers of a real run do for its tasks.

use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use super::plan::{Plan, Step};
use crate::machine::{Unit, unit};
use crate::record::Recorder;
use crate::team::Deadline;
use crate::trace::TaskId;

/// A unit of waiting is as long as one of computation is meant to be.
pub(super) const WAITED: Duration = Duration::from_millis(1);

/// The tasks of one run, and what they have computed.
#[derive(Debug)]
pub(super) struct Jobs {
    pub(super) recorder: Recorder,
    pub(super) deadline: Deadline,
    ids: Vec<TaskId>,
    steps: Vec<Step>,
    unit: Unit,
    results: Vec<OnceLock<u64>>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) complete: usize,
    pub(super) wrong: usize,
}

impl Jobs {
    pub(super) fn new(plan: &Plan, recorder: Recorder, deadline: Deadline) -> Arc<Self> {
        let name = |index: usize| format!("task {}", index + 1);
        let ids = (0..plan.tasks).map(|index| recorder.task(name(index)));
        Arc::new(Self {
            ids: ids.collect(),
            steps: plan.steps.clone(),
            unit: unit(),
            results: (0..plan.tasks).map(|_| OnceLock::new()).collect(),
            recorder,
            deadline,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.ids.len()
    }

    /// Does the task at `index` on the calling thread, which is blocked while
    /// the task waits.
    pub(super) fn hold(&self, index: usize) {
        let Some(&id) = self.ids.get(index) else {
            return;
        };
        let mut state = Some(seed(index));
        for step in &self.steps {
            match *step {
                Step::Compute(units) => {
                    let work = || self.compute(units, state);
                    state = self.recorder.run(id, work);
                }
                Step::Wait(units) => {
                    self.recorder
                        .blocked(id, || thread::sleep(self.pause(units)));
                    state = self.in_time(state);
                }
            }
        }
        self.keep(index, state);
    }

    /// The task at `index` as a future, which gives its thread back while the
    /// task waits.
    pub(super) fn flow(self: &Arc<Self>, index: usize) -> impl Future<Output = ()> + use<> {
        let jobs = Arc::clone(self);
        let id = self.ids.get(index).copied().unwrap_or(TaskId(index));
        self.recorder.future(id, async move {
            let mut state = Some(seed(index));
            for step in &jobs.steps {
                match *step {
                    Step::Compute(units) => state = jobs.compute(units, state),
                    Step::Wait(units) => {
                        tokio::time::sleep(jobs.pause(units)).await;
                        state = jobs.in_time(state);
                    }
                }
            }
            jobs.keep(index, state);
        })
    }

    /// How many tasks are complete, and how many computed something else than
    /// they have to.
    pub(super) fn ended(&self) -> Ended {
        let units = self.steps.iter().map(|step| step.computes()).sum();
        let results = self.results.iter().enumerate();
        let found = results.filter_map(|(index, result)| Some((index, *result.get()?)));
        let found: Vec<(usize, u64)> = found.collect();
        let right =
            |(index, result): &&(usize, u64)| *result == self.unit.expected(units, seed(*index));
        Ended {
            complete: found.len(),
            wrong: found.len() - found.iter().filter(right).count(),
        }
    }

    /// A result that is `None` belongs to a task that was given up.
    pub(super) fn keep(&self, index: usize, result: Option<u64>) {
        if let (Some(place), Some(result)) = (self.results.get(index), result) {
            _ = place.set(result);
        }
    }

    fn compute(&self, units: u64, state: Option<u64>) -> Option<u64> {
        compute(self.unit, units, state?, self.deadline)
    }

    /// A wait that the deadline has ended was too short.
    fn in_time(&self, state: Option<u64>) -> Option<u64> {
        state.filter(|_| !self.deadline.has_passed())
    }

    fn pause(&self, units: u64) -> Duration {
        waited(units).min(self.deadline.left())
    }
}

/// The computation of `plan` on the calling thread, without a recorder: how
/// long it takes; `None` if the deadline was passed.
pub(super) fn bare(plan: &Plan, deadline: Deadline) -> Option<Duration> {
    let unit = unit();
    let began = Instant::now();
    for index in 0..plan.tasks {
        let mut state = seed(index);
        for units in plan.steps.iter().map(|step| step.computes()) {
            state = compute(unit, units, state, deadline)?;
        }
        std::hint::black_box(state);
    }
    Some(began.elapsed())
}

pub(super) fn waited(units: u64) -> Duration {
    WAITED.saturating_mul(u32::try_from(units).unwrap_or(u32::MAX))
}

/// Unit by unit, each going on from the result of the one before.
fn compute(unit: Unit, units: u64, mut state: u64, deadline: Deadline) -> Option<u64> {
    for _ in 0..units {
        if deadline.has_passed() {
            return None;
        }
        state = unit.compute(1, state);
    }
    Some(state)
}

fn seed(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX)
}
