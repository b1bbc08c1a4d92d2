//! A run that can be measured: its numbers are within their limits.

use super::error::MeasureError;
use super::experiment::Experiment;
use super::room::Room;
use super::runtime::Runtime;
use crate::workers::simulate::counted;

/// The most tasks in one real run.
pub const MAX_MEASURED_TASKS: usize = 10_000;

/// The most workers in one real run: each is a thread of the system.
pub const MAX_MEASURED_WORKERS: usize = 256;

/// The most repetitions of a sweep.
pub const MAX_REPETITIONS: usize = 100;

/// How long a call may take by what is known before, in seconds. The rest up
/// to [`super::run::GIVEN_UP`] is for a machine that is busy.
pub(super) const LONGEST: f64 = 45.0;

/// What starting and recording a task costs at most, in units.
const TASK: f64 = 0.01;

/// Fewer repetitions than this have no spread to speak of.
const FEW_REPETITIONS: usize = 3;

/// Steps of a task that a title lists.
const SHOWN_STEPS: usize = 6;

/// What a task does, in units of about a millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Compute(u64),
    Wait(u64),
}

impl Step {
    pub(super) const fn computes(self) -> u64 {
        match self {
            Self::Compute(units) => units,
            Self::Wait(_) => 0,
        }
    }

    pub(super) const fn waits(self) -> u64 {
        match self {
            Self::Compute(_) => 0,
            Self::Wait(units) => units,
        }
    }

    /// The same for another time.
    fn scaled(self, factor: f64) -> Self {
        match self {
            Self::Compute(units) => Self::Compute(shorter(units, factor)),
            Self::Wait(units) => Self::Wait(shorter(units, factor)),
        }
    }
}

/// Equal tasks on some workers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) runtime: Runtime,
    pub(super) tasks: usize,
    pub(super) steps: Vec<Step>,
    pub(super) workers: usize,
}

/// A plan for 1 to `plan.workers` workers, repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SweepPlan {
    pub(super) plan: Plan,
    pub(super) repetitions: usize,
}

impl Plan {
    /// What `asked` asks for.
    pub(super) fn exactly(asked: &Experiment, room: Room) -> Result<Self, MeasureError> {
        let plan = Self::unchecked(asked);
        plan.check()?;
        check_time(plan.seconds(room))?;
        Ok(plan)
    }

    /// The nearest to what `asked` asks for; what is different stands in `notes`.
    pub(super) fn nearest(asked: &Experiment, room: Room, notes: &mut Vec<String>) -> Self {
        let mut plan = Self::unchecked(asked);
        plan.bring_near(notes);
        plan.shorten(notes, |plan| plan.seconds(room));
        plan
    }

    /// Units that each task computes, and units that it waits.
    pub(super) fn computes(&self) -> u64 {
        sum(self.steps.iter().map(|step| step.computes()))
    }

    pub(super) fn waits(&self) -> u64 {
        sum(self.steps.iter().map(|step| step.waits()))
    }

    /// How long the baseline and the run take together, about.
    fn seconds(&self, room: Room) -> f64 {
        self.bare_seconds(room) + self.run_seconds(self.workers, room)
    }

    fn bare_seconds(&self, room: Room) -> f64 {
        real(self.tasks) * self.computes() as f64 / 1e3 / room.share().min(1.0)
    }

    fn run_seconds(&self, workers: usize, room: Room) -> f64 {
        let lanes = real(workers).min(room.share());
        let computing = real(self.tasks) * self.computes() as f64 / lanes;
        let rounds = match self.runtime.wait_blocks() {
            true => real(self.tasks.div_ceil(workers.max(1))),
            false => 1.0,
        };
        (computing + real(self.tasks) * TASK + rounds * self.waits() as f64) / 1e3
    }

    fn unchecked(asked: &Experiment) -> Self {
        Self {
            runtime: asked.runtime,
            tasks: asked.tasks,
            steps: asked.steps.clone(),
            workers: asked.workers,
        }
    }

    fn check(&self) -> Result<(), MeasureError> {
        match (self.tasks, self.workers) {
            (0, _) => Err(MeasureError::NoTasks),
            (_, 0) => Err(MeasureError::NoWorkers),
            (tasks, _) if tasks > MAX_MEASURED_TASKS => Err(MeasureError::TooManyTasks(tasks)),
            (_, workers) if workers > MAX_MEASURED_WORKERS => {
                Err(MeasureError::TooManyWorkers(workers))
            }
            _ if self.computes() == 0 && self.waits() == 0 => Err(MeasureError::NothingToDo),
            _ => Ok(()),
        }
    }

    fn bring_near(&mut self, notes: &mut Vec<String>) {
        // Each error is mended once; there are as many as fields.
        while let Err(error) = self.check() {
            let used = match error {
                MeasureError::NoTasks | MeasureError::TooManyTasks(_) => {
                    self.tasks = self.tasks.clamp(1, MAX_MEASURED_TASKS);
                    self.tasks
                }
                MeasureError::NothingToDo => {
                    self.steps = vec![Step::Compute(1)];
                    1
                }
                _ => {
                    self.workers = self.workers.clamp(1, MAX_MEASURED_WORKERS);
                    self.workers
                }
            };
            notes.push(format!("{}. Here it is {used}.", capital(&error)));
        }
    }

