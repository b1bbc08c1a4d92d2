//! A sweep of real runs: medians with their spread over the simulated
//! staircase and the fitted laws.

use std::fmt;

use super::figure::Figure;
use super::speedup::Speedup;
use super::text::{counted, table};
use crate::html::escape;
use crate::notebook::{self, MimeBundle, Rich};
use crate::workers::Sweep;

impl Sweep {
    /// Median speedups with their spread, over the simulated staircase and the
    /// laws that could be fitted. Beyond the CPUs the ground is hatched and
    /// called "oversubscribed".
    #[must_use]
    pub fn figure(&self) -> Figure {
        let cpus = u32::try_from(self.cpus()).unwrap_or(u32::MAX);
        let points = self.points().iter();
        let simulated = points.clone().map(|point| (point.workers, point.simulated));
        let measured = points.map(|point| (point.workers, point.speedup));
        let mut chart = Speedup::new(self.title())
            .simulated(&simulated.collect::<Vec<_>>())
            .spread(&measured.collect::<Vec<_>>());
        if self.points().iter().any(|point| point.oversubscribed) {
            chart = chart.cpus(cpus);
        }
        if let Ok(fit) = self.amdahl() {
            chart = chart.amdahl(short(fit.p.value));
        }
        if let Ok(fit) = self.usl() {
            chart = chart.usl(short(fit.sigma.value), short(fit.kappa.value));
        }
        let mut figure = chart.figure();
        figure.text = self.to_string();
        figure
    }

    /// Shows the sweep as the result of a cell: the figure, then what the laws
    /// and the notes say.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }

    /// The laws, the machine and the notes, a line for each.
    fn words(&self) -> String {
        let mut out = match self.amdahl() {
            Ok(fit) => format!("{fit}\n"),
            Err(error) => format!("No fit of Amdahl's law: {error}.\n"),
        };
        out.push_str(&match self.usl() {
            Ok(fit) => format!("{fit} (throughput in tasks a second)\n"),
            Err(error) => format!("No fit of the USL: {error}.\n"),
        });
        for note in self.notes() {
            out.push_str(&format!("{note}\n"));
        }
        out
    }

    fn table(&self) -> String {
        let header = [
            "workers",
            "speedup",
            "least",
            "most",
            "simulated",
            "makespan (ms)",
            "",
        ];
        let row = |point: &crate::workers::SweepPoint| {
            let speedup = point.speedup;
            vec![
                point.workers.to_string(),
                format!("{:.2}", speedup.median),
                format!("{:.2}", speedup.least),
                format!("{:.2}", speedup.most),
                format!("{:.2}", point.simulated),
                format!("{:.1}", point.makespan.median / 1e6),
                if point.oversubscribed {
                    "oversubscribed".to_owned()
                } else {
                    String::new()
                },
            ]
        };
        let rows: Vec<Vec<String>> = self.points().iter().map(row).collect();
        table(&header.map(str::to_owned).to_vec(), &rows)
    }
}

/// A table with a row for each number of workers, the fitted laws, the notes.
impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = counted(self.repetitions(), "repetition");
        writeln!(f, "{}, medians of {times} (measured)", self.title())?;
        write!(f, "{}{}", self.table(), self.words())
    }
}

impl Rich for Sweep {
    fn mime_bundle(&self) -> MimeBundle {
        let figure = self.figure();
        MimeBundle::text(figure.text())
            .with_svg(figure.svg())
            .with_html(format!(
                "{}<pre style=\"margin:0.3em 0;white-space:pre-wrap\">{}</pre>",
                figure.html(),
                escape(&format!("{}{}", self.table(), self.words()))
            ))
    }
}

/// As many digits as a legend has room for.
fn short(value: f64) -> f64 {
    if value.abs() < 0.01 {
        format!("{value:.1e}").parse().unwrap_or(value)
    } else {
        (value * 1e3).round() / 1e3
    }
}
