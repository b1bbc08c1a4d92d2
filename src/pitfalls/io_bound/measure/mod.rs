//! A backend of fixed capacity on this machine, and more and more real threads
//! in front of it.

mod backend;
mod clients;
mod fixed;
mod measured;
#[cfg(test)]
mod tests;

use crate::machine;
use crate::pitfalls::measure::{MeasureError, Watched, as_much, enough, nearest_run, of_call};
use crate::pitfalls::range::{Range, count, wide};
use crate::team::Deadline;

use super::simulate::Service;

pub use clients::Answered;
use clients::{Asking, Plan, ask};
pub use fixed::{Fixed, fixed, try_fixed};
pub use measured::{Measured, MeasuredPoint};

const REQUESTS: Range = Range {
    what: "requests",
    least: 1,
    most: 10_000,
};
const THREADS: Range = Range {
    what: "threads",
    least: 1,
    most: 128,
};
const COMPUTE: Range = Range {
    what: "milliseconds of computing",
    least: 0,
    most: 500,
};
const LATENCY: Range = Range {
    what: "milliseconds of latency",
    least: 1,
    most: 500,
};
const CAPACITY: Range = Range {
    what: "places at the backend",
    least: 1,
    most: 128,
};

/// So many `requests` to a real backend, by 1, 2, 4, .. and `threads` threads
/// that sit through their waits, and by one thread with an event loop.
///
/// One tick of [`super::simulate`] is one millisecond here: each request
/// computes for about `service.compute` ms of CPU time (units of
/// [`crate::machine::unit`], whose results are checked), then asks the
/// backend. The backend has `service.capacity` places, and a place really
/// waits for `service.latency` ms before it answers. So nobody gets more than
/// `capacity / latency` answers per millisecond out of it.
///
/// What can be run: 1 to 10,000 requests, 1 to 128 threads, 0 to 500 ms of
/// computing, 1 to 500 ms of latency, 1 to 128 places. Other numbers, and
/// requests that would take longer than 15 s in all, are replaced by the
/// nearest, with a note. The call ends after some 30 s at the latest, and
/// leaves no thread behind.
///
/// ```
/// use twoaxes::pitfalls::io_bound::{self, Service};
///
/// let service = Service { compute: 0, latency: 2, capacity: 2 };
/// let run = io_bound::measure(16, 8, service);
/// for point in run.points() {
///     assert!(point.run.throughput() <= point.run.limit());
/// }
/// assert_eq!(run.overlapped.trace.workers().len(), 1);
/// ```
#[must_use]
pub fn measure(requests: usize, threads: usize, service: Service) -> Measured {
    let mut notes = Vec::new();
    let plan = nearest(requests, threads, service, &mut notes);
    let plan = shortened(plan, sweep_time(plan, threads_of(plan)), &mut notes);
    sweep(plan, of_call(), notes.clone())
        .unwrap_or_else(|error| Measured::nothing(plan, &error, notes))
}

/// [`measure`], but it refuses what it cannot run as asked.
///
/// # Errors
///
/// [`MeasureError`] for a number outside of its range, for requests that take
/// too long, or when the system starts no thread.
pub fn try_measure(
    requests: usize,
    threads: usize,
    service: Service,
) -> Result<Measured, MeasureError> {
    let plan = checked(requests, threads, service)?;
    let total = sweep_time(plan, threads_of(plan));
    enough(REQUESTS.what, wide(requests), total)?;
    sweep(plan, of_call(), Vec::new())
}

fn sweep(plan: Plan, deadline: Deadline, mut notes: Vec<String>) -> Result<Measured, MeasureError> {
    let mut ways: Vec<(String, Plan)> = numbers(threads_of(plan))
        .into_iter()
        .map(|threads| {
            let asking = Asking::Threads(threads);
            (title(threads), Plan { asking, ..plan })
        })
        .collect();
    let asking = Asking::EventLoop;
    ways.push((OVERLAPPED.to_owned(), Plan { asking, ..plan }));
    let mut runs = all(&ways, deadline, &mut notes)?;
    let overlapped = runs.pop().unwrap_or_else(|| Answered::nothing(OVERLAPPED));
    Ok(Measured::of(plan, runs, overlapped, notes))
}

