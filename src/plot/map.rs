//! The two-axis map as a picture.
//!
//! Each axis is broken in two: "none" and "some". The "some" part counts in
//! equal ratios, so that 2 and 4096 workers fit on one sheet. The four panels
//! are then the four quadrants, and no point is on a border.

use super::axis::{Axis, number};
use super::canvas::{self, Align, Canvas, shorten, text_width};
use super::explore::Frame;
use super::figure::Figure;
use super::labels::{Area, Labels};
use super::palette::{FAINT, GRID, INK, series};
use super::table;
use super::text::counted;
use crate::quadrants::{Map, Point, Quadrant, Source};

const SIZE: (u32, u32) = (760, 540);
const LEFT: i32 = 64;
const RIGHT: i32 = 742;
const TOP: i32 = 58;
const BOTTOM: i32 = 440;
/// Where "none" ends and "some" begins, to the right and upwards.
const ACROSS: (i32, i32) = (316, 324);
const UP: (i32, i32) = (342, 334);
/// Where a point without concurrency, or without parallelism, stands.
const NONE_X: i32 = 104;
const NONE_Y: i32 = 396;
/// Room between the first tick of "some" and its border.
const INSET: i32 = 22;
/// The axes reach at least as far, so that maps can be compared.
const LEAST: (f64, f64) = (100_000.0, 4_096.0);
/// Points that are drawn; more are counted.
const MAX_POINTS: usize = 120;
const NAME: usize = 28;

impl Map {
    /// The map as a picture: concurrency to the right, parallelism upwards.
    /// Markers tell typical systems, simulated and measured runs and points by
    /// hand apart.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let title = "Two axes: concurrency and parallelism";
        let description = describe(self);
        let sheet = Sheet::of(self);
        Figure {
            title: title.to_owned(),
            svg: canvas::draw(SIZE, title, &description, |canvas| {
                sheet.paint(canvas, title)
            }),
            description,
            text: text(self),
        }
    }
}

impl From<Map> for Frame {
    fn from(map: Map) -> Self {
        map.figure().into()
    }
}

/// Points with the axes that they need.
struct Sheet<'a> {
    points: &'a [Point],
    left_out: usize,
    x: Axis,
    y: Axis,
}

impl<'a> Sheet<'a> {
    fn of(map: &'a Map) -> Self {
        let all = map.points();
        let points = &all[..all.len().min(MAX_POINTS)];
        let aside = points.iter().map(|point| point.place.aside as f64);
        let workers = points.iter().map(|point| point.place.workers as f64);
        Self {
            points,
            left_out: all.len() - points.len(),
            x: Axis::powers(10.0, aside.chain([1.0, LEAST.0])),
            y: Axis::powers(2.0, workers.filter(|w| *w > 1.0).chain([2.0, LEAST.1])),
        }
    }

    fn paint(&self, canvas: &mut Canvas<'_>, title: &str) {
        canvas.bold((12, 18), title, 16, Align::Left);
        self.axes(canvas);
        let mut labels = Labels::default();
        for quadrant in Quadrant::ALL {
            let Area(left, top, right, bottom) = panel(quadrant);
            canvas.outline((left, top), (right, bottom), FAINT);
            let heading = (left + 8, top + 13);
            canvas.ink(heading, quadrant.name(), 12, Align::Left, FAINT);
            labels.take(Area::of_text(heading.0, heading.1, quadrant.name(), 12));
        }
        let places = self.places();
        for &place in &places {
            labels.take_marker(place);
        }
        let names = self.points.iter().zip(&places).map(|(point, &place)| {
            let name = shorten(&point.name, NAME);
            let at = labels.place(panel(point.quadrant()), place, &name, 12)?;
            Some((name, place, at))
        });
        let names: Vec<_> = names.collect();
        // Leaders first, so that none runs over a name.
        for (name, place, at) in names.iter().flatten() {
            leader(canvas, *place, *at, name);
        }
        for (name, _, at) in names.iter().flatten() {
            canvas.text(*at, name, 12, Align::Left);
        }
        let nameless = names.iter().filter(|name| name.is_none()).count();
        for (point, &place) in self.points.iter().zip(&places) {
            marker(canvas, place, point.source);
        }
        self.legend(canvas, nameless);
    }

    fn axes(&self, canvas: &mut Canvas<'_>) {
        for value in self.x.ticks() {
            let x = self.across(value);
            canvas.line(vec![(x, TOP), (x, UP.1)], GRID, 1);
            canvas.line(vec![(x, UP.0), (x, BOTTOM)], GRID, 1);
            canvas.text((x, BOTTOM + 13), &tick(value), 11, Align::Middle);
        }
        for value in self.y.ticks() {
            let y = self.up(value);
            canvas.line(vec![(LEFT, y), (ACROSS.0, y)], GRID, 1);
            canvas.line(vec![(ACROSS.1, y), (RIGHT, y)], GRID, 1);
            canvas.text((LEFT - 6, y), &tick(value), 11, Align::Right);
        }
        canvas.text((NONE_X, BOTTOM + 13), "0", 11, Align::Middle);
        canvas.text((LEFT - 6, NONE_Y), "1", 11, Align::Right);
        let middle = (LEFT + RIGHT) / 2;
        let label = "concurrency (tasks put aside, unfinished, at once)";
        canvas.text((middle, BOTTOM + 32), label, 12, Align::Middle);
        canvas.text(
            (12, TOP - 16),
            "parallelism (workers that compute at once)",
            12,
            Align::Left,
        );
    }

