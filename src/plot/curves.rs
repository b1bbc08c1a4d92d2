//! Curves over a number: speedup by workers, throughput by load, a count over
//! time.

use super::axis::number;
use super::canvas::{self, shorten};
use super::chart::Chart;
use super::figure::Figure;
use super::stroke::Look;
use super::table;
use super::text::counted;
use crate::notebook::{MimeBundle, Rich, display};
use crate::workers::Spread;

/// Points in the text form of one curve; more are counted.
const MAX_POINTS: usize = 40;
/// Letters of a name in the text form.
const MAX_LETTERS: usize = 60;
/// Curves in one chart; more are counted.
const MAX_CURVES: usize = 12;

/// A chart of curves with one pair of axes.
///
/// Curves are told apart by their markers and dashes and by the name at their
/// side, not by colour alone. A [`Curves::law`] is dashed and has no markers:
/// it is what a formula says, not what a run gave. Of more than twelve curves
/// the first are drawn, and the text says so.
///
/// ```
/// use twoaxes::plot::Curves;
///
/// let figure = Curves::new("Eight tasks of 10 ticks")
///     .x("workers")
///     .y("makespan (ticks)")
///     .curve("simulated", &[(1.0, 80.0), (2.0, 40.0), (3.0, 30.0)])
///     .law("80 / workers", &[(1.0, 80.0), (2.0, 40.0), (3.0, 26.7)])
///     .figure();
/// assert!(figure.text().contains("makespan (ticks)"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    pub(super) title: String,
    pub(super) x: String,
    pub(super) y: String,
    pub(super) curves: Vec<Curve>,
    /// Whether the horizontal axis has powers of two.
    pub(super) powers: bool,
    /// Whether the horizontal axis counts something, so that it has ticks at
    /// whole numbers only.
    pub(super) whole: bool,
    /// From where on the ground is hatched, and why.
    pub(super) beyond: Option<(f64, String)>,
    /// How repeated measurements lie, drawn below the curves.
    pub(super) spreads: Vec<(f64, Spread)>,
    /// Sentences below the chart.
    pub(super) notes: Vec<String>,
    /// Points that the axes have room for, besides those of the curves.
    reach: Vec<(f64, f64)>,
    /// A text form that says more than a table for each curve.
    pub(super) words: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
    pub(super) look: Look,
}

