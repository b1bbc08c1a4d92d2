//! Laying out and painting a chart of curves.

use super::axis::{Axis, number};
use super::canvas::{Align, Canvas, shorten, text_width, wrap};
use super::curves::{Curve, Curves};
use super::palette::{FAINT, GRID, INK, PAPER};
use super::stroke::{self, Look};
use super::texture;
use crate::workers::Spread;

const WIDTH: u32 = 640;
const HEIGHT: i32 = 380;
const TOP: i32 = 60;
const BOTTOM: i32 = 336;
const LEFT: i32 = 64;
const RIGHT: i32 = 470;
/// Where a legend's names begin, and how many characters a line of them has.
const NAMES: i32 = RIGHT + 48;
const LETTERS: usize = 16;
/// Lines of one name in the legend.
const MAX_LINES: usize = 3;
const LINE: i32 = 15;
/// Pixels between two lines of hatched ground.
const HATCH: i32 = 14;
/// Characters of a line below the chart, and how many such lines there are.
const WIDE: usize = 85;
const MAX_NOTES: usize = 8;
const ENTRY_GAP: i32 = 8;
/// Half of the width of a box, and of the end of its whiskers.
const BOX: i32 = 7;
const CAP: i32 = 4;

/// A chart whose axes and legend are known.
pub(super) struct Chart<'a> {
    curves: &'a Curves,
    x: Axis,
    y: Axis,
    names: Vec<Vec<String>>,
    notes: Vec<String>,
}

impl<'a> Chart<'a> {
    pub(super) fn of(curves: &'a Curves) -> Self {
        let xs = curves.points().map(|point| point.0);
        let names = curves.shown().iter().map(|curve| lines(&curve.name));
        Self {
            x: if curves.powers {
                Axis::powers(2.0, xs)
            } else if curves.whole {
                Axis::over(xs.flat_map(|x| [x.floor(), x.ceil()]))
            } else {
                Axis::over(xs)
            },
            y: Axis::over(curves.points().map(|point| point.1).chain([0.0])),
            names: names.collect(),
            notes: notes(curves),
            curves,
        }
    }

    /// Wide as ever, and as high as the legend and the notes need.
    pub(super) fn size(&self) -> (u32, u32) {
        let notes = LINE * i32::try_from(self.notes.len()).unwrap_or(0);
        let height = self.notes_top() + notes + 4 * (1 + notes.min(1));
        (WIDTH, u32::try_from(height).unwrap_or(WIDTH))
    }

    fn notes_top(&self) -> i32 {
        let legend = TOP + self.names.iter().map(|lines| entry(lines)).sum::<i32>();
        (legend + 8).max(HEIGHT - 4)
    }

    pub(super) fn paint(&self, canvas: &mut Canvas<'_>) {
        let title = shorten(&self.curves.title, 58);
        canvas.bold((12, 18), &title, 16, Align::Left);
        self.hatch(canvas);
        self.axes(canvas);
        for (x, spread) in &self.curves.spreads {
            self.spread(canvas, *x, spread);
        }
        for (index, curve) in self.curves.shown().iter().enumerate() {
            stroke::draw(canvas, index, curve.look, &self.pixels(curve));
        }
        self.label_hatch(canvas);
        self.legend(canvas);
        for (row, note) in (0..).zip(&self.notes) {
            let at = (12, self.notes_top() + 10 + LINE * row);
            canvas.text(at, note, 12, Align::Left);
        }
    }

    fn axes(&self, canvas: &mut Canvas<'_>) {
        for value in self.x.ticks() {
            let at = self.x.place(value, LEFT, RIGHT);
            canvas.line(vec![(at, TOP), (at, BOTTOM)], GRID, 1);
            canvas.text((at, BOTTOM + 13), &number(value), 11, Align::Middle);
        }
        for value in self.y.ticks() {
            let at = self.y.place(value, BOTTOM, TOP);
            canvas.line(vec![(LEFT, at), (RIGHT, at)], GRID, 1);
            canvas.text((LEFT - 6, at), &number(value), 11, Align::Right);
        }
        canvas.line(vec![(LEFT, TOP), (LEFT, BOTTOM), (RIGHT, BOTTOM)], INK, 1);
        let middle = (LEFT + RIGHT) / 2;
        let (x, y) = (shorten(&self.curves.x, 60), shorten(&self.curves.y, 60));
        canvas.text((middle, BOTTOM + 32), &x, 12, Align::Middle);
        canvas.text((12, TOP - 22), &y, 12, Align::Left);
    }

