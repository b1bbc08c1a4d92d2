//! What the bystanders noticed, in words.

use std::fmt;

use super::{Fixed, Hog, Measured, Stall};
use crate::pitfalls::comparison::Comparison;
use crate::pitfalls::range::real;
use crate::trace::Origin;

/// The rows that the simulation has as well have the same names.
fn table<const N: usize>(bystanders: usize, ways: [&str; N], all: [&Stall; N]) -> Comparison {
    let late = |percent: f64| all.map(|run| in_ms(run.delays.percentile(percent)));
    Comparison::new("What one long handler does to the others", ways)
        .of(Origin::Measured)
        .row("bystanders", [(); N].map(|()| bystanders.to_string()))
        .row("median latency", late(50.0))
        .row("90th percentile", late(90.0))
        .row(
            "90th, uncorrected",
            all.map(|run| in_ms(run.delays.uncorrected(90.0))),
        )
        .row("95th percentile", late(95.0))
        .row("99th percentile", late(99.0))
        .row("worst latency", late(100.0))
        .row(
            "answers asked for",
            all.map(|run| {
                let (asked, due) = (run.delays.answers(), run.delays.answers_due());
                format!("{asked} of {due}")
            }),
        )
        .row(
            "hog's own latency",
            all.map(|run| match run.hog {
                0 => "-".to_owned(),
                time => in_ms(time),
            }),
        )
        .row("makespan", all.map(|run| in_ms(run.trace.makespan())))
        .row(
            "peak parallelism",
            all.map(|run| run.trace.peak_parallelism().to_string()),
        )
}

impl Measured {
    /// The runs in numbers.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let all = [&self.quiet, &self.broken];
        let late = &self.broken.delays;
        let what = match self.hog {
            Hog::Computes(_) => "computes",
            Hog::Blocks(_) => "sits in a blocking call",
        };
        let notice = if late.answers() == 0 {
            "Nothing was run.".to_owned()
        } else {
            format!(
                "While the hog {what} on the loop's only thread nobody else gets a turn: the slowest answer took {}, and {} \
                 without a hog. Bystanders that are held up ask nothing meanwhile. Of the answers they asked for, 90% took at most \
                 {}; with those that they would have asked for, {} (the correction for coordinated omission).",
                in_ms(late.worst()),
                in_ms(self.quiet.delays.worst()),
                in_ms(late.uncorrected(90.0)),
                in_ms(late.percentile(90.0)),
            )
        };
        let ways = ["no hog", "in the way"];
        table(self.bystanders, ways, all).notice(notice, &noted(&self.notes, &all))
    }
}

impl Fixed {
    /// The remedies in numbers.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let all = [&self.offloaded, &self.yielding, &self.elsewhere];
        let worst = all.map(|run| in_ms(run.delays.worst()));
        let (last, gives_way) = match self.hog {
            Hog::Computes(_) => ("yields", "giving the thread back after each millisecond"),
            Hog::Blocks(_) => ("awaits", "awaiting instead of blocking"),
        };
        let notice = if self.offloaded.delays.answers() == 0 {
            "Nothing was run.".to_owned()
        } else {
            format!(
                "The slowest answer took {} with the hog on a thread for blocking calls, {} with {gives_way}, and {} with the \
                 hog on an event loop of its own. Other threads are parallel where there is a CPU for them; yielding is not, so \
                 the hog's own answer waits for everybody's turns.",
                worst[0], worst[1], worst[2],
            )
        };
        let ways = ["own thread", last, "own loop"];
        table(self.bystanders, ways, all).notice(notice, &noted(&self.notes, &all))
    }
}

fn noted(own: &[String], runs: &[&Stall]) -> Vec<String> {
    let about = runs.iter().flat_map(|run| {
        let title = run.trace.title();
        let notes = run.trace.notes().iter();
        notes.map(move |note| format!("{title}: {note}"))
    });
    own.iter().cloned().chain(about).collect()
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
