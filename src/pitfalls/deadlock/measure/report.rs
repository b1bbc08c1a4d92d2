//! What happened at the tables, in words.

use std::fmt;

use super::{Circle, Dinner, Fixed, Measured};
use crate::pitfalls::comparison::Comparison;
use crate::pitfalls::range::real;
use crate::trace::Origin;

impl Dinner {
    fn deadlocks(&self) -> String {
        match self.circles.len() {
            0 => "none".to_owned(),
            found => found.to_string(),
        }
    }

    fn ended(&self) -> String {
        match self.circles.len() {
            _ if self.meals < self.philosophers => "no, it was ended",
            0 => "yes",
            _ => "only since it was broken",
        }
        .to_owned()
    }

    fn eaten(&self) -> String {
        format!("{} of {}", self.meals, self.philosophers)
    }

    fn blocked(&self) -> String {
        let tasks = self.trace.per_task();
        in_ms(tasks.iter().map(|task| task.blocked).sum())
    }
}

fn table<const N: usize>(ways: [&str; N], all: [&Dinner; N]) -> Comparison {
    let seats = all.first().map_or(0, |dinner| dinner.philosophers);
    Comparison::new(format!("{seats} philosophers"), ways)
        .of(Origin::Measured)
        .row("deadlocks", all.map(Dinner::deadlocks))
        .row("this run ended", all.map(Dinner::ended))
        .row("meals", all.map(Dinner::eaten))
        .row(
            "forks given back unused",
            all.map(|dinner| dinner.given_back.to_string()),
        )
        .row("waiting for forks, together", all.map(Dinner::blocked))
        .row("makespan", all.map(|dinner| in_ms(dinner.trace.makespan())))
}

impl Measured {
    /// The run in numbers.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let notice = match self.broken.circles.first() {
            Some(circle) => circle.to_string(),
            None if self.broken.meals == 0 => "Nothing was run to its end.".to_owned(),
            None => "No deadlock was found, which must not be: please report it.".to_owned(),
        };
        let notes = noted(&self.notes, &[&self.broken]);
        table(["left first"], [&self.broken]).notice(notice, &notes)
    }
}

impl Fixed {
    /// The rules in numbers.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let all = [&self.ordered, &self.giving_back];
        let circles: usize = all.iter().map(|dinner| dinner.circles.len()).sum();
        let notice = match circles {
            _ if self.ordered.meals == 0 => "Nothing was run to its end.".to_owned(),
            0 => format!(
                "No circle was found. With one order for all forks somebody can always go on: whoever holds the highest fork. \
                 Giving back holds nothing while it waits, but tried in vain {} here, and nothing bounds that number.",
                times(self.giving_back.given_back)
            ),
            _ => "A deadlock was found, which must not be: please report it.".to_owned(),
        };
        let notes = noted(&self.notes, &all);
        table(["lower first", "give back"], all).notice(notice, &notes)
    }
}

fn noted(own: &[String], dinners: &[&Dinner]) -> Vec<String> {
    let about = dinners.iter().flat_map(|dinner| {
        let title = dinner.trace.title();
        let notes = dinner.trace.notes().iter();
        notes.map(move |note| format!("{title}: {note}"))
    });
    own.iter().cloned().chain(about).collect()
}

/// What was found, in two sentences.
impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waits = self.waits.iter().map(|wait| {
            let holders = wait.waits_for.join(", ");
            format!("{} waits for {holders}", wait.thread)
        });
        let waits: Vec<String> = waits.collect();
        write!(
            f,
            "A circle was found after {}: {}. Nobody in it moved for {}, and nobody ever would have. \
             Then {} was made to give its fork back, and the others could go on.",
            in_us(self.found_after),
            waits.join(", "),
            in_ms(self.stood),
            self.victim
        )
    }
}

fn times(often: u64) -> String {
    match often {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{often} times"),
    }
}

fn in_us(nanoseconds: u64) -> String {
    format!("{:.0} µs", real(nanoseconds) / 1e3)
}

fn in_ms(nanoseconds: u64) -> String {
    format!("{:.1} ms", real(nanoseconds) / 1e6)
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
