//! What came of one run.

use std::collections::BTreeMap;
use std::fmt;

use super::clients::{Report, Stage};
use super::desk::Desk;
use super::latency::{Latency, PERCENTILES};
use super::load::{Plan, thousands};
use super::serve::{Ending, Served};
use crate::trace::{Origin, Trace};

/// A server that answered requests, as it and its clients saw it.
#[derive(Debug, Clone)]
pub struct Run {
    /// A task for each request, from the first look at it to its answer, on the
    /// server's threads. Time 0 is when the clients may send.
    pub trace: Trace,
    requests: u64,
    threads: u64,
    delay: u64,
    peak: usize,
    latency: Latency,
    hog: Option<u64>,
    failures: Failures,
    clients_cpu: u64,
    notes: Vec<String>,
}

/// Requests that were not answered as they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failures {
    /// The client got no connection.
    pub refused: u64,
    /// The connection ended without an answer.
    pub cut: u64,
    /// The answer was not what the request asks for.
    pub wrong: u64,
    /// There was no answer when the run ended.
    pub unanswered: u64,
}

impl Failures {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.refused + self.cut + self.wrong + self.unanswered
    }
}

impl Run {
    pub(super) fn of(
        plan: &Plan,
        desk: &Desk,
        served: &Served,
        reports: &[Report],
        clients_cpu: u64,
        trace: Trace,
    ) -> Self {
        let hog = desk.hog_number();
        let is_hog = |number: usize| u64::try_from(number).ok() == hog;
        let answered = |(number, report): (usize, &Report)| {
            (report.stage == Stage::Answered).then_some((number, report.latency))
        };
        let latencies = || reports.iter().enumerate().filter_map(answered);
        let times = latencies().filter(|(number, _)| !is_hog(*number));
        let times: Vec<u64> = times.map(|(_, time)| time).collect();
        let failures = failures(reports);
        let wide = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Self {
            requests: wide(plan.requests),
            threads: wide(plan.threads),
            delay: u64::try_from(plan.delay.as_nanos()).unwrap_or(u64::MAX),
            peak: desk.peak(),
            latency: Latency::of(&times),
            hog: latencies()
                .find(|(number, _)| is_hog(*number))
                .map(|(_, time)| time),
            failures,
            clients_cpu,
            notes: notes(plan, desk, served, reports, &failures),
            trace,
        }
    }

    /// A run that could not be made.
    pub(super) fn none(note: String) -> Self {
        Self {
            trace: Trace::empty(Origin::Measured, "No run", "ns", note),
            requests: 0,
            threads: 0,
            delay: 0,
            peak: 0,
            latency: Latency::of(&[]),
            hog: None,
            failures: Failures::default(),
            clients_cpu: 0,
            notes: Vec::new(),
        }
    }

    pub(super) fn noting(mut self, notes: &[String]) -> Self {
        self.notes.splice(0..0, notes.iter().cloned());
        self
    }

    /// How many requests there were: as many as asked for, or fewer with a
    /// note.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// How many of them got the right answer.
    #[must_use]
    pub const fn answered(&self) -> u64 {
        self.requests - self.failures.total()
    }

    /// The others; none in a good run.
    #[must_use]
    pub const fn failures(&self) -> Failures {
        self.failures
    }

    /// On how many threads handlers ran.
    #[must_use]
    pub const fn threads(&self) -> u64 {
        self.threads
    }

    /// How long the backend took for each request, in nanoseconds.
    #[must_use]
    pub const fn delay(&self) -> u64 {
        self.delay
    }

    /// The most requests that were in flight at one instant, read and not yet
    /// answered, as the server counted them.
    /// [`Trace::peak_concurrency`] is the same, read off the recording.
    #[must_use]
    pub const fn peak_in_flight(&self) -> usize {
        self.peak
    }

    /// How long answers took, as clients saw it, without the hog's own.
    #[must_use]
    pub const fn latency(&self) -> &Latency {
        &self.latency
    }

    /// How long the hog's own answer took, in nanoseconds; `None` without a hog
    /// or without an answer.
    #[must_use]
    pub const fn hog_latency(&self) -> Option<u64> {
        self.hog
    }

    /// Right answers per second, from the first request on.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // A few thousand, and less than 2^53 ns.
    pub fn throughput(&self) -> f64 {
        match self.trace.makespan() {
            0 => 0.0,
            time => self.answered() as f64 * 1e9 / time as f64,
        }
    }

    /// CPU time of the server's threads, in nanoseconds, from the first request
    /// on.
    #[must_use]
    pub fn cpu_time(&self) -> u64 {
        self.trace.conditions().map_or(0, |found| found.cpu_time)
    }

    /// CPU time of the clients' process, in nanoseconds, from the first request
    /// on. It shares the CPUs with the server.
    #[must_use]
    pub const fn clients_cpu_time(&self) -> u64 {
        self.clients_cpu
    }

