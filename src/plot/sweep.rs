//! A sweep of real runs: medians with their spread over the simulated
//! staircase and the fitted laws.

use std::fmt;

use super::figure::Figure;
use super::speedup::Speedup;
use super::table;
use super::text::counted;
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

    /// The laws that could be fitted.
    fn laws(&self) -> Vec<String> {
        let amdahl = self.amdahl().map(|fit| fit.to_string());
        let usl = self.usl();
        let usl = usl.map(|fit| format!("{fit} (throughput in tasks a second)"));
        amdahl.into_iter().chain(usl).collect()
    }

    /// Why laws could not be fitted, and the notes.
    fn sentences(&self) -> Vec<String> {
        let amdahl = self.amdahl().err();
        let amdahl = amdahl.map(|error| format!("No fit of Amdahl's law: {error}."));
        let usl = self.usl().err();
        let usl = usl.map(|error| format!("No fit of the USL: {error}."));
        let notes = self.notes().iter().cloned();
        amdahl.into_iter().chain(usl).chain(notes).collect()
    }

    /// The header and a row for each number of workers.
    fn cells(&self) -> (Vec<String>, Vec<Vec<String>>) {
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
        (header.map(str::to_owned).to_vec(), rows)
    }
}

/// A table with a row for each number of workers, the fitted laws, the notes.
impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = counted(self.repetitions(), "repetition");
        let (header, rows) = self.cells();
        writeln!(f, "{}, medians of {times} (measured)", self.title())?;
        f.write_str(&table::text(&header, &rows))?;
        for line in self.laws().iter().chain(&self.sentences()) {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

impl Rich for Sweep {
    fn mime_bundle(&self) -> MimeBundle {
        let figure = self.figure();
        let (header, rows) = self.cells();
        let times = counted(self.repetitions(), "repetition");
        let caption = format!("Medians of {times} (measured)");
        let laws = self.laws();
        let laws = laws.iter().map(|law| format!("<pre>{}</pre>", escape(law)));
        MimeBundle::text(figure.text())
            .with_svg(figure.svg())
            .with_html(format!(
                "{}{}{}{}",
                figure.html(),
                table::html(&caption, &header, &rows),
                laws.collect::<String>(),
                table::paragraphs(self.sentences())
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
