//! An experiment: equal tasks that compute and wait, on a runtime.

use super::error::MeasureError;
use super::expected;
use super::plan::{Plan, Step, SweepPlan};
use super::room::Room;
use super::run::{GIVEN_UP, baseline, nothing, run};
use super::runtime::Runtime;
use super::sweep::{Sweep, sweep_of};
use crate::team::Deadline;
use crate::trace::Trace;

/// Equal tasks that compute and wait on the workers of a runtime; run for
/// real, simulated, or both beside each other.
///
/// Without further words there are 8 tasks, a worker for each CPU, and five
/// repetitions of a sweep. A unit is about a millisecond: of computation
/// ([`crate::machine::unit`]), or of waiting.
///
/// ```
/// use twoaxes::workers::{Experiment, Runtime};
///
/// let drips = Experiment::new(Runtime::Tokio).tasks(3).compute(1).wait(5).compute(1).workers(1);
/// let (real, simulated) = (drips.measure(), drips.simulate());
/// assert_eq!(simulated.makespan(), 9_000_000); // nanoseconds
/// assert_eq!(simulated.peak_concurrency(), 3);
/// assert_eq!(real.tasks().len(), 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an experiment does nothing until it is measured or simulated"]
pub struct Experiment {
    pub(super) runtime: Runtime,
    pub(super) tasks: usize,
    pub(super) steps: Vec<Step>,
    pub(super) workers: usize,
    pub(super) repetitions: usize,
}

impl Experiment {
    /// Eight tasks that do nothing yet.
    pub fn new(runtime: Runtime) -> Self {
        Self {
            runtime,
            tasks: 8,
            steps: Vec::new(),
            workers: Room::here().cpus,
            repetitions: 5,
        }
    }

    /// How many tasks there are.
    pub fn tasks(mut self, count: usize) -> Self {
        self.tasks = count;
        self
    }

    /// Each task then computes `units` units, of about a millisecond each.
    pub fn compute(mut self, units: u64) -> Self {
        match self.steps.last_mut() {
            Some(Step::Compute(before)) => *before = before.saturating_add(units),
            _ if units == 0 => {}
            _ => self.steps.push(Step::Compute(units)),
        }
        self
    }

    /// Each task then waits `units` milliseconds. On tokio it gives its worker
    /// back meanwhile; on rayon and threads it blocks it.
    pub fn wait(mut self, units: u64) -> Self {
        match self.steps.last_mut() {
            Some(Step::Wait(before)) => *before = before.saturating_add(units),
            _ if units == 0 => {}
            _ => self.steps.push(Step::Wait(units)),
        }
        self
    }

    /// How many workers there are; a sweep does not use it.
    pub fn workers(mut self, count: usize) -> Self {
        self.workers = count;
        self
    }

    /// How often a sweep runs each number of workers.
    pub fn repetitions(mut self, count: usize) -> Self {
        self.repetitions = count;
        self
    }

    /// Runs the tasks for real; see [`super::measure`] for what the trace
    /// says. Its baseline is the computation on one thread, measured just
    /// before, and all waits one after another.
    ///
    /// It always returns a trace: of the nearest run that can be measured, and
    /// notes say what is different.
    #[must_use]
    pub fn measure(&self) -> Trace {
        let (room, deadline) = (Room::here(), Deadline::after(GIVEN_UP));
        let mut notes = Vec::new();
        let plan = Plan::nearest(self, room, &mut notes);
        let serial = baseline(&plan, deadline).unwrap_or(0);
        match run(&plan, serial, deadline, notes.clone(), false) {
            Ok(run) => run.trace,
            Err(error) => nothing(&plan, &notes, &error),
        }
    }

    /// [`Experiment::measure`], but it refuses what it cannot measure as asked.
    ///
    /// # Errors
    ///
    /// [`MeasureError`] when a number is out of its range, the system starts
    /// too few threads, or the run was given up.
    pub fn try_measure(&self) -> Result<Trace, MeasureError> {
        let (room, deadline) = (Room::here(), Deadline::after(GIVEN_UP));
        let plan = Plan::exactly(self, room)?;
        let serial = baseline(&plan, deadline).unwrap_or(0);
        run(&plan, serial, deadline, Vec::new(), true)?.checked()
    }

    /// What the run should look like: the same tasks on workers that have a
    /// CPU each and lose no time, in nanoseconds, a unit being a millisecond.
    /// Draw it beside the measured one with [`crate::plot::compare`].
    ///
    /// Numbers are limited as in [`Experiment::measure`].
    #[must_use]
    pub fn simulate(&self) -> Trace {
        let mut notes = Vec::new();
        let plan = Plan::nearest(self, Room::here(), &mut notes);
        expected::simulate(&plan, notes)
    }

    /// Runs the tasks for real on 1, 2, .. `up_to` workers, each number as often
    /// as [`Experiment::repetitions`] says. The repetitions take turns, so
    /// that a slow minute of the machine meets all numbers of workers alike.
    ///
    /// It always returns a sweep: where it would take too long, of fewer
    /// repetitions and shorter tasks, where the system starts too few threads,
    /// of fewer workers; and notes say so.
    #[must_use]
    pub fn sweep(&self, up_to: usize) -> Sweep {
        let mut notes = Vec::new();
        let asked = self.clone().workers(up_to);
        let plan = SweepPlan::nearest(&asked, Room::here(), &mut notes);
        sweep_of(&plan, notes, false)
    }

    /// [`Experiment::sweep`], but it refuses what it cannot measure as asked.
    ///
    /// # Errors
    ///
    /// [`MeasureError`] as [`Experiment::try_measure`].
    pub fn try_sweep(&self, up_to: usize) -> Result<Sweep, MeasureError> {
        let asked = self.clone().workers(up_to);
        let plan = SweepPlan::exactly(&asked, Room::here())?;
        let mut sweep = sweep_of(&plan, Vec::new(), true);
        match sweep.failure.take() {
            Some(error) => Err(error),
            None => Ok(sweep),
        }
    }
}
