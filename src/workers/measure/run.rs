//! One real run, from its baseline to its trace.

use std::fmt;
use std::time::Duration;

use super::error::MeasureError;
use super::jobs::{Ended, Jobs, bare, waited};
use super::plan::{Plan, capital};
use super::room::Room;
use super::runtime::Runtime;
use super::{on_rayon, on_threads, on_tokio};
use crate::record::Recorder;
use crate::team::{Deadline, TeamError};
use crate::trace::{Origin, Trace};
use crate::workers::simulate::counted;

/// After this a call gives up.
pub(super) const GIVEN_UP: Duration = Duration::from_secs(60);

/// Why threads that the system has started do not begin.
pub(super) const LATE: &str = "they did not start in time";

/// The name of the worker with that number, from 1 on.
pub(super) fn worker(number: usize) -> String {
    format!("worker {number}")
}

/// A system that started fewer threads than a run needs.
#[derive(Debug)]
pub(super) struct NotStarted {
    pub(super) started: usize,
    reason: String,
}

impl From<TeamError> for NotStarted {
    fn from(error: TeamError) -> Self {
        match error {
            TeamError::Refused {
                started, reason, ..
            } => Self { started, reason },
            TeamError::NotReady { ready, .. } => Self::new(ready, &LATE),
            TeamError::Unpinned(error) => Self::new(0, &error),
            TeamError::Panicked => Self::new(0, &"a thread panicked, please report it"),
        }
    }
}

impl NotStarted {
    pub(super) fn new(started: usize, reason: &dyn fmt::Display) -> Self {
        Self {
            started,
            reason: reason.to_string(),
        }
    }

    fn error(self, workers: usize) -> MeasureError {
        MeasureError::NotStarted {
            workers,
            started: self.started,
            reason: self.reason,
        }
    }
}

/// A run, and what is wrong with it.
pub(super) struct Run {
    pub(super) trace: Trace,
    failure: Option<MeasureError>,
}

impl Run {
    /// The trace of a run in which all tasks are complete and right.
    pub(super) fn checked(self) -> Result<Trace, MeasureError> {
        self.failure.map_or(Ok(self.trace), Err)
    }
}

fn failure(plan: &Plan, ended: Ended) -> Option<MeasureError> {
    let (tasks, Ended { complete, wrong }) = (plan.tasks, ended);
    if complete < tasks {
        return Some(MeasureError::GivenUp {
            seconds: GIVEN_UP.as_secs(),
            complete,
            tasks,
        });
    }
    (wrong > 0).then_some(MeasureError::WrongResult { wrong, tasks })
}

/// The baseline of `plan` in nanoseconds: its computation without a recorder
/// on the calling thread, and its waits one after another.
pub(super) fn baseline(plan: &Plan, deadline: Deadline) -> Option<u64> {
    let tasks = u64::try_from(plan.tasks).unwrap_or(u64::MAX);
    let waits = waited(plan.waits().saturating_mul(tasks));
    let time = bare(plan, deadline)?.saturating_add(waits);
    Some(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

/// Runs `plan` once, on as many of its workers as the system starts; fewer are
/// an error if `strict`.
pub(super) fn run(
    plan: &Plan,
    baseline: u64,
    deadline: Deadline,
    mut notes: Vec<String>,
    strict: bool,
) -> Result<Run, MeasureError> {
    let mut plan = plan.clone();
    loop {
        match attempt(&plan, baseline, deadline, &notes) {
            Ok(run) => return Ok(run),
            Err(few) if !strict && (1..plan.workers).contains(&few.started) => {
                let started = few.started;
                let error = few.error(plan.workers);
                let workers = counted(started, "worker");
                notes.push(format!("{}. Here it is {workers}.", capital(&error)));
                plan.workers = started;
            }
            Err(few) => return Err(few.error(plan.workers)),
        }
    }
}

/// A trace without tasks, which says why.
pub(super) fn nothing(plan: &Plan, notes: &[String], error: &MeasureError) -> Trace {
    let mut why = notes.to_vec();
    why.push(format!("Nothing was measured: {error}."));
    Trace::empty(Origin::Measured, &title(plan), "ns", why.join(" "))
}

/// The runtime and its workers first: a narrow figure cuts off the end.
pub(super) fn title(plan: &Plan) -> String {
    let workers = counted(plan.workers, "worker");
    format!("{}, {workers}: {}", plan.runtime, plan.words())
}

fn attempt(
    plan: &Plan,
    baseline: u64,
    deadline: Deadline,
    notes: &[String],
) -> Result<Run, NotStarted> {
    let recorder = Recorder::new(title(plan));
    let jobs = Jobs::new(plan, recorder.clone(), deadline);
    match plan.runtime {
        Runtime::Rayon => on_rayon::run(plan.workers, &jobs),
        Runtime::Tokio => on_tokio::run(plan.workers, &jobs),
        Runtime::Threads => on_threads::run(plan.workers, &jobs),
    }?;
    recorder.baseline(baseline);
    let failure = failure(plan, jobs.ended());
    if let Some(error) = &failure {
        recorder.note(format!("This run cannot be trusted: {error}."));
    }
    for note in notes {
        recorder.note(note);
    }
    if plan.computes() > 0
        && let Some(note) = Room::here().note(plan.workers)
    {
        recorder.note(note);
    }
    Ok(Run {
        trace: recorder.finish(),
        failure,
    })
}
