//! What more and more threads got out of a backend.

use std::fmt;

use crate::machine;
use crate::pitfalls::comparison::{Comparison, counted};
use crate::pitfalls::io_bound::simulate::{IoBound, Service, simulate};
use crate::pitfalls::measure::{MeasureError, time};
use crate::pitfalls::range::{real, wide};
use crate::trace::{Origin, Trace};

use super::{Answered, OVERLAPPED, Plan, threads_of};

/// Milliseconds in a second: a tick of the simulator is one.
const PER_SECOND: f64 = 1_000.0;

/// One number of real threads in front of a backend.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredPoint {
    /// How many threads there were.
    pub threads: usize,
    /// What they got.
    pub run: Answered,
    /// Answers per second of the same threads, simulated.
    pub simulated: f64,
}

/// Real threads in front of a backend of fixed capacity, and one with an event
/// loop; see [`super::measure`].
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// One thread that takes up the next request while the others wait.
    pub overlapped: Answered,
    /// The simulated runs: one by one, with all threads, overlapped.
    pub simulated: IoBound,
    points: Vec<MeasuredPoint>,
    service: Service,
    cpus: usize,
    notes: Vec<String>,
}

impl Measured {
    pub(super) fn of(
        plan: Plan,
        runs: Vec<Answered>,
        overlapped: Answered,
        notes: Vec<String>,
    ) -> Self {
        let threads = threads_of(plan);
        let simulated = |threads| simulate(plan.requests, threads, plan.service);
        let point = |(threads, run)| {
            let ideal = simulated(threads);
            MeasuredPoint {
                threads,
                run,
                simulated: ideal.throughput(&ideal.more_workers) * PER_SECOND,
            }
        };
        let numbers = super::numbers(threads).into_iter();
        Self {
            overlapped,
            simulated: simulated(threads),
            points: numbers.zip(runs).map(point).collect(),
            service: plan.service,
            cpus: machine::allowed().len(),
            notes,
        }
    }

    pub(super) fn nothing(plan: Plan, error: &MeasureError, mut notes: Vec<String>) -> Self {
        notes.push(format!("Nothing was measured: {error}."));
        Self::of(plan, Vec::new(), Answered::nothing(OVERLAPPED), notes)
    }

    /// One point for each number of threads that was run, from 1 on.
    #[must_use]
    pub fn points(&self) -> &[MeasuredPoint] {
        &self.points
    }

    /// The most answers per second that the backend can give: its capacity by
    /// its latency.
    #[must_use]
    pub fn limit(&self) -> f64 {
        self.service.limit() * PER_SECOND
    }

    /// Answers per second of one thread that overlaps, simulated.
    #[must_use]
    pub fn simulated_overlap(&self) -> f64 {
        let simulated = &self.simulated;
        simulated.throughput(&simulated.overlapped) * PER_SECOND
    }

    /// The runs on one thread: one that sits through its waits, and one that
    /// overlaps them.
    #[must_use]
    pub fn traces(&self) -> Vec<&Trace> {
        let one = self.points.first().map(|point| &point.run.trace);
        one.into_iter().chain([&self.overlapped.trace]).collect()
    }

    /// What a reader should know about the run: what was changed, refused or
    /// disturbed. Full sentences; none for a run as asked on an idle machine.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Measured and simulated in numbers, for each number of threads and for
    /// the event loop.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let runs = || {
            let points = self
                .points
                .iter()
                .map(|point| (&point.run, point.simulated));
            points.chain([(&self.overlapped, self.simulated_overlap())])
        };
        let row = |what: &str, value: &dyn Fn(&Answered) -> String| {
            (what.to_owned(), runs().map(|(run, _)| value(run)).collect())
        };
        let names = self
            .points
            .iter()
            .map(|point| counted(wide(point.threads), "thread"));
        Comparison {
            origin: Some(Origin::Measured),
            title: format!(
                "{} of {} ms, then {} ms at a backend with {}",
                counted(wide(self.simulated.overlapped.tasks().len()), "request"),
                self.service.compute,
                self.service.latency,
                counted(wide(self.service.capacity), "place"),
            ),
            ways: names.chain(["event loop, 1 thread".to_owned()]).collect(),
            rows: vec![
                row("answered", &|run| run.answered.to_string()),
                row("makespan", &|run| time(real(run.trace.makespan()))),
                row("answers per second", &|run| {
                    format!("{:.0}", run.throughput())
                }),
                (
                    "the same, simulated".to_owned(),
                    runs()
                        .map(|(_, simulated)| format!("{simulated:.0}"))
                        .collect(),
                ),
                row("of the backend's limit", &|run| {
                    format!("{:.0}%", 100.0 * run.throughput() / run.limit())
                }),
                row("peak concurrency", &|run| {
                    run.trace.peak_concurrency().to_string()
                }),
                row("CPUs used on average", &|run| {
                    let used = run.trace.conditions().map_or(0.0, |of| of.cpus_used());
                    format!("{used:.2}")
                }),
                row("a visit took", &|run| time(run.latency)),
            ],
            notice: self.notice(),
            notes: self.notes.clone(),
        }
    }

    /// The most requests per second that the CPUs can compute for.
    fn by_cpus(&self) -> f64 {
        // By 0 there is no limit.
        real(wide(self.cpus)) * PER_SECOND / real(self.service.compute)
    }

    fn notice(&self) -> String {
        let Some(last) = self.points.last() else {
            return "Nothing was measured.".to_owned();
        };
        let by_cpus = self.by_cpus();
        let beyond = if by_cpus < self.limit() {
            &format!(
                "{} compute for at most {by_cpus:.0} requests per second, so here they are the limit and not the backend",
                counted(wide(self.cpus), "CPU")
            )
        } else if last.threads > self.service.capacity {
            "threads beyond the number of places only move the queue from in front of the threads to in front of the backend"
        } else {
            "ask for more threads than there are places to see the limit"
        };
        format!(
            "Nobody gets more than {:.0} answers per second out of this backend: {} by {} ms. {} got {:.0}, and one thread that overlaps its waits got {:.0}; {beyond}.",
            self.limit(),
            counted(wide(self.service.capacity), "place"),
            self.service.latency,
            counted(wide(last.threads), "thread"),
            last.run.throughput(),
            self.overlapped.throughput(),
        )
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison().fmt(f)
    }
}
