//! Speedup by workers: ideal, by law, simulated and measured in one chart.

use super::curves::Curves;
use super::figure::Figure;
use super::stroke::Look;
use crate::notebook::{MimeBundle, Rich, display};

/// Points at which a law is drawn.
const SAMPLES: u32 = 40;
/// How far the ideal line rises above everything else before it is cut off.
const HEADROOM: f64 = 1.2;

/// A chart of speedup over the number of workers.
///
/// The ideal line (`n` workers, `n` times as fast) is dotted, laws are dashed,
/// simulated runs are lines with filled markers, measured runs are open rings.
/// Points that are not finite, or that have no positive number of workers, are
/// left out.
///
/// ```
/// use twoaxes::plot::Speedup;
///
/// let figure = Speedup::new("80% parallel")
///     .amdahl(0.8)
///     .simulated(&[(1.0, 1.0), (2.0, 1.67), (4.0, 2.5)])
///     .measured(&[(1.0, 1.0), (2.0, 1.6), (4.0, 1.7)])
///     .cpus(2)
///     .figure();
/// assert!(figure.text().contains("Amdahl, p = 0.8"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Speedup {
    title: String,
    laws: Vec<(String, Law)>,
    runs: Vec<(String, Look, Vec<(f64, f64)>)>,
    most: f64,
    cpus: Option<u32>,
    powers: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Law {
    Amdahl { p: f64 },
    Gustafson { s: f64 },
    Usl { sigma: f64, kappa: f64 },
}

impl Speedup {
    /// A chart with the ideal line only.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            laws: Vec::new(),
            runs: Vec::new(),
            most: 0.0,
            cpus: None,
            powers: false,
        }
    }

    /// Adds Amdahl's law (1967) for a program of which the share `p` can run
    /// in parallel, 0 to 1: 1 / (1 - p + p / n).
    #[must_use]
    pub fn amdahl(self, p: f64) -> Self {
        self.law(format!("Amdahl, p = {p}"), Law::Amdahl { p })
    }

    /// Adds Gustafson's law (1988) for a serial share `s` of the time on `n`
    /// workers, 0 to 1: s + (1 - s) n.
    #[must_use]
    pub fn gustafson(self, s: f64) -> Self {
        self.law(format!("Gustafson, s = {s}"), Law::Gustafson { s })
    }

    /// Adds the Universal Scalability Law (Gunther 1993) for contention
    /// `sigma` and crosstalk `kappa`: n / (1 + sigma (n - 1) + kappa n (n - 1)).
    #[must_use]
    pub fn usl(self, sigma: f64, kappa: f64) -> Self {
        let name = format!("USL, sigma = {sigma}, kappa = {kappa}");
        self.law(name, Law::Usl { sigma, kappa })
    }

    /// Adds simulated runs, as (workers, speedup).
    #[must_use]
    pub fn simulated(self, points: &[(f64, f64)]) -> Self {
        self.run("simulated", Look::Simulated, points)
    }

    /// Adds measured runs, as (workers, speedup).
    #[must_use]
    pub fn measured(self, points: &[(f64, f64)]) -> Self {
        self.run("measured", Look::Measured, points)
    }

    /// Makes the axis reach at least `workers`. Without it, the axis ends with
    /// the last run, or at 16 without runs.
    #[must_use]
    pub fn up_to(mut self, workers: u32) -> Self {
        self.most = f64::from(workers);
        self
    }

    /// How many CPUs the machine has. Beyond that, workers share them: the
    /// ground is hatched and labelled.
    #[must_use]
    pub fn cpus(mut self, count: u32) -> Self {
        self.cpus = Some(count);
        self
    }

    /// Makes doublings of the workers equally long.
    #[must_use]
    pub fn doublings(mut self) -> Self {
        self.powers = true;
        self
    }

    /// Draws the chart.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let last = self.last();
        let laws: Vec<(&str, Vec<(f64, f64)>)> = self
            .laws
            .iter()
            .map(|(name, law)| (name.as_str(), self.samples(last, |n| law.at(n))))
            .collect();
        let series = laws.iter().map(|(_, points)| points);
        let series = series.chain(self.runs.iter().map(|(_, _, points)| points));
        let highest = series
            .flatten()
            .map(|point| point.1)
            .filter(|y| y.is_finite());
        let highest = highest.fold(0.0, f64::max);
        let cut = if highest > 0.0 {
            last.min((highest * HEADROOM).max(2.0))
        } else {
            last
        };
        let ideal = self.samples(cut, |n| n);
        let mut curves = Curves::new(&self.title)
            .x("workers")
            .y("speedup (times one worker)")
            .add("ideal: n times with n", &ideal, Look::Ideal);
        for (name, points) in &laws {
            curves = curves.law(*name, points);
        }
        for (name, look, points) in &self.runs {
            curves = curves.add(name, points, *look);
        }
        if self.powers {
            curves = curves.doublings();
        }
        match self.cpus {
            Some(cpus) => curves.beyond(f64::from(cpus), format!("more workers than {cpus} CPUs")),
            None => curves,
        }
        .figure()
    }

    fn law(mut self, name: String, law: Law) -> Self {
        self.laws.push((name, law));
        self
    }

    fn run(mut self, name: &str, look: Look, points: &[(f64, f64)]) -> Self {
        let usable = |&(n, s): &(f64, f64)| n > 0.0 && n.is_finite() && s.is_finite();
        let points = points.iter().copied().filter(usable).collect();
        self.runs.push((name.to_owned(), look, points));
        self
    }

    /// The number of workers at which the axis ends, more than 1.
    fn last(&self) -> f64 {
        let runs = self.runs.iter().flat_map(|(_, _, points)| points);
        let last = runs.map(|point| point.0).fold(self.most, f64::max);
        if last > 1.0 { last } else { 16.0 }
    }

    /// `law` from 1 to `last` workers, evenly spread on the axis.
    fn samples(&self, last: f64, law: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        let at = |k: u32| {
            let share = f64::from(k) / f64::from(SAMPLES);
            if self.powers {
                last.powf(share)
            } else {
                1.0 + (last - 1.0) * share
            }
        };
        (0..=SAMPLES).map(at).map(|n| (n, law(n))).collect()
    }
}

impl Law {
    fn at(self, n: f64) -> f64 {
        match self {
            Self::Amdahl { p } => 1.0 / (1.0 - p + p / n),
            Self::Gustafson { s } => s + (1.0 - s) * n,
            Self::Usl { sigma, kappa } => n / (1.0 + sigma * (n - 1.0) + kappa * n * (n - 1.0)),
        }
    }
}

impl Speedup {
    /// Shows the chart as the result of a cell.
    pub fn evcxr_display(&self) {
        display(self);
    }
}

impl Rich for Speedup {
    fn mime_bundle(&self) -> MimeBundle {
        self.figure().mime_bundle()
    }
}
