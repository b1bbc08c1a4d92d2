//! The same experiment on more and more workers.

use super::error::MeasureError;
use super::expected;
use super::plan::{Plan, SweepPlan, capital};
use super::room::Room;
use super::run::{GIVEN_UP, baseline, run};
use super::runtime::Runtime;
use super::spread::Spread;
use crate::machine::{Usage, Watch};
use crate::team::Deadline;
use crate::trace::{Conditions, Trace};
use crate::workers::fit::{AmdahlFit, FitError, UslFit, fit_amdahl, fit_usl};
use crate::workers::simulate::counted;

/// What a reader has to know of a law that fits worse than a level line.
const UNLIKE_THE_LAW: &str = "These points do not follow Amdahl's law: R^2 is below 0, so a level line would be nearer. \
     Read no p from them, and measure again with longer tasks or on a machine that is less busy.";

/// What was measured with one number of workers.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepPoint {
    /// How many workers there were.
    pub workers: usize,
    /// Wall-clock times, in nanoseconds.
    pub makespan: Spread,
    /// Speedups, no unit: in each repetition, the bare time of one thread over
    /// the makespan.
    pub speedup: Spread,
    /// The simulated speedup, with a CPU for each worker.
    pub simulated: f64,
    /// Whether there were more workers than CPUs for them.
    pub oversubscribed: bool,
    /// The shortest run, which was disturbed the least.
    pub trace: Trace,
}

/// Real runs on 1, 2, .. workers, made by [`super::sweep`] or
/// [`super::Experiment::sweep`].
#[derive(Debug, Clone)]
pub struct Sweep {
    title: String,
    runtime: Runtime,
    room: Room,
    points: Vec<SweepPoint>,
    repetitions: usize,
    bare: Spread,
    amdahl: Result<AmdahlFit, FitError>,
    usl: Result<UslFit, FitError>,
    conditions: Conditions,
    notes: Vec<String>,
    pub(super) failure: Option<MeasureError>,
}

impl Sweep {
    /// What was measured, in a few words.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What gave the tasks to threads.
    #[must_use]
    pub const fn runtime(&self) -> Runtime {
        self.runtime
    }

    /// One point for each number of workers, from 1 on.
    #[must_use]
    pub fn points(&self) -> &[SweepPoint] {
        &self.points
    }

    /// How often each number of workers was measured.
    #[must_use]
    pub const fn repetitions(&self) -> usize {
        self.repetitions
    }

    /// How many workers can have a CPU each.
    #[must_use]
    pub fn cpus(&self) -> usize {
        self.room.workers()
    }

    /// Times of the same work on one thread without a recorder, in
    /// nanoseconds.
    #[must_use]
    pub const fn bare(&self) -> Spread {
        self.bare
    }

    /// Amdahl's law through the median speedups of as many workers as have a
    /// CPU each.
    ///
    /// # Errors
    ///
    /// [`FitError`] where these points do not tell, as on one CPU.
    pub const fn amdahl(&self) -> Result<&AmdahlFit, &FitError> {
        self.amdahl.as_ref()
    }

    /// The Universal Scalability Law through the median throughputs, in tasks
    /// a second, of as many workers as have a CPU each.
    ///
    /// # Errors
    ///
    /// [`FitError`] where these points do not tell: it takes three.
    pub const fn usl(&self) -> Result<&UslFit, &FitError> {
        self.usl.as_ref()
    }

