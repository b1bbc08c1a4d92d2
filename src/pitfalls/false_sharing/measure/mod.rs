//! The same counters on this machine: the hazard and its remedies for real.

mod counters;
mod fixed;
mod line;
mod run;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::machine;
use crate::pitfalls::comparison::{Comparison, counted};
use crate::pitfalls::measure::{
    MeasureError, Watched, as_much, enough, nearest_run, of_call, one_cpu, time,
};
use crate::pitfalls::range::{Range, count, real, wide};
use crate::team::Deadline;
use crate::trace::Trace;

use super::simulate::simulate;

pub use counters::Layout;
pub use fixed::{Fixed, fixed, try_fixed};
pub use run::Counted;
use run::Plan;

const THREADS: Range = Range {
    what: "threads",
    least: 1,
    most: 64,
};
const INCREMENTS: Range = Range {
    what: "increments",
    least: 1,
    most: 20_000_000,
};
/// How often each way of counting is run. They take turns, so that what
/// happens on the machine meanwhile meets them all.
const REPETITIONS: usize = 9;
/// What an increment may take on a shared line, in nanoseconds.
const OF_ONE_INCREMENT: u64 = 50;
/// What a busy machine does to the effect.
const FEWER: &str = "Threads that do not run at the same time, because others keep the CPUs busy, do not take the line from each other: then the effect is smaller.";

/// Real threads that increment counters on one cache line.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// One thread that has the line to itself.
    pub alone: Counted,
    /// All threads, their counters one after the other.
    pub together: Counted,
    /// Bytes of a cache line here.
    pub line: u64,
    notes: Vec<String>,
}

/// Each of `threads` threads increments a counter of its own so many times;
/// the counters are on one cache line. Beside it, one thread does the same
/// alone.
///
/// Threads are kept on different CPUs where that is allowed. An increment is
/// one relaxed `fetch_add`. Every counter is checked in the end.
///
/// What can be run: 1 to 64 threads, 1 to 20,000,000 increments. Other
/// numbers, and increments that would take longer than 15 s in all, are
/// replaced by the nearest, with a note. The call ends after some
/// 30 s at the latest, and leaves no thread behind.
///
/// ```
/// use twoaxes::pitfalls::false_sharing;
///
/// let run = false_sharing::measure(2, 100_000);
/// assert_eq!(run.together.counts(), [100_000, 100_000]);
/// println!("{:.1} times as slow as alone", run.slowdown());
/// ```
#[must_use]
pub fn measure(threads: usize, increments: u64) -> Measured {
    let mut notes = Vec::new();
    let threads = count(nearest_run(THREADS, wide(threads), &mut notes));
    let increments = nearest_run(INCREMENTS, increments, &mut notes);
    let total = estimate(threads, increments, 2);
    let increments = as_much(INCREMENTS.what, increments, total, &mut notes);
    run(threads, increments, of_call(), notes.clone())
        .unwrap_or_else(|error| Measured::nothing(increments, &error, notes))
}

/// [`measure`], but it refuses what it cannot run as asked.
///
/// # Errors
///
/// [`MeasureError`] for a number outside of its range, or when the system
/// starts no thread.
pub fn try_measure(threads: usize, increments: u64) -> Result<Measured, MeasureError> {
    THREADS.check(wide(threads))?;
    INCREMENTS.check(increments)?;
    enough(
        INCREMENTS.what,
        increments,
        estimate(threads, increments, 2),
    )?;
    run(threads, increments, of_call(), Vec::new())
}

fn run(
    threads: usize,
    increments: u64,
    deadline: Deadline,
    mut notes: Vec<String>,
) -> Result<Measured, MeasureError> {
    let mut watched = Watched::start();
    let (line, told) = line::line();
    let plan = |title, threads| Plan {
        title,
        layout: Layout::OneLine,
        threads,
        increments,
    };
    let plans = [
        plan("One thread alone", 1),
        plan("Counters on one line", threads),
    ];
    let [alone, together] = run::all(plans, deadline, &mut watched, &mut notes)?;
    notes.extend(about(threads, line, told));
    notes.extend(watched.disturbances());
    Ok(Measured {
        alone,
        together,
        line,
        notes,
    })
}

/// What so many `ways` of counting take, with all repetitions, in
/// milliseconds, if each increment has to wait for the line.
fn estimate(threads: usize, increments: u64, ways: u64) -> u64 {
    let turns = wide(threads.div_ceil(machine::allowed().len().max(1)));
    let rounds = ways * wide(REPETITIONS);
    (increments * turns * rounds * OF_ONE_INCREMENT).div_ceil(1_000_000)
}

