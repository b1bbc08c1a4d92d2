//! What was measured behind one lock.

use std::fmt;

use crate::machine;
use crate::pitfalls::comparison::{Comparison, counted};
use crate::pitfalls::lock_contention::curve::point;
use crate::pitfalls::measure::{MeasureError, stretch, time};
use crate::pitfalls::range::{real, wide};
use crate::trace::{Origin, Trace};
use crate::workers::{self, Spread};

use super::{Plan, Way};

/// Operations in a picture of a run.
const SHOWN: usize = 12;
/// How far above the limit a measured speedup is no longer within the accuracy
/// of the unit of computation.
const DOUBTFUL: f64 = 1.05;

/// One number of real workers behind one lock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeasuredPoint {
    /// How many workers there were.
    pub workers: usize,
    /// Whether they were more than the CPUs that they could use.
    pub is_oversubscribed: bool,
    /// Wall-clock time for each operation, in nanoseconds, in all repetitions.
    pub time: Spread,
    /// How many times as fast as one worker, of the medians.
    pub speedup: f64,
    /// How many times as fast as one worker, of the shortest repetitions.
    /// Interruptions only lengthen a run, so on a busy machine this says more.
    pub best: f64,
    /// The serial share that `speedup` looks like (Karp and Flatt 1990);
    /// NaN for one worker.
    pub karp_flatt: f64,
    /// The simulated speedup, with a CPU for each worker.
    pub simulated: f64,
    /// Amdahl's law with the share inside of the lock as the serial share.
    pub amdahl: f64,
    /// What cannot be beaten with a CPU for each: `min(N, 1/s)`.
    pub limit: f64,
}

/// Real workers behind one lock; see [`super::measure`].
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The run of median length with all workers, in nanoseconds.
    pub trace: Trace,
    points: Vec<MeasuredPoint>,
    operations: usize,
    outside: u64,
    inside: u64,
    is_right: bool,
    cpus: usize,
    notes: Vec<String>,
}

impl Measured {
    pub(super) fn of(plan: Plan, ways: Vec<Way>, notes: Vec<String>) -> Self {
        let cpus = machine::allowed().len();
        let is_right = ways.iter().all(|way| way.is_right);
        let one = ways
            .first()
            .map_or(Spread::of(&[]), |way| Spread::of(&way.times));
        let points = ways
            .iter()
            .map(|way| measured_point(way, one, cpus))
            .collect();
        let last = ways.into_iter().next_back().and_then(Way::middle);
        let trace = last.map_or_else(|| nothing_in("One lock for all"), |run| run.trace);
        Self {
            trace,
            points,
            operations: plan.operations,
            outside: plan.outside,
            inside: plan.inside,
            is_right,
            cpus,
            notes,
        }
    }

    pub(super) fn nothing(plan: Plan, error: &MeasureError, mut notes: Vec<String>) -> Self {
        notes.push(format!("Nothing was measured: {error}."));
        Self::of(plan, Vec::new(), notes)
    }

    /// One point for each number of workers that was run, from 1 on.
    #[must_use]
    pub fn points(&self) -> &[MeasuredPoint] {
        &self.points
    }

    /// The share of an operation that is inside of the lock: 0 to 1.
    #[must_use]
    pub fn serial_share(&self) -> f64 {
        real(self.inside) / real((self.outside + self.inside).max(1))
    }