    /// What a reader should know: fewer requests than asked for, failures and
    /// their reasons, what disturbed the run. Full sentences; usually none.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let all = self.notes.iter().chain(self.trace.notes());
        all.cloned().collect()
    }
}

fn failures(reports: &[Report]) -> Failures {
    let count = |stages: &[Stage]| {
        let found = reports.iter().filter(|one| stages.contains(&one.stage));
        u64::try_from(found.count()).unwrap_or(u64::MAX)
    };
    Failures {
        refused: count(&[Stage::Refused]),
        cut: count(&[Stage::Cut]),
        wrong: count(&[Stage::Wrong]),
        unanswered: count(&[
            Stage::NotYet,
            Stage::Connecting,
            Stage::Connected,
            Stage::Sent,
        ]),
    }
}

fn notes(
    plan: &Plan,
    desk: &Desk,
    served: &Served,
    reports: &[Report],
    failures: &Failures,
) -> Vec<String> {
    let mut notes = Vec::new();
    match served.ending {
        Ending::Complete => {}
        Ending::ClientsGone => notes.push(
            "The clients' process ended before all was answered, so the run was stopped."
                .to_owned(),
        ),
        Ending::Late => notes.push(format!(
            "The deadline of {} ms passed before all was answered, so the run was stopped.",
            plan.deadline.as_millis()
        )),
    }
    if let Some(reason) = &served.unaccepted {
        notes.push(format!(
            "The server could accept no more connections: {reason}."
        ));
    }
    let counts = [
        (failures.refused, "got no connection"),
        (failures.cut, "lost their connection"),
        (failures.wrong, "got a wrong answer"),
        (failures.unanswered, "got no answer"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(n, what)| format!("{n} {what}")).collect();
    if !counts.is_empty() {
        notes.push(format!(
            "Of {} clients, {}{}.",
            thousands(u64::try_from(plan.requests).unwrap_or(u64::MAX)),
            counts.join(", "),
            reasons(reports)
        ));
    }
    if failures.total() == 0 && desk.peak() < plan.requests {
        let number = |count: usize| thousands(u64::try_from(count).unwrap_or(u64::MAX));
        notes.push(format!(
            "Only {} of the {} requests were in flight at one instant: the first were answered before the last were read. \
             With a longer backend time (`delay_ms`) all overlap.",
            number(desk.peak()),
            number(plan.requests)
        ));
    }
    if desk.miscomputed() {
        notes.push("The hog computed a wrong result: do not trust this run.".to_owned());
    }
    notes
}

/// The system's reasons, the most frequent first.
fn reasons(reports: &[Report]) -> String {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for reason in reports.iter().filter_map(|report| report.reason) {
        *counts.entry(reason.desc()).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let words: Vec<&str> = counts.iter().take(3).map(|(reason, _)| *reason).collect();
    if words.is_empty() {
        return String::new();
    }
    format!(" ({})", words.join("; "))
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({})", self.trace.title(), self.trace.origin())?;
        for (what, value) in self.rows() {
            writeln!(f, "{what:<32} {value:>12}")?;
        }
        for note in self.notes() {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}

impl Run {
    /// What is counted, and its value with its unit.
    #[must_use]
    pub fn rows(&self) -> Vec<(String, String)> {
        let mut rows = vec![
            ("requests answered".to_owned(), thousands(self.answered())),
            ("errors".to_owned(), thousands(self.failures.total())),
            (
                "peak in flight".to_owned(),
                thousands(u64::try_from(self.peak).unwrap_or(u64::MAX)),
            ),
            (
                "peak parallelism (handlers)".to_owned(),
                self.trace.peak_parallelism().to_string(),
            ),
        ];
        for percent in PERCENTILES {
            let name = match percent {
                100.0 => "worst latency".to_owned(),
                _ => format!("latency, {percent}th percentile"),
            };
            let time = match self.latency.count() {
                0 => "-".to_owned(),
                _ => in_ms(self.latency.percentile(percent)),
            };
            rows.push((name, time));
        }
        rows.extend([
            (
                "the hog's own latency".to_owned(),
                self.hog.map_or("-".to_owned(), in_ms),
            ),
            ("wall-clock time".to_owned(), in_ms(self.trace.makespan())),
            (
                "answers per second".to_owned(),
                thousands(self.throughput().round() as u64),
            ),
            ("work of the handlers".to_owned(), in_ms(self.trace.work())),
            ("CPU time of the server".to_owned(), in_ms(self.cpu_time())),
            (
                "CPU time of the clients".to_owned(),
                in_ms(self.clients_cpu),
            ),
        ]);
        rows
    }
}

/// Whole milliseconds, or what is left of one.
pub(crate) fn in_ms(time: u64) -> String {
    let milliseconds = time as f64 / 1e6;
    match time {
        0 => "0 ms".to_owned(),
        1..10_000_000 => format!("{milliseconds:.2} ms"),
        _ => format!("{} ms", thousands(milliseconds.round() as u64)),
    }
}
