//! The barista for real as the result of a cell: measured runs beside
//! simulated ones, and the numbers below.

use std::fmt;

use crate::barista::RealBarista;
use crate::notebook::{self, MimeBundle, Rich};
use crate::pitfalls::Comparison;
use crate::trace::{Origin, Trace};

use super::gantt::{Gantt, axis_of};
use super::scale::{in_unit, shown_unit};
use super::side::{COLUMN, SideBySide, side_by_side};

/// A tick of the simulations is a unit of work: about a millisecond.
const TICK: u64 = 1_000_000;

impl RealBarista {
    /// The numbers of the runs beside each other, in a table.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let runs = [
            Some(&self.simulated),
            Some(&self.one_cpu),
            Some(&self.simulated_two),
            self.two_cpus.as_ref(),
            Some(&self.simulated_waiting),
            Some(&self.waiting),
        ];
        let each = |value: &dyn Fn(&Trace) -> String| {
            runs.map(|run| match run.filter(|run| !run.spans().is_empty()) {
                Some(run) => value(run),
                None => "not run".to_owned(),
            })
        };
        let ways = [
            "one barista",
            "one CPU",
            "two baristas",
            "two CPUs",
            "orders that wait",
            "tasks that wait",
        ];
        Comparison::new("Baristas (simulated) and this machine (measured)", ways)
            .row("makespan", each(&|run| time(run, run.makespan())))
            .row("work", each(&|run| time(run, run.work())))
            .row("stretches", each(&|run| run.spans().len().to_string()))
            .row(
                "most tasks in progress",
                each(&|run| run.peak_concurrency().to_string()),
            )
            .row(
                "most tasks at one instant",
                each(&|run| run.peak_parallelism().to_string()),
            )
            .row(
                "work and waits / makespan",
                each(&|run| format!("{:.2}", run.speedup())),
            )
            .notice(self.what_to_notice(), &self.further_notes())
    }

    /// Those that do not stand below one of the charts.
    fn further_notes(&self) -> Vec<String> {
        let measured = [
            Some(&self.one_cpu),
            self.two_cpus.as_ref(),
            Some(&self.waiting),
        ];
        let charts = measured.into_iter().flatten();
        let below: Vec<&String> = charts.flat_map(|run| run.notes()).collect();
        let further = self.notes().iter().filter(|note| !below.contains(note));
        further.cloned().collect()
    }

    fn what_to_notice(&self) -> String {
        let slices = self.slices.map(|slices| format!("{slices} "));
        format!(
            "{}Turns on one CPU save no time: only a second CPU does, or waits that overlap.",
            slices.unwrap_or_default()
        )
    }

    /// Shows the runs beside each other as the result of a cell, with their
    /// numbers and what to notice.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }

    /// All on axes of the same length, where a tick is as long as a
    /// millisecond.
    fn charts(&self) -> SideBySide {
        let mut runs = vec![&self.simulated, &self.one_cpu];
        // In pairs, so that each simulation stands beside its run.
        runs.extend(
            self.two_cpus
                .iter()
                .flat_map(|two| [&self.simulated_two, two]),
        );
        runs.extend([&self.simulated_waiting, &self.waiting]);
        let length = |run: &&Trace| match run.origin() {
            Origin::Measured => axis_of(run),
            Origin::Simulated => axis_of(run).saturating_mul(TICK),
        };
        let longest = runs.iter().map(length).max().unwrap_or(0);
        let figures: Vec<_> = runs
            .iter()
            .map(|run| {
                let axis = match run.origin() {
                    Origin::Measured => longest,
                    Origin::Simulated => longest / TICK,
                };
                Gantt::of(run).axis(axis).width(COLUMN).figure()
            })
            .collect();
        side_by_side(&figures)
    }
}

impl Rich for RealBarista {
    fn mime_bundle(&self) -> MimeBundle {
        super::pitfalls::below(&self.charts(), &self.comparison())
    }
}

/// The charts in characters, then the table.
impl fmt::Display for RealBarista {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mime_bundle().get("text/plain").unwrap_or_default())
    }
}

fn time(run: &Trace, time: u64) -> String {
    let (per, unit) = shown_unit(run.unit(), time);
    // Three digits are more than a measured time is worth.
    let shown = match time {
        exact if per > 1 => in_unit(exact / (per / 10) * (per / 10), per),
        exact => exact.to_string(),
    };
    format!("{shown} {unit}")
}