    /// Whether the total behind the lock was what the operations add up to, in
    /// every run.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.is_right
    }

    /// How many CPUs the workers could use.
    #[must_use]
    pub fn cpus(&self) -> usize {
        self.cpus
    }

    /// A stretch of [`Measured::trace`] in which a dozen operations were done:
    /// all of them would be too thin to be seen.
    #[must_use]
    pub fn excerpt(&self) -> Trace {
        stretch(&self.trace, SHOWN)
    }

    /// What a reader should know about the run: what was changed, refused or
    /// disturbed. Full sentences; none for a run as asked on an idle machine.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Measured and simulated in numbers, for each number of workers.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let row = |what: &str, value: &dyn Fn(&MeasuredPoint) -> String| {
            (what.to_owned(), self.points.iter().map(value).collect())
        };
        let shown = |value: f64| match value.is_nan() {
            true => "-".to_owned(),
            false => format!("{value:.2}"),
        };
        Comparison {
            origin: Some(Origin::Measured),
            title: format!(
                "{} of {} + {} µs, the latter behind one lock",
                counted(wide(self.operations), "operation"),
                self.outside,
                self.inside
            ),
            ways: self
                .points
                .iter()
                .map(|point| counted(wide(point.workers), "worker"))
                .collect(),
            rows: vec![
                row("time of an operation (median)", &|p| time(p.time.median)),
                row("shortest", &|p| time(p.time.least)),
                row("longest", &|p| time(p.time.most)),
                row("speedup, measured", &|p| shown(p.speedup)),
                row("of the shortest runs", &|p| shown(p.best)),
                row("speedup, simulated", &|p| shown(p.simulated)),
                row("Amdahl's law", &|p| shown(p.amdahl)),
                row("limit, min(N, 1/s)", &|p| shown(p.limit)),
                row("Karp-Flatt, measured", &|p| shown(p.karp_flatt)),
                row("more workers than CPUs", &|p| {
                    if p.is_oversubscribed { "yes" } else { "no" }.to_owned()
                }),
            ],
            notice: self.notice(),
            notes: self.notes.clone(),
        }
    }

    fn notice(&self) -> String {
        if self.points.is_empty() {
            return "Nothing was measured.".to_owned();
        }
        let share = self.serial_share();
        let told = format!(
            "{:.0}% of each operation is inside of the lock.",
            share * 100.0
        );
        let within = self.points.iter().filter(|point| !point.is_oversubscribed);
        let Some(most) = within
            .max_by_key(|point| point.workers)
            .filter(|p| p.workers > 1)
        else {
            return format!("{told} It takes two CPUs and two workers to see what that costs.");
        };
        format!(
            "{told} With {} that is at most {:.2} times as fast as one; measured it is {:.2}{}",
            counted(wide(most.workers), "worker"),
            most.limit,
            most.speedup,
            meaning(most.speedup, most.limit, most.karp_flatt),
        )
    }
}

/// What a measured `speedup` says about the lock; goes on behind the number.
pub(super) fn meaning(speedup: f64, limit: f64, karp_flatt: f64) -> String {
    if speedup > limit * DOUBTFUL {
        return ", which is more than can be: the run with one worker must have been disturbed."
            .to_owned();
    }
    if speedup < 1.0 {
        return ", slower than one: handing the lock over, or whoever else was busy, cost more than the others brought. \
                A serial share (Karp-Flatt) beyond 1 says the same."
            .to_owned();
    }
    format!(
        ", which looks like a serial share of {:.2} (Karp-Flatt). \
         That share is smaller than the one inside where others compute meanwhile, and larger by what it costs to hand the lock over and by whoever else was busy.",
        // The unit of computation is not exact to the last percent.
        karp_flatt.max(0.0),
    )
}

fn measured_point(way: &Way, one: Spread, cpus: usize) -> MeasuredPoint {
    let Plan {
        operations,
        outside,
        inside,
        workers,
        ..
    } = way.plan;
    let time = Spread::of(&way.times);
    let simulated = point(operations, outside, inside, workers);
    let speedup = ratio(one.median, time.median);
    MeasuredPoint {
        workers,
        is_oversubscribed: workers > cpus,
        time,
        speedup,
        best: ratio(one.least, time.least),
        karp_flatt: workers::karp_flatt(speedup, real(wide(workers))),
        simulated: simulated.simulated,
        amdahl: simulated.amdahl,
        limit: simulated.limit,
    }
}

/// `a / b`; NaN where nothing was measured.
pub(super) fn ratio(a: f64, b: f64) -> f64 {
    if b > 0.0 { a / b } else { f64::NAN }
}

/// In place of a trace that there is not.
pub(super) fn nothing_in(title: &str) -> Trace {
    Trace::empty(Origin::Measured, title, "ns", "Nothing was measured.")
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison().fmt(f)
    }
}