    /// The machine during all of the runs.
    #[must_use]
    pub const fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// What a reader should know, such as a busy machine or numbers that had
    /// to be changed. Full sentences.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// Makespans and speedups of one number of workers, and its shortest run.
#[derive(Debug, Default)]
struct Series {
    makespans: Vec<f64>,
    speedups: Vec<f64>,
    shortest: Option<Trace>,
}

/// Where the system starts fewer threads than the most workers need, fewer
/// workers are measured, unless `strict`.
pub(super) fn sweep_of(sweep: &SweepPlan, mut notes: Vec<String>, strict: bool) -> Sweep {
    let (mut plan, repetitions) = (sweep.plan.clone(), sweep.repetitions);
    let (room, deadline) = (Room::here(), Deadline::after(GIVEN_UP));
    let watch = Watch::start();
    let mut all: Vec<Series> = (0..plan.workers).map(|_| Series::default()).collect();
    let mut bare = Vec::new();
    let mut own = Usage::default();
    let mut failure = None;
    while bare.len() < repetitions {
        match one_round(&plan, bare.len(), deadline, &mut own) {
            Ok((serial, traces)) => {
                bare.push(serial as f64);
                for (series, trace) in all.iter_mut().zip(traces) {
                    series.add(trace);
                }
            }
            Err(MeasureError::NotStarted {
                workers,
                started,
                reason,
            }) if !strict && (1..workers).contains(&started) => {
                let error = MeasureError::NotStarted {
                    workers,
                    started,
                    reason,
                };
                let most = counted(started, "worker");
                notes.push(format!("{}. Here are up to {most}.", capital(&error)));
                plan.workers = started;
                all.truncate(started);
            }
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    let conditions = watch.finish_alone(own, 0);
    let points: Vec<SweepPoint> = (1..)
        .zip(all)
        .filter_map(|(workers, series)| series.point(&plan, workers, room))
        .collect();
    let mut found = Sweep {
        title: format!("{}: {}", plan.runtime, plan.words()),
        runtime: plan.runtime,
        room,
        repetitions: bare.len(),
        bare: Spread::of(&bare),
        amdahl: fit_amdahl(&fitted(&points, |point| point.speedup.median)),
        usl: fit_usl(&fitted(&points, |point| {
            plan.tasks as f64 * 1e9 / point.makespan.median
        })),
        points,
        conditions,
        notes,
        failure,
    };
    found.remark(&plan, repetitions);
    found
}

/// A baseline, and a run for each number of workers, which are returned in
/// order. They begin with another number in each repetition. What all of it
/// used is added to `own`.
fn one_round(
    plan: &Plan,
    repetition: usize,
    deadline: Deadline,
    own: &mut Usage,
) -> Result<(u64, Vec<Trace>), MeasureError> {
    let given_up = MeasureError::GivenUp {
        seconds: GIVEN_UP.as_secs(),
        complete: 0,
        tasks: plan.tasks,
    };
    let before = Usage::of_thread();
    let serial = baseline(plan, deadline).ok_or(given_up)?;
    *own = [*own, Usage::of_thread().since(before)].into_iter().sum();
    let mut runs = Vec::with_capacity(plan.workers);
    for step in 0..plan.workers {
        let workers = (step + repetition) % plan.workers + 1;
        let plan = Plan {
            workers,
            ..plan.clone()
        };
        let trace = run(&plan, serial, deadline, Vec::new(), true)?.checked()?;
        *own = [*own, used(&trace)].into_iter().sum();
        runs.push((workers, trace));
    }
    runs.sort_by_key(|(workers, _)| *workers);
    Ok((serial, runs.into_iter().map(|(_, trace)| trace).collect()))
}

/// What the workers of a run used.
fn used(trace: &Trace) -> Usage {
    trace.conditions().map_or_else(Usage::default, |run| Usage {
        cpu_time: run.cpu_time,
        preemptions: run.preemptions,
        waits: 0,
    })
}

impl Series {
    fn add(&mut self, trace: Trace) {
        self.makespans.push(trace.makespan() as f64);
        self.speedups.push(trace.speedup());
        let before = self.shortest.as_ref().map(Trace::makespan);
        if before.is_none_or(|before| trace.makespan() < before) {
            self.shortest = Some(trace);
        }
    }

    /// `None` if nothing was measured.
    fn point(self, plan: &Plan, workers: usize, room: Room) -> Option<SweepPoint> {
        let trace = self.shortest?;
        let plan = Plan {
            workers,
            ..plan.clone()
        };
        Some(SweepPoint {
            workers,
            makespan: Spread::of(&self.makespans),
            speedup: Spread::of(&self.speedups),
            simulated: expected::simulate(&plan, Vec::new()).speedup(),
            oversubscribed: plan.computes() > 0 && workers > room.workers(),
            trace,
        })
    }
}

impl Sweep {
    fn remark(&mut self, plan: &Plan, asked: usize) {
        if let Some(error) = &self.failure {
            let times = counted(self.repetitions, "repetition");
            let only = format!("Only {times} of {asked} could be measured: {error}.");
            self.notes.push(only);
        }
        if plan.computes() > 0 {
            self.notes.extend(self.room.note(plan.workers));
        }
        if self.points.iter().any(|point| point.oversubscribed) {
            let cpus = counted(self.cpus(), "worker");
            self.notes.push(format!(
                "The laws are fitted to the points of up to {cpus}: beyond, speedup ends for want of CPUs, of which the laws know nothing."
            ));
        }
        if self.amdahl.as_ref().is_ok_and(|fit| fit.r_squared < 0.0) {
            self.notes.push(UNLIKE_THE_LAW.to_owned());
        }
        self.notes.extend(self.conditions.disturbances());
    }
}

/// The points that have a CPU for each worker.
fn fitted(points: &[SweepPoint], value: impl Fn(&SweepPoint) -> f64) -> Vec<(usize, f64)> {
    let points = points.iter().filter(|point| !point.oversubscribed);
    points.map(|point| (point.workers, value(point))).collect()
}