    /// Where each point is drawn. Points of one place stand side by side.
    fn places(&self) -> Vec<(i32, i32)> {
        let mut places: Vec<(i32, i32)> = Vec::new();
        for point in self.points {
            let (aside, workers) = (point.place.aside, point.place.workers);
            let x = if aside == 0 {
                NONE_X
            } else {
                self.across(aside as f64)
            };
            let y = if workers <= 1 {
                NONE_Y
            } else {
                self.up(workers as f64)
            };
            let end = if aside == 0 { ACROSS.0 } else { RIGHT };
            let mut row = (0..)
                .map(|step| (x + 14 * step, y))
                .take_while(|at| at.0 < end - 8);
            let free = row.find(|at| !places.contains(at));
            places.push(free.unwrap_or((x, y)));
        }
        places
    }

    fn across(&self, aside: f64) -> i32 {
        self.x.place(aside, ACROSS.1 + INSET, RIGHT - INSET)
    }

    fn up(&self, workers: f64) -> i32 {
        self.y.place(workers, UP.1 - INSET, TOP + INSET + 8)
    }

    fn legend(&self, canvas: &mut Canvas<'_>, nameless: usize) {
        let y = BOTTOM + 60;
        let mut x = LEFT;
        for (source, name) in LEGEND {
            if !self.points.iter().any(|point| point.source == source) {
                continue;
            }
            marker(canvas, (x, y), source);
            canvas.text((x + 12, y), name, 12, Align::Left);
            x += 12 + text_width(name, 12) + 24;
        }
        let mut notes = Vec::new();
        if nameless > 0 {
            notes.push(format!(
                "{} without room for a name",
                counted(nameless, "point")
            ));
        }
        if self.left_out > 0 {
            notes.push(format!("{} not drawn", counted(self.left_out, "point")));
        }
        canvas.ink((LEFT, y + 24), &notes.join(", "), 12, Align::Left, FAINT);
    }
}

const LEGEND: [(Source, &str); 4] = [
    (Source::Typical, "typical system, to an order of magnitude"),
    (Source::Simulated, "simulated"),
    (Source::Measured, "measured"),
    (Source::Given, "placed by hand"),
];

/// Where a quadrant is on the sheet.
fn panel(quadrant: Quadrant) -> Area {
    let x = if quadrant.concurrent() {
        (ACROSS.1, RIGHT)
    } else {
        (LEFT, ACROSS.0)
    };
    let y = if quadrant.parallel() {
        (TOP, UP.1)
    } else {
        (UP.0, BOTTOM)
    };
    Area(x.0, y.0, x.1, y.1)
}

/// A round number in few characters.
fn tick(value: f64) -> String {
    if value < 1e6 {
        number(value)
    } else {
        format!("{value:.1e}").replace(".0e", "e")
    }
}

fn marker(canvas: &mut Canvas<'_>, (x, y): (i32, i32), source: Source) {
    match source {
        Source::Typical => canvas.disc((x, y), 5, series(5)),
        Source::Simulated => {
            canvas.fill((x - 5, y - 5), (x + 5, y + 5), series(6));
            canvas.outline((x - 5, y - 5), (x + 5, y + 5), INK);
        }
        Source::Measured => {
            canvas.ring((x, y), 6, INK);
            canvas.disc((x, y), 2, INK);
        }
        Source::Given => {
            canvas.line(vec![(x - 5, y - 5), (x + 5, y + 5)], INK, 2);
            canvas.line(vec![(x - 5, y + 5), (x + 5, y - 5)], INK, 2);
        }
    }
}

/// Joins a point and its name where they are not beside each other.
fn leader(canvas: &mut Canvas<'_>, (x, y): (i32, i32), (left, middle): (i32, i32), name: &str) {
    let foot = x.clamp(left, left + text_width(name, 12));
    if (middle - y).abs() <= 16 && (foot - x).abs() <= 16 {
        return;
    }
    let edge = match middle - y {
        -8..=8 => middle,
        ..-8 => middle + 8,
        _ => middle - 8,
    };
    canvas.line(vec![(x, y), (foot, edge)], FAINT, 1);
}

fn describe(map: &Map) -> String {
    let sentences = Quadrant::ALL.map(|quadrant| {
        let names: Vec<&str> = map.points_in(quadrant).map(|p| p.name.as_str()).collect();
        let shown = names.len().min(MAX_POINTS / 4);
        let names = match (names.is_empty(), names.len() - shown) {
            (true, _) => "nothing".to_owned(),
            (_, 0) => names.join(", "),
            (_, more) => format!("{} and {more} more", names[..shown].join(", ")),
        };
        format!("{}: {names}.", quadrant.name())
    });
    format!(
        "Map of systems by concurrency and parallelism. {}",
        sentences.join(" ")
    )
}

/// One row per point: (name, quadrant, tasks aside, workers, how it is known).
pub(super) fn rows(map: &Map) -> (Vec<String>, Vec<Vec<String>>) {
    let header = ["name", "quadrant", "tasks aside", "workers", "known as"];
    let rows = map.points().iter().take(MAX_POINTS).map(|point| {
        let known = match point.source {
            Source::Typical => "typical",
            Source::Simulated => "simulated",
            Source::Measured => "measured",
            Source::Given => "given",
        };
        vec![
            shorten(&point.name, NAME),
            point.quadrant().to_string(),
            point.place.aside.to_string(),
            point.place.workers.to_string(),
            known.to_owned(),
        ]
    });
    (header.map(str::to_owned).to_vec(), rows.collect())
}

fn text(map: &Map) -> String {
    let (header, rows) = rows(map);
    let mut out = format!("Two axes\n{}", table::text(&header, &rows));
    let more = map.points().len().saturating_sub(MAX_POINTS);
    if more > 0 {
        out.push_str(&format!("and {more} more\n"));
    }
    out
}