impl Curves {
    /// A chart without curves.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            x: String::new(),
            y: String::new(),
            curves: Vec::new(),
            powers: false,
            whole: false,
            beyond: None,
            spreads: Vec::new(),
            notes: Vec::new(),
            reach: Vec::new(),
            words: None,
        }
    }

    /// What the horizontal axis counts, with its unit.
    #[must_use]
    pub fn x(mut self, label: impl Into<String>) -> Self {
        self.x = label.into();
        self
    }

    /// What the vertical axis counts, with its unit.
    #[must_use]
    pub fn y(mut self, label: impl Into<String>) -> Self {
        self.y = label.into();
        self
    }

    /// Adds a curve through `points`, given as (x, y). Points that are not
    /// finite are left out.
    #[must_use]
    pub fn curve(self, name: impl Into<String>, points: &[(f64, f64)]) -> Self {
        self.add(name, points, Look::Curve)
    }

    /// Adds a dashed curve for what a formula says.
    #[must_use]
    pub fn law(self, name: impl Into<String>, points: &[(f64, f64)]) -> Self {
        self.add(name, points, Look::Law)
    }

    /// Adds a staircase: the value of a point holds until the next point.
    #[must_use]
    pub fn steps(self, name: impl Into<String>, points: &[(f64, f64)]) -> Self {
        self.add(name, points, Look::Steps)
    }

    /// Makes doublings along the horizontal axis equally long. Points at or
    /// below x = 0 have no place there and are not drawn.
    #[must_use]
    pub fn doublings(mut self) -> Self {
        self.powers = true;
        self
    }

    /// Hatches the ground to the right of `x` and says `why` there. A number
    /// that is not finite hatches nothing.
    #[must_use]
    pub fn beyond(mut self, x: f64, why: impl Into<String>) -> Self {
        self.beyond = x.is_finite().then(|| (x, why.into()));
        self
    }

    /// Makes both axes long enough for the point `(x, y)`, so that charts can
    /// be compared by eye. A point that is not finite changes nothing.
    #[must_use]
    pub fn reach(mut self, x: f64, y: f64) -> Self {
        self.reach.extend(drawable(&[(x, y)]));
        self
    }

    /// Adds a sentence below the chart.
    #[must_use]
    pub fn note(mut self, sentence: impl Into<String>) -> Self {
        self.notes.push(sentence.into());
        self
    }

    /// Adds a box with whiskers at `x`, for which the axes have room.
    pub(super) fn spread(mut self, x: f64, of: Spread) -> Self {
        let (low, high) = (of.least, of.most);
        if drawable(&[(x, low), (x, high)]).count() == 2 {
            self = self.reach(x, low).reach(x, high);
            self.spreads.push((x, of));
        }
        self
    }

    pub(super) fn add(
        mut self,
        name: impl Into<String>,
        points: &[(f64, f64)],
        look: Look,
    ) -> Self {
        self.curves.push(Curve {
            name: name.into(),
            points: drawable(points).collect(),
            look,
        });
        self
    }

    /// Draws the chart.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let description = self.describe();
        let chart = Chart::of(self);
        Figure {
            title: self.title.clone(),
            svg: canvas::draw(chart.size(), &self.title, &description, |canvas| {
                chart.paint(canvas);
            }),
            description,
            text: self.words.clone().unwrap_or_else(|| self.text()),
        }
    }

    /// Shows the chart as the result of a cell.
    pub fn evcxr_display(&self) {
        display(self);
    }

    /// The curves that there is room for.
    pub(super) fn shown(&self) -> &[Curve] {
        &self.curves[..self.curves.len().min(MAX_CURVES)]
    }

    pub(super) fn describe(&self) -> String {
        let curves = self.shown().iter().map(|curve| {
            let name = shorten(&curve.name, MAX_LETTERS);
            match (curve.points.first(), curve.points.last()) {
                (Some(first), Some(last)) => {
                    format!("{name} from {} to {}", number(first.1), number(last.1))
                }
                _ => format!("{name} without points"),
            }
        });
        let curves: Vec<String> = curves.collect();
        let [x, y] = [&self.x, &self.y].map(|label| shorten(label, MAX_LETTERS));
        format!("{y} over {x}: {}.", curves.join("; "))
    }

    /// Every point that the axes must have room for.
    pub(super) fn points(&self) -> impl Iterator<Item = (f64, f64)> + Clone {
        let curves = self.shown().iter().flat_map(|curve| &curve.points);
        curves.chain(&self.reach).copied()
    }

    fn text(&self) -> String {
        let mut out = format!("{}\n", self.title);
        for curve in self.shown() {
            out.push_str(&format!("{}\n", shorten(&curve.name, MAX_LETTERS)));
            let header = [&self.x, &self.y].map(|label| shorten(label, MAX_LETTERS));
            let points = curve.points.iter().take(MAX_POINTS);
            let rows: Vec<Vec<String>> = points.map(|&(x, y)| vec![number(x), number(y)]).collect();
            out.push_str(&table::text(&header, &rows));
            let more = curve.points.len().saturating_sub(MAX_POINTS);
            if more > 0 {
                out.push_str(&format!("and {more} more\n"));
            }
        }
        let more = self.curves.len() - self.shown().len();
        if more > 0 {
            out.push_str(&format!("and {}, not drawn\n", counted(more, "curve")));
        }
        if let Some((x, why)) = &self.beyond {
            out.push_str(&format!("beyond {}: {why}\n", number(*x)));
        }
        for note in &self.notes {
            out.push_str(note);
            out.push('\n');
        }
        out
    }
}

impl Rich for Curves {
    fn mime_bundle(&self) -> MimeBundle {
        self.figure().mime_bundle()
    }
}

/// Beyond this, differences and pixels would overflow.
const LARGEST: f64 = 1e300;

fn drawable(points: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> {
    let points = points.iter().copied();
    points.filter(|(x, y)| x.abs() < LARGEST && y.abs() < LARGEST)
}
