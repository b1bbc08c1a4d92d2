//! Curves over a number: speedup by workers, throughput by load.

use super::canvas::{self, Align, Canvas, shorten, text_width, to_i32};
use super::figure::Figure;
use super::palette::{GRID, INK, series};
use super::text::table;

const WIDTH: u32 = 640;
const HEIGHT: u32 = 380;
const TOP: i32 = 60;
const BOTTOM: i32 = 336;
const LEFT: i32 = 64;
const RIGHT: i32 = 470;
/// Pixels of a dash, and of the gap after it.
const DASH: f64 = 6.0;
/// Points in the text form of one curve; more are counted.
const MAX_POINTS: usize = 40;

/// A chart of curves with one pair of axes.
///
/// Curves are told apart by their markers and by the name at their side, not
/// by colour alone. A [`Curves::law`] is dashed and has no markers: it is what
/// a formula says, not what a run gave.
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
    title: String,
    x: String,
    y: String,
    curves: Vec<Curve>,
}

#[derive(Debug, Clone, PartialEq)]
struct Curve {
    name: String,
    points: Vec<(f64, f64)>,
    law: bool,
}

/// From the first to the last value of an axis.
#[derive(Debug, Clone, Copy)]
struct Axis {
    from: f64,
    to: f64,
    step: f64,
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
        self.add(name.into(), points, false)
    }

    /// Adds a dashed curve for what a formula says.
    #[must_use]
    pub fn law(self, name: impl Into<String>, points: &[(f64, f64)]) -> Self {
        self.add(name.into(), points, true)
    }

    fn add(mut self, name: String, points: &[(f64, f64)], law: bool) -> Self {
        // Beyond this, differences and pixels would overflow.
        let drawable = |v: f64| v.abs() < 1e300;
        let points = points.iter().copied();
        self.curves.push(Curve {
            name,
            points: points
                .filter(|&(x, y)| drawable(x) && drawable(y))
                .collect(),
            law,
        });
        self
    }

    /// Draws the chart.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let names: Vec<&str> = self.curves.iter().map(|c| c.name.as_str()).collect();
        let description = format!("{} over {}: {}.", self.y, self.x, names.join(", "));
        Figure {
            title: self.title.clone(),
            svg: canvas::draw((WIDTH, HEIGHT), &self.title, &description, |canvas| {
                self.paint(canvas);
            }),
            description,
            text: self.text(),
        }
    }

    fn paint(&self, canvas: &mut Canvas<'_>) {
        let all = || self.curves.iter().flat_map(|curve| &curve.points);
        let x = Axis::over(all().map(|point| point.0));
        let y = Axis::over(all().map(|point| point.1).chain([0.0]));
        canvas.bold((12, 18), &shorten(&self.title, 58), 16, Align::Left);
        for value in x.ticks() {
            let at = x.place(value, LEFT, RIGHT);
            canvas.line(vec![(at, TOP), (at, BOTTOM)], GRID, 1);
            canvas.text((at, BOTTOM + 13), &number(value), 11, Align::Middle);
        }
        for value in y.ticks() {
            let at = y.place(value, BOTTOM, TOP);
            canvas.line(vec![(LEFT, at), (RIGHT, at)], GRID, 1);
            canvas.text((LEFT - 6, at), &number(value), 11, Align::Right);
        }
        canvas.line(vec![(LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM)], INK, 1);
        canvas.text(
            ((LEFT + RIGHT) / 2, BOTTOM + 32),
            &self.x,
            12,
            Align::Middle,
        );
        canvas.text((12, TOP - 18), &self.y, 12, Align::Left);
        for (index, curve) in self.curves.iter().enumerate() {
            let place =
                |&(px, py): &(f64, f64)| (x.place(px, LEFT, RIGHT), y.place(py, BOTTOM, TOP));
            let points: Vec<(i32, i32)> = curve.points.iter().map(place).collect();
            draw(canvas, index, curve.law, &points);
            let row = TOP + 12 + 24 * i32::try_from(index).unwrap_or(0).min(12);
            draw(
                canvas,
                index,
                curve.law,
                &[(RIGHT + 14, row), (RIGHT + 40, row)],
            );
            let room = usize::try_from((to_i32(WIDTH) - RIGHT - 50) / text_width("m", 12));
            let name = shorten(&curve.name, room.unwrap_or(0));
            canvas.text((RIGHT + 48, row), &name, 12, Align::Left);
        }
    }

    fn text(&self) -> String {
        let mut out = format!("{}\n", self.title);
        for curve in &self.curves {
            out.push_str(&format!("{}\n", curve.name));
            let header = vec![self.x.clone(), self.y.clone()];
            let points = curve.points.iter().take(MAX_POINTS);
            let rows: Vec<Vec<String>> = points.map(|&(x, y)| vec![number(x), number(y)]).collect();
            out.push_str(&table(&header, &rows));
            let more = curve.points.len().saturating_sub(MAX_POINTS);
            if more > 0 {
                out.push_str(&format!("and {more} more\n"));
            }
        }
        out
    }
}