    /// Shortens the tasks, then makes them fewer, then leaves steps out, until
    /// `seconds` is short enough.
    fn shorten(&mut self, notes: &mut Vec<String>, seconds: impl Fn(&Self) -> f64) {
        let Err(error) = check_time(seconds(self)) else {
            return;
        };
        let factor = LONGEST / seconds(self);
        self.steps = self.steps.iter().map(|step| step.scaled(factor)).collect();
        while check_time(seconds(self)).is_err() && self.tasks > 1 {
            let fewer = real(self.tasks) * LONGEST / seconds(self);
            self.tasks = (fewer as usize).clamp(1, self.tasks - 1);
        }
        // A step has at least one unit, so only fewer steps are shorter.
        while check_time(seconds(self)).is_err() && self.steps.len() > 1 {
            self.steps.truncate(self.steps.len().div_ceil(2));
        }
        let units = self.in_all();
        notes.push(format!(
            "{}. Here there are {} of {}.",
            capital(&error),
            self.tasks_in_words(),
            counted_units(units)
        ));
    }

    pub(super) fn tasks_in_words(&self) -> String {
        counted(self.tasks, "task")
    }

    /// What the tasks do, in a few words.
    pub(super) fn words(&self) -> String {
        let tasks = self.tasks_in_words();
        if self.waits() == 0 {
            return format!("{tasks} of {}", counted_units(self.computes()));
        }
        let steps = self.steps.iter().map(|step| step.words());
        let mut shown: Vec<String> = steps.take(SHOWN_STEPS).collect();
        if let Some(more @ 1..) = self.steps.len().checked_sub(SHOWN_STEPS) {
            shown.push(format!("and {more} more steps, in all {}", self.in_all()));
        }
        format!("{tasks}, {} units", shown.join(", "))
    }

    fn in_all(&self) -> u64 {
        self.computes().saturating_add(self.waits())
    }
}

impl SweepPlan {
    pub(super) fn exactly(asked: &Experiment, room: Room) -> Result<Self, MeasureError> {
        let plan = Plan::unchecked(asked);
        plan.check()?;
        let repetitions = asked.repetitions;
        if !(1..=MAX_REPETITIONS).contains(&repetitions) {
            return Err(MeasureError::Repetitions(repetitions));
        }
        check_time(real(repetitions) * round_seconds(&plan, room))?;
        Ok(Self { plan, repetitions })
    }

    /// Fewer repetitions first, then shorter tasks.
    pub(super) fn nearest(asked: &Experiment, room: Room, notes: &mut Vec<String>) -> Self {
        let mut plan = Plan::unchecked(asked);
        plan.bring_near(notes);
        let mut repetitions = asked.repetitions.clamp(1, MAX_REPETITIONS);
        if repetitions != asked.repetitions {
            let error = MeasureError::Repetitions(asked.repetitions);
            notes.push(format!("{}. Here it is {repetitions}.", capital(&error)));
        }
        let round = round_seconds(&plan, room);
        if let Err(error) = check_time(real(repetitions) * round) {
            let affordable = (LONGEST / round) as usize;
            let fewer = affordable.clamp(FEW_REPETITIONS.min(repetitions), repetitions);
            if fewer < repetitions {
                repetitions = fewer;
                let times = counted(repetitions, "repetition");
                notes.push(format!("{}. Here it is {times}.", capital(&error)));
            }
        }
        plan.shorten(notes, |plan| real(repetitions) * round_seconds(plan, room));
        Self { plan, repetitions }
    }
}

/// One baseline and one run for each number of workers.
fn round_seconds(plan: &Plan, room: Room) -> f64 {
    let runs = (1..=plan.workers).map(|workers| plan.run_seconds(workers, room));
    plan.bare_seconds(room) + runs.sum::<f64>()
}

impl Step {
    fn words(self) -> String {
        match self {
            Self::Compute(units) => format!("compute {units}"),
            Self::Wait(units) => format!("wait {units}"),
        }
    }
}

fn counted_units(number: u64) -> String {
    match number {
        1 => "1 unit".to_owned(),
        _ => format!("{number} units"),
    }
}

fn check_time(seconds: f64) -> Result<(), MeasureError> {
    if seconds <= LONGEST {
        return Ok(());
    }
    Err(MeasureError::TooLong {
        seconds: seconds.ceil() as u64,
        most: LONGEST as u64,
    })
}

fn shorter(units: u64, factor: f64) -> u64 {
    ((units as f64 * factor) as u64).clamp(1, units.max(1))
}

fn sum(units: impl Iterator<Item = u64>) -> u64 {
    units.fold(0, u64::saturating_add)
}

fn real(count: usize) -> f64 {
    count as f64
}

/// An error as a sentence's beginning.
pub(super) fn capital(error: &MeasureError) -> String {
    let words = error.to_string();
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}
