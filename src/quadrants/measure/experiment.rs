//! How large the real runs are.

use std::time::Duration;

use super::super::quadrant::Quadrant;
use super::error::MeasureError;
use super::lanes::lanes;
use super::real::{RealQuadrant, RealQuadrants};
use super::run;
use crate::machine;
use crate::trace::{Origin, Trace};

/// The most tasks of one run.
pub const MAX_MEASURED_TASKS: u64 = 1_000;
/// The most units of one run, over all tasks: about 5 s of one CPU.
pub const MAX_UNITS: u64 = 5_000;
/// The most threads of one run.
pub const MAX_THREADS: u64 = 64;
/// The longest wait, in milliseconds.
const MAX_WAIT: u64 = 100;

/// Real runs of a given size: so many tasks of so many units of computation
/// ([`machine::unit`], about a millisecond of one CPU each).
///
/// ```
/// use twoaxes::quadrants::{Experiment, Quadrant};
///
/// let run = Experiment::new().tasks(3).units(2).try_run(Quadrant::Sequential)?;
/// assert_eq!(run.trace().spans().len(), 3);
/// # Ok::<(), twoaxes::quadrants::MeasureError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Experiment {
    pub(super) tasks: u64,
    pub(super) units: u64,
    pub(super) threads: u64,
    pub(super) wait: u64,
}

impl Default for Experiment {
    fn default() -> Self {
        Self::new()
    }
}

impl Experiment {
    /// 8 tasks of 4 units, waits of 3 ms, and as many threads as there are
    /// CPUs, from 2 to 8.
    #[must_use]
    pub fn new() -> Self {
        let cpus = u64::try_from(machine::allowed().len()).unwrap_or(2);
        Self {
            tasks: 8,
            units: 4,
            threads: cpus.clamp(2, 8),
            wait: 3,
        }
    }

    /// How many tasks, 1 to [`MAX_MEASURED_TASKS`].
    #[must_use]
    pub const fn tasks(mut self, tasks: u64) -> Self {
        self.tasks = tasks;
        self
    }

    /// How many units each task computes, at least 1. All tasks together may
    /// have [`MAX_UNITS`].
    #[must_use]
    pub const fn units(mut self, units: u64) -> Self {
        self.units = units;
        self
    }

    /// How many threads the parallel runs have, 1 to [`MAX_THREADS`].
    #[must_use]
    pub const fn threads(mut self, threads: u64) -> Self {
        self.threads = threads;
        self
    }

    /// How long a task of a concurrent run waits after each of its units but
    /// the last, in milliseconds, 0 to 100.
    #[must_use]
    pub const fn wait(mut self, milliseconds: u64) -> Self {
        self.wait = milliseconds;
        self
    }

    /// The run that is meant for `quadrant`.
    ///
    /// # Errors
    ///
    /// [`MeasureError`] for a size that is out of range, or when the system
    /// refuses a thread.
    pub fn try_run(self, quadrant: Quadrant) -> Result<RealQuadrant, MeasureError> {
        self.check()?;
        run::measured(quadrant, self)
    }

    /// [`Experiment::try_run`] of the nearest size that can be run, with a note
    /// where that is another one. A run that fails comes back empty, and says
    /// why.
    #[must_use]
    pub fn run(self, quadrant: Quadrant) -> RealQuadrant {
        let (nearest, note) = match self.check() {
            Ok(()) => (self, None),
            Err(error) => {
                let nearest = self.nearest();
                (nearest, Some(format!("{error}. Shown is {nearest}.")))
            }
        };
        let result = run::measured(quadrant, nearest).unwrap_or_else(|error| {
            let trace = Trace::empty(Origin::Measured, quadrant.name(), "ns", format!("{error}."));
            RealQuadrant::new(quadrant, trace, nearest)
        });
        result.with_note(note)
    }

    /// All four quadrants, one after another, and the lanes.
    #[must_use]
    pub fn run_all(self) -> RealQuadrants {
        RealQuadrants::new(Quadrant::ALL.map(|quadrant| self.run(quadrant)), lanes())
    }

    pub(super) fn check(self) -> Result<(), MeasureError> {
        MeasureError::check("tasks", self.tasks, 1, MAX_MEASURED_TASKS)?;
        MeasureError::check("units of a task", self.units, 1, MAX_UNITS)?;
        MeasureError::check("threads", self.threads, 1, MAX_THREADS)?;
        MeasureError::check("milliseconds of a wait", self.wait, 0, MAX_WAIT)?;
        if self.tasks.saturating_mul(self.units) > MAX_UNITS {
            return Err(MeasureError::TooMuchWork {
                tasks: self.tasks,
                units: self.units,
                most: MAX_UNITS,
            });
        }
        Ok(())
    }

    fn nearest(self) -> Self {
        let tasks = self.tasks.clamp(1, MAX_MEASURED_TASKS);
        Self {
            tasks,
            units: self.units.clamp(1, MAX_UNITS / tasks),
            threads: self.threads.clamp(1, MAX_THREADS),
            wait: self.wait.min(MAX_WAIT),
        }
    }

    /// A run is given up after several times what it takes on a busy machine.
    pub(super) fn limit(self) -> Duration {
        let waits = self.units.saturating_mul(self.wait);
        let units = self.tasks.saturating_mul(self.units.saturating_add(waits));
        Duration::from_millis(units.saturating_mul(4).clamp(5_000, 20_000))
    }
}

impl std::fmt::Display for Experiment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plural = |number: u64| if number == 1 { "" } else { "s" };
        write!(
            f,
            "{} task{} of {} unit{} on up to {} thread{}, with waits of {} ms",
            self.tasks,
            plural(self.tasks),
            self.units,
            plural(self.units),
            self.threads,
            plural(self.threads),
            self.wait
        )
    }
}