impl Axis {
    /// An axis over `values` that begins and ends at a tick.
    fn over(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
        let (low, high) = match high - low {
            length if !length.is_finite() => (0.0, 1.0),
            length if length <= low.abs().max(high.abs()) * 1e-9 => (low - 1.0, low + 1.0),
            _ => (low, high),
        };
        let rough = (high - low) / 6.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
        let step = step
            .into_iter()
            .find(|step| *step >= rough)
            .unwrap_or(rough);
        Self {
            from: (low / step).floor() * step,
            to: (high / step).ceil() * step,
            step,
        }
    }

    fn ticks(&self) -> Vec<f64> {
        let count = ((self.to - self.from) / self.step).round().clamp(1.0, 20.0) as u32;
        let tick = |k: u32| self.from + f64::from(k) * self.step;
        // A sum of steps may miss zero by a hair.
        let clean = |v: f64| if v.abs() < self.step * 1e-9 { 0.0 } else { v };
        (0..=count).map(tick).map(clean).collect()
    }

    /// Where `value` is between the pixels `first` and `last`.
    fn place(&self, value: f64, first: i32, last: i32) -> i32 {
        let share = (value - self.from) / (self.to - self.from);
        let pixels = f64::from(last - first) * share.clamp(0.0, 1.0);
        first + pixels.round() as i32
    }
}

/// A line through `points`: with the markers of the curve at `index`, or
/// dashed without any.
fn draw(canvas: &mut Canvas<'_>, index: usize, law: bool, points: &[(i32, i32)]) {
    let color = series(index + 5);
    if law {
        for dash in dashes(points) {
            canvas.line(dash, color, 2);
        }
        return;
    }
    canvas.line(points.to_vec(), color, 2);
    for &(x, y) in points {
        match index % 4 {
            0 => canvas.fill((x - 4, y - 4), (x + 4, y + 4), color),
            1 => canvas.line(
                vec![(x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y), (x, y - 5)],
                color,
                2,
            ),
            2 => {
                canvas.line(vec![(x - 4, y - 4), (x + 4, y + 4)], color, 2);
                canvas.line(vec![(x - 4, y + 4), (x + 4, y - 4)], color, 2);
            }
            _ => canvas.outline((x - 4, y - 4), (x + 4, y + 4), color),
        }
    }
}

/// Cuts a line into dashes of equal length, measured along the line.
fn dashes(points: &[(i32, i32)]) -> Vec<Vec<(i32, i32)>> {
    let mut dashes = Vec::new();
    let mut travelled = 0.0;
    for two in points.windows(2) {
        let [(x0, y0), (x1, y1)] = [two[0], two[1]].map(|(x, y)| (f64::from(x), f64::from(y)));
        let length = (x1 - x0).hypot(y1 - y0);
        let at = |along: f64| {
            let share = along / length.max(1.0);
            let (x, y) = (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share);
            (x.round() as i32, y.round() as i32)
        };
        let mut along = -(travelled % (2.0 * DASH));
        while along < length {
            let (from, to) = (along.max(0.0), (along + DASH).min(length));
            if from < to {
                dashes.push(vec![at(from), at(to)]);
            }
            along += 2.0 * DASH;
        }
        travelled += length;
    }
    dashes
}

/// At most four significant digits, without zeros that say nothing.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs().log10().floor();
    if !(-4.0..9.0).contains(&size) {
        return format!("{value:.2e}");
    }
    let decimals = (3.0 - size).clamp(0.0, 7.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let check = |value, expected: &str| assert_eq!(number(value), expected);
        check(0.0, "0");
        check(40.0, "40");
        check(8000.0, "8000");
        check(1.0 / 3.0, "0.3333");
        check(2.5, "2.5");
        check(-0.05, "-0.05");
        check(123_456.7, "123457");
        check(1e12, "1.00e12");
    }

    #[test]
    fn axes_begin_and_end_at_ticks() {
        let check = |values: &[f64], expected: (f64, f64, usize)| {
            let axis = Axis::over(values.iter().copied());
            assert_eq!((axis.from, axis.to, axis.ticks().len()), expected);
        };
        check(&[0.0, 80.0], (0.0, 80.0, 5));
        check(&[1.0, 8.0], (0.0, 8.0, 5));
        check(&[-3.0, 3.0], (-3.0, 3.0, 7));
        check(&[], (0.0, 1.0, 6));
    }
}
