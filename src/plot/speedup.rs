//! Speedup by workers: ideal, by law, simulated and measured in one chart.

use super::axis::number;
use super::curves::Curves;
use super::figure::Figure;
use super::stroke::Look;
use super::table;
use super::text::counted;
use crate::notebook::{MimeBundle, Rich, display};
use crate::trace::{Origin, Trace};
use crate::workers::{LawError, Number, Spread, try_amdahl, try_gustafson, try_usl};

/// Points at which a law is drawn.
const SAMPLES: u32 = 40;
/// Rows of the text form.
const MAX_ROWS: usize = 40;
/// What a point has to be.
const RULE: &str = "the number of workers has to be above 0, the speedup 0 or more, both finite";
/// How a spread is drawn.
const SPREAD: &str =
    "Rings are medians of repeated runs, boxes the middle half, lines all of them.";
/// How far the ideal line rises above everything else before it is cut off.
const HEADROOM: f64 = 1.2;

/// A chart of speedup over the number of workers.
///
/// The ideal line (`n` workers, `n` times as fast) is dotted, laws are dashed,
/// simulated runs are a line with filled markers, measured runs are open
/// rings. Points that are not finite, have a speedup below 0 or no positive
/// number of workers are left out, and so is a law that does not exist for its
/// parameters; a sentence below the chart says so.
///
/// ```
/// use twoaxes::plot::Speedup;
/// use twoaxes::workers;
///
/// let figure = Speedup::new("Eight tasks of 10 ticks")
///     .amdahl(0.8)
///     .runs((1..=16).map(|n| workers::simulate(8, 10, n)))
///     .measured(&[(1, 1.0), (2, 1.6), (4, 1.7)])
///     .cpus(2)
///     .figure();
/// assert!(figure.text().contains("Amdahl, p = 0.8"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Speedup {
    title: String,
    laws: Vec<(String, Law)>,
    simulated: Vec<(f64, f64)>,
    measured: Vec<(f64, f64)>,
    spreads: Vec<(f64, Spread)>,
    left_out: usize,
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
            simulated: Vec::new(),
            measured: Vec::new(),
            spreads: Vec::new(),
            left_out: 0,
            most: 0.0,
            cpus: None,
            powers: false,
        }
    }

    /// Adds Amdahl's law (1967), see [`crate::workers::amdahl`]: `p` is the
    /// fraction of the program that can run in parallel, 0 to 1.
    #[must_use]
    pub fn amdahl(self, p: impl Number) -> Self {
        let p = p.to_f64();
        self.law(format!("Amdahl, p = {p}"), Law::Amdahl { p })
    }

    /// Adds Gustafson's law (1988), see [`crate::workers::gustafson`]: `s` is
    /// the serial fraction of the parallel run's time, 0 to 1.
    #[must_use]
    pub fn gustafson(self, s: impl Number) -> Self {
        let s = s.to_f64();
        self.law(format!("Gustafson, s = {s}"), Law::Gustafson { s })
    }

    /// Adds the Universal Scalability Law (Gunther 1993) as a speedup, see
    /// [`crate::workers::usl`]: contention `sigma`, crosstalk `kappa`, both at
    /// least 0.
    #[must_use]
    pub fn usl(self, sigma: impl Number, kappa: impl Number) -> Self {
        let (sigma, kappa) = (sigma.to_f64(), kappa.to_f64());
        let name = format!("USL, sigma = {sigma}, kappa = {kappa}");
        self.law(name, Law::Usl { sigma, kappa })
    }

    /// Adds simulated runs, as (workers, speedup).
    #[must_use]
    pub fn simulated<N: Number, S: Number>(mut self, points: &[(N, S)]) -> Self {
        let before = self.simulated.len();
        self.simulated.extend(usable(points));
        self.left_out += before + points.len() - self.simulated.len();
        self
    }

    /// Adds measured runs, as (workers, speedup).
    #[must_use]
    pub fn measured<N: Number, S: Number>(mut self, points: &[(N, S)]) -> Self {
        let before = self.measured.len();
        self.measured.extend(usable(points));
        self.left_out += before + points.len() - self.measured.len();
        self
    }

    /// Adds measured runs that were repeated, as (workers, speedups): a ring
    /// for the median, a box for the middle half, a line for all.
    #[must_use]
    pub fn spread<N: Number>(mut self, points: &[(N, Spread)]) -> Self {
        for (workers, spread) in points {
            let before = self.measured.len();
            self = self.measured(&[(*workers, spread.median)]);
            if self.measured.len() > before {
                self.spreads.push((workers.to_f64(), *spread));
            }
        }
        self
    }

    /// Adds runs, each with its workers and its [`Trace::speedup`], as
    /// simulated or as measured by [`Trace::origin`].
    #[must_use]
    pub fn runs(mut self, traces: impl IntoIterator<Item = Trace>) -> Self {
        for trace in traces {
            let point = [(trace.workers().len(), trace.speedup())];
            self = match trace.origin() {
                Origin::Simulated => self.simulated(&point),
                Origin::Measured => self.measured(&point),
            };
        }
        self
    }

    /// Makes the axis reach at least `workers`. Without it, the axis ends with
    /// the last run, or at 16 without runs.
    #[must_use]
    pub fn up_to(mut self, workers: u32) -> Self {
        self.most = f64::from(workers);
        self
    }

    /// How many CPUs the machine has. Beyond that, workers share them: the
    /// ground is hatched and labelled "oversubscribed".
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
        self.curves().figure()
    }

    pub(super) fn curves(&self) -> Curves {
        let last = self.last();
        let mut notes = Vec::new();
        let mut laws: Vec<(&str, Vec<(f64, f64)>)> = Vec::new();
        for (name, law) in &self.laws {
            match self.samples(last, |n| law.at(n)) {
                Ok(points) => laws.push((name, points)),
                Err(error) => notes.push(format!("{name} is not drawn: {error}.")),
            }
        }
        match self.left_out {
            0 => {}
            1 => notes.push(format!("1 point is not drawn: {RULE}.")),
            many => notes.push(format!("{many} points are not drawn: {RULE}.")),
        }
        let highest = laws
            .iter()
            .flat_map(|(_, points)| points)
            .chain(self.simulated.iter().chain(&self.measured))
            .map(|point| point.1)
            .fold(0.0, f64::max);
        let cut = if highest > 0.0 {
            last.min((highest * HEADROOM).max(2.0))
        } else {
            last
        };
        let ideal = self.samples(cut, Ok).unwrap_or_default();
        let mut curves = Curves::new(&self.title)
            .x("workers")
            .y("speedup (times one worker)")
            .add("ideal: N times with N", &ideal, Look::Ideal);
        for (name, points) in &laws {
            curves = curves.law(*name, points);
        }
        for (name, look, points) in [
            ("simulated", Look::Simulated, &self.simulated),
            ("measured", Look::Measured, &self.measured),
        ] {
            if !points.is_empty() {
                curves = curves.add(name, points, look);
            }
        }
        for (workers, spread) in &self.spreads {
            curves = curves.spread(*workers, *spread);
        }
        if !self.spreads.is_empty() {
            notes.push(SPREAD.to_owned());
        }
        curves.whole = true;
        if self.powers {
            curves = curves.doublings();
        }
        if let Some(cpus) = self.cpus {
            let why = format!("oversubscribed ({})", counted(cpus as usize, "CPU"));
            curves = curves.beyond(f64::from(cpus), why);
        }
        curves.words = Some(self.text(last, &notes));
        notes.into_iter().fold(curves, Curves::note)
    }

    /// One row for each number of workers, one column for each series.
    fn text(&self, last: f64, notes: &[String]) -> String {
        let drawn = |(_, law): &&(String, Law)| law.at(1.0).is_ok();
        let laws: Vec<&(String, Law)> = self.laws.iter().filter(drawn).collect();
        let runs = [("simulated", &self.simulated), ("measured", &self.measured)];
        let runs = || runs.iter().filter(|(_, points)| !points.is_empty());
        let names = laws.iter().map(|(name, _)| name.as_str());
        let names = ["workers", "ideal"]
            .into_iter()
            .chain(names)
            .chain(runs().map(|run| run.0));
        let row = |n: &f64| {
            let by_law = laws.iter().map(|(_, law)| law.at(*n).ok());
            let by_run = runs().map(|(_, points)| {
                let found = points.iter().find(|point| point.0 == *n);
                found.map(|point| point.1)
            });
            let cells = [Some(*n), Some(*n)].into_iter().chain(by_law).chain(by_run);
            cells
                .map(|cell| cell.map_or_else(String::new, number))
                .collect()
        };
        let rows: Vec<Vec<String>> = self.counts(last).iter().map(row).collect();
        let header: Vec<String> = names.map(str::to_owned).collect();
        let mut out = format!("{}\n{}", self.title, table::text(&header, &rows));
        if let Some(cpus) = self.cpus {
            out.push_str(&format!(
                "oversubscribed: with more than {cpus}, workers share CPUs\n"
            ));
        }
        for note in notes {
            out.push_str(&format!("{note}\n"));
        }
        out
    }

    /// The numbers of workers that the text form lists: those of the runs, or
    /// doublings without runs.
    fn counts(&self, last: f64) -> Vec<f64> {
        let runs = self.simulated.iter().chain(&self.measured);
        let mut counts: Vec<f64> = runs.map(|point| point.0).collect();
        if counts.is_empty() {
            let doublings = (0..32).map(|power| 2_f64.powi(power));
            counts.extend(doublings.take_while(|n| *n <= last));
        }
        counts.sort_unstable_by(f64::total_cmp);
        counts.dedup();
        counts.truncate(MAX_ROWS);
        counts
    }

    fn law(mut self, name: String, law: Law) -> Self {
        self.laws.push((name, law));
        self
    }

    /// The number of workers at which the axis ends, more than 1.
    fn last(&self) -> f64 {
        let runs = self.simulated.iter().chain(&self.measured);
        let last = runs.map(|point| point.0).fold(self.most, f64::max);
        if last > 1.0 { last } else { 16.0 }
    }

    /// `law` from 1 to `last` workers, evenly spread on the axis.
    fn samples(
        &self,
        last: f64,
        law: impl Fn(f64) -> Result<f64, LawError>,
    ) -> Result<Vec<(f64, f64)>, LawError> {
        let at = |k: u32| {
            let share = f64::from(k) / f64::from(SAMPLES);
            if self.powers {
                last.powf(share)
            } else {
                1.0 + (last - 1.0) * share
            }
        };
        (0..=SAMPLES).map(at).map(|n| Ok((n, law(n)?))).collect()
    }

    /// Shows the chart as the result of a cell.
    pub fn evcxr_display(&self) {
        display(self);
    }
}

impl Law {
    fn at(self, n: f64) -> Result<f64, LawError> {
        match self {
            Self::Amdahl { p } => try_amdahl(p, n),
            Self::Gustafson { s } => try_gustafson(s, n),
            Self::Usl { sigma, kappa } => try_usl(n, 1.0, sigma, kappa),
        }
    }
}

impl Rich for Speedup {
    fn mime_bundle(&self) -> MimeBundle {
        self.figure().mime_bundle()
    }
}

fn usable<N: Number, S: Number>(points: &[(N, S)]) -> impl Iterator<Item = (f64, f64)> {
    let points = points.iter().map(|(n, s)| (n.to_f64(), s.to_f64()));
    points.filter(|(n, s)| *n > 0.0 && *s >= 0.0 && n.is_finite() && s.is_finite())
}
