//! Workers in front of a backend with a limited number of places.

use std::fmt;

use crate::pitfalls::comparison::{Comparison, counted};
use crate::pitfalls::range::{Range, RangeError, count, real, wide};
use crate::pitfalls::station::Jobs;
use crate::trace::{Origin, Trace};
use crate::workers;

const REQUESTS: Range = Range {
    what: "requests",
    least: 1,
    most: 10_000,
};
const WORKERS: Range = Range {
    what: "workers",
    least: 1,
    most: 1000,
};
const COMPUTE: Range = Range {
    what: "ticks of computing",
    least: 0,
    most: 1_000_000,
};
const LATENCY: Range = Range {
    what: "ticks of latency",
    least: 1,
    most: 1_000_000,
};
const CAPACITY: Range = Range {
    what: "places at the backend",
    least: 1,
    most: 10_000,
};

/// What one request takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Service {
    /// Ticks that a worker computes for it.
    pub compute: u64,
    /// Ticks that the backend then takes to answer, once it has a place.
    pub latency: u64,
    /// How many requests the backend works on at once.
    pub capacity: usize,
}

impl Service {
    /// The share of a lone request's time that it waits: 0 to 1.
    #[must_use]
    pub fn waiting_share(&self) -> f64 {
        let (compute, latency) = (real(self.compute), real(self.latency));
        if compute + latency == 0.0 {
            return 0.0;
        }
        latency / (compute + latency)
    }

    /// The most requests that the backend answers per tick, whoever asks:
    /// `capacity / latency`.
    #[must_use]
    pub fn limit(&self) -> f64 {
        real(wide(self.capacity)) / real(self.latency)
    }
}

/// The same requests in three ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IoBound {
    /// One worker that sits through every wait.
    pub one_by_one: Trace,
    /// Several workers, each of which sits through the wait of its request.
    pub more_workers: Trace,
    /// One worker that takes up the next request while the others wait.
    pub overlapped: Trace,
    /// What one request takes.
    pub service: Service,
    workers: usize,
    notes: Vec<String>,
}

/// `requests` to a backend, by one worker, by `workers` that block, and by one
/// worker that overlaps the waits.
///
/// What can be simulated: 1 to 10,000 requests, 1 to 1000 workers, 0 to
/// 1,000,000 ticks of computing, 1 to 1,000,000 ticks of latency, 1 to 10,000
/// places. Other numbers are replaced by the nearest, with a note.
///
/// ```
/// use twoaxes::pitfalls::io_bound::{self, Service};
///
/// let service = Service { compute: 1, latency: 19, capacity: 8 };
/// let run = io_bound::simulate(16, 4, service);
/// assert_eq!(run.one_by_one.makespan(), 320);
/// assert_eq!(run.more_workers.makespan(), 80);
/// assert_eq!(run.overlapped.makespan(), 46);
/// assert_eq!(run.overlapped.speedup(), 320.0 / 46.0);
/// ```
#[must_use]
pub fn simulate(requests: usize, workers: usize, service: Service) -> IoBound {
    let mut notes = Vec::new();
    let mut near = |range: Range, value| range.nearest(value, &mut notes);
    let requests = near(REQUESTS, wide(requests));
    let workers = near(WORKERS, wide(workers));
    let service = Service {
        compute: near(COMPUTE, service.compute),
        latency: near(LATENCY, service.latency),
        capacity: count(near(CAPACITY, wide(service.capacity))),
    };
    run(count(requests), count(workers), service, notes)
}

/// [`simulate`], but it refuses what it cannot simulate as asked.
///
/// # Errors
///
/// [`RangeError`] for a number outside of its range.
pub fn try_simulate(
    requests: usize,
    workers: usize,
    service: Service,
) -> Result<IoBound, RangeError> {
    REQUESTS.check(wide(requests))?;
    WORKERS.check(wide(workers))?;
    COMPUTE.check(service.compute)?;
    LATENCY.check(service.latency)?;
    CAPACITY.check(wide(service.capacity))?;
    Ok(run(requests, workers, service, Vec::new()))
}

/// How many times faster one request gets when its computation is spread over
/// `cores` and its wait stays as it is: `1 / (w + (1 - w) / cores)`, which is
/// Amdahl's law with the wait as the serial share.
///
/// `waiting_share` is between 0 and 1. NaN for other shares and for 0 cores.
///
/// ```
/// use twoaxes::pitfalls::io_bound::speedup_by_cores;
///
/// assert_eq!(format!("{:.3}", speedup_by_cores(0.95, 64)), "1.052");
/// ```
#[must_use]
pub fn speedup_by_cores(waiting_share: f64, cores: usize) -> f64 {
    workers::amdahl(1.0 - waiting_share, real(wide(cores)))
}