const OVERLAPPED: &str = "One thread that overlaps the waits";

fn title(threads: usize) -> String {
    match threads {
        1 => "One thread that sits through the waits".to_owned(),
        many => format!("{many} threads that sit through the waits"),
    }
}

/// All of them one after the other. What disturbed them, or was refused, goes
/// to the notes.
fn all(
    ways: &[(String, Plan)],
    deadline: Deadline,
    notes: &mut Vec<String>,
) -> Result<Vec<Answered>, MeasureError> {
    let mut watched = Watched::start();
    let mut runs = Vec::with_capacity(ways.len());
    let mut told = Vec::new();
    for (title, plan) in ways {
        let run = ask(title, *plan, deadline, &mut told)?;
        watched.add(&run.trace);
        if run.answered < plan.requests {
            told.push(format!(
                "Time was up: {} of {} requests were answered with \"{title}\".",
                run.answered, plan.requests
            ));
        }
        if !run.is_right() {
            told.push(format!(
                "A result of \"{title}\" is wrong: please report it."
            ));
        }
        runs.push(run);
    }
    told.dedup();
    notes.append(&mut told);
    notes.extend(watched.disturbances());
    Ok(runs)
}

/// The numbers of threads that are run: doublings, and the last.
fn numbers(threads: usize) -> Vec<usize> {
    let doublings = std::iter::successors(Some(1_usize), |number| number.checked_mul(2));
    let mut numbers: Vec<usize> = doublings.take_while(|&number| number < threads).collect();
    numbers.push(threads.max(1));
    numbers
}

fn threads_of(plan: Plan) -> usize {
    match plan.asking {
        Asking::Threads(threads) => threads,
        Asking::EventLoop => 1,
    }
}

fn checked(requests: usize, threads: usize, service: Service) -> Result<Plan, MeasureError> {
    Ok(Plan {
        requests: count(REQUESTS.check(wide(requests))?),
        asking: Asking::Threads(count(THREADS.check(wide(threads))?)),
        service: Service {
            compute: COMPUTE.check(service.compute)?,
            latency: LATENCY.check(service.latency)?,
            capacity: count(CAPACITY.check(wide(service.capacity))?),
        },
        batch: 1,
    })
}

fn nearest(requests: usize, threads: usize, service: Service, notes: &mut Vec<String>) -> Plan {
    Plan {
        requests: count(nearest_run(REQUESTS, wide(requests), notes)),
        asking: Asking::Threads(count(nearest_run(THREADS, wide(threads), notes))),
        service: Service {
            compute: nearest_run(COMPUTE, service.compute, notes),
            latency: nearest_run(LATENCY, service.latency, notes),
            capacity: count(nearest_run(CAPACITY, wide(service.capacity), notes)),
        },
        batch: 1,
    }
}

/// `plan` with as many of its requests as there is time for, if all take
/// `total` milliseconds.
fn shortened(plan: Plan, total: u64, notes: &mut Vec<String>) -> Plan {
    let requests = as_much(REQUESTS.what, wide(plan.requests), total, notes);
    Plan {
        requests: count(requests),
        ..plan
    }
}

/// What all runs of a sweep take, in milliseconds.
fn sweep_time(plan: Plan, threads: usize) -> u64 {
    let by_threads = numbers(threads)
        .into_iter()
        .map(|number| time(plan, number));
    by_threads.sum::<u64>() + time(plan, plan.requests)
}

/// What the requests take with so many of them under way, in milliseconds, if
/// nothing disturbs them.
fn time(plan: Plan, under_way: usize) -> u64 {
    let Service {
        compute,
        latency,
        capacity,
    } = plan.service;
    let rounds = |at_once: usize| wide(plan.requests.div_ceil(at_once.max(1)));
    let by_clients = rounds(under_way) * (compute + latency);
    let by_backend = rounds(capacity) * latency;
    let by_cpus = rounds(under_way.min(machine::allowed().len())) * compute;
    by_clients.max(by_backend).max(by_cpus)
}
