//! The remedies: overlapping, a larger backend, several requests a visit.

use std::fmt;

use crate::pitfalls::comparison::{Comparison, counted};
use crate::pitfalls::io_bound::simulate::{Service, simulate};
use crate::pitfalls::measure::{MeasureError, enough, first, of_call, time as shown};
use crate::pitfalls::range::{real, wide};
use crate::team::Deadline;
use crate::trace::Trace;

use super::{
    Answered, Asking, OVERLAPPED, Plan, REQUESTS, all, checked, nearest, shortened, threads_of,
    time, title,
};

/// How many times as many places the larger backend has.
const LARGER: usize = 2;
/// How many requests a batch has.
const BATCH: usize = 4;
/// Requests in a picture of a run.
const SHOWN: usize = 12;

/// The hazard and its remedies.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixed {
    /// Threads that sit through their waits: the hazard.
    pub more_threads: Answered,
    /// One thread that takes up the next request while the others wait.
    pub overlapped: Answered,
    /// The same thread, and twice as many places at the backend.
    pub larger: Answered,
    /// The same thread, and four requests in a visit to the first backend.
    pub batched: Answered,
    threads: usize,
    service: Service,
    /// Answers per second, simulated, of the first three.
    simulated: [f64; 3],
    notes: Vec<String>,
}

/// So many `requests` to a real backend: by `threads` threads that sit through
/// their waits, and by one thread that overlaps them; then by that thread to a
/// backend with twice the places, and in batches of four.
///
/// Numbers, checks and limits are those of [`super::measure`].
///
/// ```
/// use twoaxes::pitfalls::io_bound::{self, Service};
///
/// let service = Service { compute: 0, latency: 2, capacity: 2 };
/// let run = io_bound::fixed(16, 8, service);
/// assert_eq!((run.larger.places, run.batched.answered), (4, 16));
/// println!("{:.0} -> {:.0} per second", run.overlapped.throughput(), run.larger.throughput());
/// ```
#[must_use]
pub fn fixed(requests: usize, threads: usize, service: Service) -> Fixed {
    let mut notes = Vec::new();
    let plan = nearest(requests, threads, service, &mut notes);
    let plan = shortened(plan, total_time(plan), &mut notes);
    run(plan, of_call(), notes.clone()).unwrap_or_else(|error| {
        notes.push(format!("Nothing was measured: {error}."));
        Fixed::of(plan, Vec::new(), notes)
    })
}

/// [`fixed`], but it refuses what it cannot run as asked.
///
/// # Errors
///
/// [`MeasureError`] for a number outside of its range, for requests that take
/// too long, or when the system starts no thread.
pub fn try_fixed(requests: usize, threads: usize, service: Service) -> Result<Fixed, MeasureError> {
    let plan = checked(requests, threads, service)?;
    enough(REQUESTS.what, wide(requests), total_time(plan))?;
    run(plan, of_call(), Vec::new())
}

fn run(plan: Plan, deadline: Deadline, mut notes: Vec<String>) -> Result<Fixed, MeasureError> {
    let loops = Plan {
        asking: Asking::EventLoop,
        ..plan
    };
    let larger = Plan {
        service: larger(plan.service),
        ..loops
    };
    let batched = Plan {
        batch: BATCH,
        ..loops
    };
    let plans = [plan, loops, larger, batched];
    let ways: Vec<(String, Plan)> = titles(threads_of(plan)).into_iter().zip(plans).collect();
    let runs = all(&ways, deadline, &mut notes)?;
    Ok(Fixed::of(plan, runs, notes))
}

fn larger(service: Service) -> Service {
    Service {
        capacity: service.capacity * LARGER,
        ..service
    }
}

fn titles(threads: usize) -> [String; 4] {
    [
        title(threads),
        OVERLAPPED.to_owned(),
        "The same thread, twice as many places".to_owned(),
        "The same thread, four requests a visit".to_owned(),
    ]
}

