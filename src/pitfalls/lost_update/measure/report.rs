//! What was counted, in words and tables.

use std::fmt;

use super::{Fixed, Measured, Tally};
use crate::pitfalls::comparison::{Comparison, counted};
use crate::pitfalls::range::{real, wide};
use crate::trace::Origin;

/// A, B, C: as the simulated threads are called.
pub(super) fn name(thread: usize) -> String {
    let letter = u8::try_from(thread).unwrap_or(0).saturating_add(b'A');
    char::from(letter).to_string()
}

impl Tally {
    /// How many additions are not in the counter.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.additions.saturating_sub(self.value)
    }

    /// The share of additions that are not in the counter, between 0 and 1.
    #[must_use]
    pub fn share_lost(&self) -> f64 {
        real(self.lost()) / real(self.additions.max(1))
    }

    /// Wall-clock time over additions, of all threads together, in
    /// nanoseconds.
    #[must_use]
    pub fn time_per_addition(&self) -> f64 {
        real(self.time) / real(self.additions.max(1))
    }

    /// CPU time over additions, in nanoseconds. Unlike the wall-clock time, a
    /// busy neighbour does not lengthen it.
    #[must_use]
    pub fn cpu_time_per_addition(&self) -> f64 {
        real(self.cpu_time) / real(self.additions.max(1))
    }

    fn place(&self) -> String {
        let cpus: Vec<String> = self.cpus.iter().map(u16::to_string).collect();
        match cpus.as_slice() {
            [] => "not known".to_owned(),
            [one] => format!("CPU {one}"),
            more => format!("CPUs {}", more.join(", ")),
        }
    }

    fn share(&self) -> String {
        match (self.lost(), self.share_lost() * 100.0) {
            (1.., percent) if percent < 0.01 => "below 0.01%".to_owned(),
            (_, percent) => format!("{percent:.2}%"),
        }
    }
}

/// The rows that all tallies have in common.
fn table<const N: usize>(ways: [&str; N], all: [&Tally; N]) -> Comparison {
    Comparison::new("Adding to a shared counter", ways)
        .of(Origin::Measured)
        .row("where", all.map(Tally::place))
        .row("additions", all.map(|tally| tally.additions.to_string()))
        .row("final value", all.map(|tally| tally.value.to_string()))
        .row("lost", all.map(|tally| tally.lost().to_string()))
        .row("share lost", all.map(Tally::share))
        .row("interruptions", all.map(|t| t.preemptions.to_string()))
        .row(
            "time per addition",
            all.map(|tally| format!("{:.2} ns", tally.time_per_addition())),
        )
        .row(
            "CPU time per addition",
            all.map(|tally| format!("{:.2} ns", tally.cpu_time_per_addition())),
        )
}

impl Measured {
    /// The runs in numbers.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let (one, several) = (&self.one_cpu, self.several_cpus.iter());
        let (computing, yielding) = (&self.one_cpu_computing, &self.one_cpu_yielding);
        let [first, second, third] = ["one CPU", "with work between", "with a yield"];
        let table = match &self.several_cpus {
            Some(several) => {
                let name = match several.cpus.len() {
                    0 => "several CPUs".to_owned(),
                    cpus => counted(wide(cpus), "CPU"),
                };
                let ways = [first, second, third, &name];
                table(ways, [one, computing, yielding, several])
            }
            None => table([first, second, third], [one, computing, yielding]),
        };
        let mut notes = self.notes.clone();
        for tally in [one, computing, yielding].into_iter().chain(several) {
            notes.extend(about(tally));
        }
        table.notice(self.what_happened(), &notes)
    }

    fn what_happened(&self) -> String {
        let one = &self.one_cpu;
        if self.threads == 1 {
            return "One thread has nobody to lose an update to: it takes two.".to_owned();
        }
        if one.additions == 0 {
            return "Nothing was run.".to_owned();
        }
        if one.cpus.len() > 1 {
            return "The threads could not be kept on one CPU, so nothing here says what happens on one.".to_owned();
        }
        let on_one = match (one.lost(), one.preemptions) {
            (0, often) => format!(
                "On one CPU nothing was lost in this run: {}. That is luck and not safety. Something to do in between makes room \
                 for an interruption: with a computation {} were lost, with a yield {}.",
                match often {
                    0 => "no thread was interrupted before it was done".to_owned(),
                    _ => format!(
                        "the threads were interrupted {}, but never between a load and a store, which are an instant apart",
                        times(often)
                    ),
                },
                self.one_cpu_computing.share(),
                self.one_cpu_yielding.share()
            ),
            (lost, often) => format!(
                "One CPU is enough: {lost} of {} additions were lost, although no two threads ran at the same instant. \
                 They were interrupted {}. A thread that is interrupted between its load and its store \
                 overwrites all that the others have added meanwhile.",
                one.additions,
                times(often),
            ),
        };
        match &self.several_cpus {
            Some(several) if several.cpus.len() < 2 => format!(
                "{on_one} The threads that were to run on several CPUs were not seen on two, so nothing here says what happens there."
            ),
            Some(several) if several.lost() > 0 => format!(
                "{on_one} On {} CPUs it takes no interruption: {} were lost.",
                several.cpus.len(),
                several.share()
            ),
            Some(_) => format!(
                "{on_one} On several CPUs nothing was lost either, perhaps because the threads were hardly there at the same \
                 time: take more rounds."
            ),
            None => on_one,
        }
    }
}

impl Fixed {
    /// The remedies in numbers.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let all = [&self.atomic, &self.locked, &self.apart];
        let lost: u64 = all.iter().map(|tally| tally.lost()).sum();
        let notice = match (self.atomic.additions, lost) {
            (0, _) => "Nothing was run.".to_owned(),
            (_, 0) => format!(
                "Nothing is lost. An addition by a step that does both costs {:.1} ns of CPU time, with a lock {:.1} ns; a sum for each \
                 thread, added once, shares nothing and costs {:.1} ns.",
                self.atomic.cpu_time_per_addition(),
                self.locked.cpu_time_per_addition(),
                self.apart.cpu_time_per_addition()
            ),
            (_, lost) => format!(
                "{} lost, which must not be: please report it.",
                counted(lost, "addition")
            ),
        };
        let notes = all.iter().flat_map(|tally| about(tally));
        let notes: Vec<String> = self.notes.iter().cloned().chain(notes).collect();
        table(["fetch_add", "lock", "a sum each"], all).notice(notice, &notes)
    }
}

/// What a reader should know about one of the runs.
fn about(tally: &Tally) -> impl Iterator<Item = String> {
    let title = tally.trace.title();
    let notes = tally.trace.notes().iter();
    notes.map(move |note| format!("{title}: {note}"))
}

fn times(often: u64) -> String {
    match often {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{often} times"),
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison().fmt(f)
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison().fmt(f)
    }
}
