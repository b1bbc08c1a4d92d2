//! A fit as the result of a cell: the law through the points, its parameters
//! with their standard errors below.

use super::curves::Curves;
use super::figure::Figure;
use super::stroke::Look;
use crate::html::escape;
use crate::notebook::{self, MimeBundle, Rich};
use crate::workers::{AmdahlFit, UslFit};

/// Points at which a fitted law is drawn.
const SAMPLES: u32 = 40;
/// How far beyond the last point the law is drawn: what it predicts.
const BEYOND: f64 = 1.5;

impl UslFit {
    /// The points and the fitted law, drawn half as far again as the points
    /// reach.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let words = self.to_string();
        let chart = Curves::new("Universal Scalability Law, fitted").y("throughput");
        chart_of(chart, &self.points, |n| self.at(n), &words)
    }

    /// Shows the fit as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl AmdahlFit {
    /// The points and the fitted law, drawn half as far again as the points
    /// reach.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let words = self.to_string();
        let chart = Curves::new("Amdahl's law, fitted").y("speedup (times one worker)");
        chart_of(chart, &self.points, |n| self.at(n), &words)
    }

    /// Shows the fit as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for UslFit {
    fn mime_bundle(&self) -> MimeBundle {
        card(&self.figure(), &self.to_string())
    }
}

impl Rich for AmdahlFit {
    fn mime_bundle(&self) -> MimeBundle {
        card(&self.figure(), &self.to_string())
    }
}

/// `law` through `points`, described by `words` (several lines).
fn chart_of(chart: Curves, points: &[(f64, f64)], law: impl Fn(f64) -> f64, words: &str) -> Figure {
    let last = points.iter().map(|point| point.0).fold(1.0, f64::max) * BEYOND;
    let at = |k: u32| 1.0 + (last - 1.0) * f64::from(k) / f64::from(SAMPLES);
    let samples: Vec<(f64, f64)> = (0..=SAMPLES).map(at).map(|n| (n, law(n))).collect();
    let chart =
        chart
            .x("workers")
            .law("fitted law", &samples)
            .add("points", points, Look::Measured);
    let mut figure = chart.figure();
    figure.text = format!("{}\n{words}\n", figure.title);
    figure
}

/// The figure, and the parameters as they are written.
fn card(figure: &Figure, words: &str) -> MimeBundle {
    MimeBundle::text(figure.text())
        .with_svg(figure.svg())
        .with_html(format!(
            "{}<pre style=\"margin:0.3em 0\">{}</pre>",
            figure.html(),
            escape(words)
        ))
}