/// What a reader should know about the machine.
fn about(threads: usize, line: u64, told: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if threads > 1 {
        notes.extend(one_cpu(
            "the line stays in its cache, and where the counters are makes no difference.",
        ));
    }
    let cpus = machine::allowed().len();
    if cpus > 1 && threads > cpus {
        notes.push(format!(
            "{threads} threads share {cpus} CPUs: they take turns, so each takes longer than alone wherever the counters are."
        ));
    }
    if !told {
        notes.push(format!(
            "The system does not tell how long a cache line is: {line} bytes are taken for it."
        ));
    }
    notes
}

impl Measured {
    /// How many times longer the threads took together than one of them alone.
    /// Without sharing, and with a CPU for each, it would be 1.
    #[must_use]
    pub fn slowdown(&self) -> f64 {
        ratio(self.together.time.median, self.alone.time.median)
    }

    /// [`Measured::slowdown`] in CPU time, in which nobody else has a part.
    #[must_use]
    pub fn slowdown_in_cpu_time(&self) -> f64 {
        ratio(self.together.cpu_time, self.alone.cpu_time)
    }

    /// What a reader should know about the run: what was changed, refused or
    /// disturbed. Full sentences; none for a run as asked on an idle machine.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Alone and together in numbers.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let runs = [&self.alone, &self.together];
        let threads = self.together.counts().len();
        let notice = if threads == 0 {
            "Nothing was measured.".to_owned()
        } else if threads < 2 {
            "One thread has the line to itself: it takes two to share a line.".to_owned()
        } else {
            format!(
                "Each thread increments a counter of its own, and {} together took {:.1} times as long as one alone, and an increment {:.1} times the CPU time. Their counters are on {} of {} bytes, and only one CPU at a time may write to a line. {FEWER}",
                counted(wide(threads), "thread"),
                self.slowdown(),
                self.slowdown_in_cpu_time(),
                counted(wide(self.together.lines), "line"),
                self.line,
            )
        };
        let names = ["one thread", &counted(wide(threads), "thread")];
        table("Increments on one cache line, measured", names, runs).notice(notice, &self.notes)
    }

    fn nothing(increments: u64, error: &MeasureError, mut notes: Vec<String>) -> Self {
        notes.push(format!("Nothing was measured: {error}."));
        let (line, _) = line::line();
        Self {
            alone: Counted::nothing("One thread alone", increments),
            together: Counted::nothing("Counters on one line", increments),
            line,
            notes,
        }
    }

    /// The median runs, alone first.
    #[must_use]
    pub fn traces(&self) -> [&Trace; 2] {
        [&self.alone.trace, &self.together.trace]
    }
}

/// The rows that all comparisons of counting have.
fn table<const N: usize>(title: &str, ways: [&str; N], runs: [&Counted; N]) -> Comparison {
    let threads = |run: &Counted| run.counts().len();
    let simulated = |run: &Counted| {
        if run.layout == Layout::Local {
            return "-".to_owned();
        }
        let increments = run.increments.min(1_000);
        let both = simulate(threads(run).max(1), increments);
        let trace = match run.layout {
            Layout::OneLine => &both.broken,
            _ => &both.repaired,
        };
        let cycles = real(trace.makespan()) / real(increments.max(1));
        format!("{cycles:.1} cycles")
    };
    Comparison::new(title, ways)
        .row(
            "increments of each thread",
            runs.map(|run| run.increments.to_string()),
        )
        .row(
            "time of all (median run)",
            runs.map(|run| time(real(run.trace.makespan()))),
        )
        .row("one increment", runs.map(|run| time(run.time.median)))
        .row(
            "shortest to longest",
            runs.map(|run| format!("{} to {}", time(run.time.least), time(run.time.most))),
        )
        .row("its CPU time", runs.map(|run| time(run.cpu_time)))
        .row(
            "interruptions, all runs",
            runs.map(|run| run.preemptions.to_string()),
        )
        .row("one increment, simulated", runs.map(simulated))
        .row(
            "increments per second",
            runs.map(|run| format!("{:.0} million", run.rate() / 1e6)),
        )
        .row("cache lines", runs.map(|run| run.lines.to_string()))
        .row(
            "counts are right",
            runs.map(|run| if run.is_right() { "yes" } else { "no" }.to_owned()),
        )
}

/// `a / b`; NaN where nothing was measured.
fn ratio(a: f64, b: f64) -> f64 {
    if b > 0.0 { a / b } else { f64::NAN }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison().fmt(f)
    }
}