    /// The points of `curve` on the canvas.
    fn pixels(&self, curve: &Curve) -> Vec<(i32, i32)> {
        let points = curve.points.iter().filter(|point| self.x.holds(point.0));
        let points: Vec<(i32, i32)> = points
            .map(|&(x, y)| (self.x.place(x, LEFT, RIGHT), self.y.place(y, BOTTOM, TOP)))
            .collect();
        if curve.look == Look::Steps {
            stroke::stairs(&points)
        } else {
            points
        }
    }

    /// The middle half of some measurements as a box, all of them as a line.
    fn spread(&self, canvas: &mut Canvas<'_>, x: f64, of: &Spread) {
        if !self.x.holds(x) {
            return;
        }
        let x = self.x.place(x, LEFT, RIGHT);
        let y = |value| self.y.place(value, BOTTOM, TOP);
        let (least, most) = (y(of.least), y(of.most));
        canvas.line(vec![(x, least), (x, most)], INK, 1);
        for end in [least, most] {
            canvas.line(vec![(x - CAP, end), (x + CAP, end)], INK, 1);
        }
        let (from, to) = ((x - BOX, y(of.upper)), (x + BOX, y(of.lower)));
        canvas.fill(from, to, PAPER);
        canvas.outline(from, to, INK);
    }

    /// From where to where the ground is hatched.
    fn hatched(&self) -> Option<(i32, i32)> {
        let (from, _) = self.curves.beyond.as_ref()?;
        let from = self.x.place(*from, LEFT, RIGHT);
        (from < RIGHT).then_some((from, RIGHT))
    }

    fn hatch(&self, canvas: &mut Canvas<'_>) {
        if let Some((from, to)) = self.hatched() {
            let lines = texture::hatching((from, TOP), (to, BOTTOM), HATCH);
            canvas.line(lines, GRID, 1);
            canvas.line(vec![(from, TOP), (from, BOTTOM)], FAINT, 1);
        }
    }

    /// Above the plot, so that no curve runs through it.
    fn label_hatch(&self, canvas: &mut Canvas<'_>) {
        if let (Some((from, to)), Some((_, why))) = (self.hatched(), &self.curves.beyond) {
            let why = shorten(why, 24);
            let half = text_width(&why, 11) / 2;
            let at = ((from + to) / 2).min(RIGHT - half);
            canvas.ink((at, TOP - 8), &why, 11, Align::Middle, FAINT);
        }
    }

    fn legend(&self, canvas: &mut Canvas<'_>) {
        let mut y = TOP + 12;
        let curves = self.curves.shown().iter();
        for (index, (curve, lines)) in curves.zip(&self.names).enumerate() {
            stroke::sample(canvas, index, curve.look, (RIGHT + 14, y));
            for (row, line) in lines.iter().enumerate() {
                let down = LINE * i32::try_from(row).unwrap_or(0);
                canvas.text((NAMES, y + down), line, 12, Align::Left);
            }
            y += entry(lines);
        }
    }
}

/// The chart's notes in lines, as many as there is room for.
fn notes(curves: &Curves) -> Vec<String> {
    let lines = curves.notes.iter().flat_map(|note| wrap(note, WIDE));
    let lines = lines.take(MAX_NOTES);
    lines.map(|line| shorten(&line, WIDE)).collect()
}

/// A name of the legend in a few short lines.
fn lines(name: &str) -> Vec<String> {
    let mut lines = wrap(name, LETTERS);
    if lines.len() > MAX_LINES {
        lines.truncate(MAX_LINES);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines.iter().map(|line| shorten(line, LETTERS)).collect()
}

/// How much of the legend's height a name takes.
fn entry(lines: &[String]) -> i32 {
    LINE * i32::try_from(lines.len()).unwrap_or(1) + ENTRY_GAP
}
