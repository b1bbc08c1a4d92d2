//! The remedies: a line for each counter, and a counter of one's own.

use std::fmt;

use crate::pitfalls::comparison::Comparison;
use crate::pitfalls::measure::{MeasureError, Watched, as_much, enough, nearest_run, of_call};
use crate::pitfalls::range::{count, wide};
use crate::team::Deadline;
use crate::trace::Trace;

use super::counters::Layout;
use super::line::{line, padding};
use super::run::{Counted, Plan, all};
use super::{FEWER, INCREMENTS, THREADS, about, estimate, ratio, table};

/// The hazard and its remedies, run in turns.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixed {
    /// Counters one after the other, on one line: the hazard.
    pub one_line: Counted,
    /// Each counter on a line of its own.
    pub padded: Counted,
    /// Each thread counts in a variable of its own and stores the result once.
    pub local: Counted,
    /// Bytes of a cache line here.
    pub line: u64,
    notes: Vec<String>,
}

/// Each of `threads` threads increments a counter of its own so many times,
/// with the counters on one line, padded, and in local variables.
///
/// Numbers, checks and limits are those of [`super::measure`].
///
/// ```
/// use twoaxes::pitfalls::false_sharing;
///
/// let run = false_sharing::fixed(2, 100_000);
/// assert!(run.padded.is_right() && run.local.is_right());
/// println!("{:.1} times as slow as padded", run.slowdown());
/// ```
#[must_use]
pub fn fixed(threads: usize, increments: u64) -> Fixed {
    let mut notes = Vec::new();
    let threads = count(nearest_run(THREADS, wide(threads), &mut notes));
    let increments = nearest_run(INCREMENTS, increments, &mut notes);
    let total = estimate(threads, increments, WAYS);
    let increments = as_much(INCREMENTS.what, increments, total, &mut notes);
    run(threads, increments, of_call(), notes.clone())
        .unwrap_or_else(|error| Fixed::nothing(increments, &error, notes))
}

/// [`fixed`], but it refuses what it cannot run as asked.
///
/// # Errors
///
/// [`MeasureError`] for a number outside of its range, or when the system
/// starts no thread.
pub fn try_fixed(threads: usize, increments: u64) -> Result<Fixed, MeasureError> {
    THREADS.check(wide(threads))?;
    INCREMENTS.check(increments)?;
    enough(
        INCREMENTS.what,
        increments,
        estimate(threads, increments, WAYS),
    )?;
    run(threads, increments, of_call(), Vec::new())
}

/// The hazard and two remedies.
const WAYS: u64 = 3;

const TITLES: [&str; 3] = [
    "Counters on one line",
    "A line for each counter",
    "A local variable each",
];

fn run(
    threads: usize,
    increments: u64,
    deadline: Deadline,
    mut notes: Vec<String>,
) -> Result<Fixed, MeasureError> {
    let mut watched = Watched::start();
    let (line, told) = line();
    let layouts = [Layout::OneLine, Layout::Padded, Layout::Local];
    let mut titles = TITLES.into_iter();
    let plans = layouts.map(|layout| Plan {
        title: titles.next().unwrap_or_default(),
        layout,
        threads,
        increments,
    });
    let [one_line, padded, local] = all(plans, deadline, &mut watched, &mut notes)?;
    notes.extend(about(threads, line, told));
    notes.extend(watched.disturbances());
    Ok(Fixed {
        one_line,
        padded,
        local,
        line,
        notes,
    })
}

impl Fixed {
    /// How many times longer an increment takes on a shared line than on a
    /// padded one.
    #[must_use]
    pub fn slowdown(&self) -> f64 {
        ratio(self.one_line.time.median, self.padded.time.median)
    }

    /// [`Fixed::slowdown`] in CPU time, in which nobody else has a part.
    #[must_use]
    pub fn slowdown_in_cpu_time(&self) -> f64 {
        ratio(self.one_line.cpu_time, self.padded.cpu_time)
    }

    /// What a reader should know about the run: what was changed, refused or
    /// disturbed. Full sentences; none for a run as asked on an idle machine.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The median runs, the hazard first.
    #[must_use]
    pub fn traces(&self) -> [&Trace; 3] {
        [&self.one_line, &self.padded, &self.local].map(|run| &run.trace)
    }

    /// Hazard and remedies in numbers, with what the simulator says.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let runs = [&self.one_line, &self.padded, &self.local];
        let notice = if self.one_line.counts().is_empty() {
            "Nothing was measured.".to_owned()
        } else if self.one_line.counts().len() < 2 {
            "One thread has the line to itself, so padding changes nothing. It takes two to share a line."
                .to_owned()
        } else {
            format!(
                "On one line an increment takes {:.1} times as long ({:.1} times the CPU time) as with {} bytes for each counter, though no thread ever reads another one's counter. \
                 A local variable needs neither padding nor atomic increments: the shared memory sees one store for each thread. {FEWER}",
                self.slowdown(),
                self.slowdown_in_cpu_time(),
                padding(),
            )
        };
        table(
            "A counter for each thread, measured",
            ["one line", "padded", "local, stored once"],
            runs,
        )
        .notice(notice, &self.notes)
    }

    pub(super) fn nothing(increments: u64, error: &MeasureError, mut notes: Vec<String>) -> Self {
        notes.push(format!("Nothing was measured: {error}."));
        let [one_line, padded, local] = TITLES.map(|title| Counted::nothing(title, increments));
        Self {
            one_line,
            padded,
            local,
            line: line().0,
            notes,
        }
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison().fmt(f)
    }
}