/// What all runs take, in milliseconds; remedies no longer than overlapping.
fn total_time(plan: Plan) -> u64 {
    time(plan, threads_of(plan)) + 3 * time(plan, plan.requests)
}

impl Fixed {
    pub(super) fn of(plan: Plan, runs: Vec<Answered>, notes: Vec<String>) -> Self {
        let threads = threads_of(plan);
        let mut runs = runs.into_iter();
        let [more_threads, overlapped, larger_one, batched] =
            titles(threads).map(|title| runs.next().unwrap_or_else(|| Answered::nothing(&title)));
        let one = simulate(plan.requests, threads, plan.service);
        let two = simulate(plan.requests, threads, larger(plan.service));
        let simulated = [
            one.throughput(&one.more_workers),
            one.throughput(&one.overlapped),
            two.throughput(&two.overlapped),
        ];
        Self {
            more_threads,
            overlapped,
            larger: larger_one,
            batched,
            threads,
            service: plan.service,
            simulated: simulated.map(|per_tick| per_tick * 1_000.0),
            notes,
        }
    }

    /// The runs, the hazard first.
    #[must_use]
    pub fn traces(&self) -> [&Trace; 4] {
        self.runs().map(|run| &run.trace)
    }

    /// The first dozen requests of each run: all of them would not fit into a picture.
    #[must_use]
    pub fn excerpts(&self) -> [Trace; 4] {
        self.traces().map(|trace| first(trace, SHOWN))
    }

    fn runs(&self) -> [&Answered; 4] {
        [
            &self.more_threads,
            &self.overlapped,
            &self.larger,
            &self.batched,
        ]
    }

    /// What a reader should know about the run: what was changed, refused or
    /// disturbed. Full sentences; none for a run as asked on an idle machine.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Hazard and remedies in numbers, with what the simulator says.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let runs = self.runs();
        let [threads, overlapped, larger] = self.simulated.map(|per| format!("{per:.0}"));
        let by_thread = 1_000.0 / real(self.service.compute);
        let computing = if by_thread < self.larger.limit() {
            format!(
                " But one thread computes for at most {by_thread:.0} requests per second, whatever the backend does."
            )
        } else {
            String::new()
        };
        let notice = format!(
            "One thread that overlaps its waits gets {:.0} answers per second, {} get {:.0}. \
             Beyond {:.0} only the backend helps: with twice the places it is {:.0}, with four requests a visit {:.0}.{computing}",
            self.overlapped.throughput(),
            counted(wide(self.threads), "thread"),
            self.more_threads.throughput(),
            self.service.limit() * 1_000.0,
            self.larger.throughput(),
            self.batched.throughput(),
        );
        let notice = if self.runs().iter().all(|run| run.answered == 0) {
            "Nothing was measured.".to_owned()
        } else {
            notice
        };
        let name = counted(wide(self.threads), "thread");
        Comparison::new(
            format!(
                "{} to a backend with {}, measured",
                counted(wide(self.overlapped.trace.tasks().len()), "request"),
                counted(wide(self.service.capacity), "place")
            ),
            [
                &name,
                "1 thread, overlapped",
                "twice the places",
                "batches of 4",
            ],
        )
        .row("answered", runs.map(|run| run.answered.to_string()))
        .row(
            "makespan",
            runs.map(|run| shown(real(run.trace.makespan()))),
        )
        .row(
            "answers per second",
            runs.map(|run| format!("{:.0}", run.throughput())),
        )
        .row(
            "the same, simulated",
            [threads, overlapped, larger, "-".to_owned()],
        )
        .row(
            "limit per second",
            runs.map(|run| format!("{:.0}", run.limit())),
        )
        .row(
            "peak concurrency",
            runs.map(|run| run.trace.peak_concurrency().to_string()),
        )
        .row(
            "threads",
            runs.map(|run| run.trace.workers().len().to_string()),
        )
        .notice(notice, &self.notes)
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison().fmt(f)
    }
}