fn run(requests: usize, workers: usize, service: Service, notes: Vec<String>) -> IoBound {
    let jobs = |workers, stays| Jobs {
        count: requests,
        first: service.compute,
        second: service.latency,
        workers,
        places: service.capacity,
        stays,
    };
    let many = format!(
        "{} that {} through the waits",
        counted(wide(workers), "worker"),
        if workers == 1 { "sits" } else { "sit" }
    );
    // What each is compared with. Of the overlapped waits, only a part is the
    // backend's; the others are times in its queue.
    let serial = service
        .compute
        .saturating_add(service.latency)
        .saturating_mul(wide(requests));
    let trace = |title: &str, jobs| trace(title, jobs, serial);
    IoBound {
        one_by_one: trace("One worker that sits through the waits", jobs(1, true)),
        more_workers: trace(&many, jobs(workers, true)),
        overlapped: trace("One worker that overlaps the waits", jobs(1, false)),
        service,
        workers,
        notes,
    }
}

fn trace(title: &str, jobs: Jobs, serial: u64) -> Trace {
    let mut trace = Trace::simulated(title);
    trace.baseline(serial);
    let workers: Vec<_> = (1..=jobs.workers)
        .map(|n| trace.worker(format!("worker {n}")))
        .collect();
    for (number, visit) in (1..).zip(jobs.run()) {
        let task = trace.task(format!("r{number}"));
        let Some(&worker) = workers.get(visit.worker) else {
            continue;
        };
        trace.run(task, worker, visit.start, visit.arrive);
        if jobs.stays {
            trace.blocked(task, worker, visit.arrive, visit.end);
        } else {
            trace.wait(task, visit.arrive, visit.end);
        }
    }
    trace.build().unwrap_or_else(|error| {
        let note = format!("The simulation contradicts itself, please report it: {error}.");
        Trace::empty(Origin::Simulated, title, "ticks", note)
    })
}

impl IoBound {
    /// How many requests are answered per tick in one of the traces; 0 for an
    /// empty one. Never more than [`Service::limit`].
    #[must_use]
    pub fn throughput(&self, trace: &Trace) -> f64 {
        match trace.makespan() {
            0 => 0.0,
            time => real(wide(trace.tasks().len())) / real(time),
        }
    }

    /// How many times faster a lone request gets when as many cores as there
    /// are workers share its computation.
    #[must_use]
    pub fn speedup_by_cores(&self) -> f64 {
        speedup_by_cores(self.service.waiting_share(), self.workers)
    }

    /// The three runs in numbers.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let runs = [&self.one_by_one, &self.more_workers, &self.overlapped];
        let limit = self.service.limit();
        let notice = format!(
            "Each request waits for {:.0}% of its time, so {} for its computation would make it {:.3} times as fast. \
             What helps is to have more requests under way: one worker that overlaps the waits is {:.2} times as fast as one that does not. \
             Nobody gets more than {limit:.3} requests per tick out of this backend.",
            self.service.waiting_share() * 100.0,
            counted(wide(self.workers), "core"),
            self.speedup_by_cores(),
            real(self.one_by_one.makespan()) / real(self.overlapped.makespan().max(1)),
        );
        let workers = counted(wide(self.workers), "worker");
        Comparison::new(
            format!(
                "{} to a backend",
                counted(wide(self.one_by_one.tasks().len()), "request")
            ),
            ["one by one", &workers, "overlapped"],
        )
        .row("makespan", runs.map(|run| counted(run.makespan(), "tick")))
        .row(
            "requests per tick",
            runs.map(|run| format!("{:.3}", self.throughput(run))),
        )
        .row(
            "of the backend's limit",
            runs.map(|run| format!("{:.0}%", 100.0 * self.throughput(run) / limit)),
        )
        .row(
            "peak concurrency",
            runs.map(|run| run.peak_concurrency().to_string()),
        )
        .row(
            "peak parallelism",
            runs.map(|run| run.peak_parallelism().to_string()),
        )
        .row(
            "mean parallelism",
            runs.map(|run| format!("{:.2}", run.mean_parallelism())),
        )
        .notice(notice, &self.notes)
    }
}

impl fmt::Display for IoBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison().fmt(f)
    }
}
