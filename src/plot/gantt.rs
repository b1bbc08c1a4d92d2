//! A trace as a Gantt chart: who did what when.

use std::collections::BTreeSet;

use super::canvas::{self, Align, Canvas, shorten, text_width, to_i32, wrap};
use super::figure::Figure;
use super::lanes::{Bar, Doing, Lane, MAX_LANES, NAME, Part};
use super::palette::{FAINT, GRID, INK, PAPER, ink_on, series};
use super::scale::{Scale, in_unit, shown_unit};
use super::text;
use super::texture::{self, LEGEND};
use crate::trace::{Origin, SpanKind, Trace, WorkerId};

/// In pixels; a chart may be narrower, see [`Gantt::width`].
const WIDTH: u32 = 760;
const NARROWEST: u32 = 320;
const MARGIN: i32 = 12;
const LANE: i32 = 24;
const GAP: i32 = 5;
const HEADING: i32 = 20;
/// Bars thinner than this many pixels are drawn together.
const THIN: i32 = 2;
const KEY_ROW: i32 = 20;

/// Which rows a chart has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// One row per worker, then one per task.
    Both,
    /// One row per worker: who is busy, and with what.
    Workers,
    /// One row per task: running, waiting or in the queue.
    Tasks,
}

/// A Gantt chart to be drawn.
///
/// ```
/// use twoaxes::barista;
/// use twoaxes::plot::{Gantt, View};
///
/// let trace = barista::time_slice(&[20, 20], 5);
/// let figure = Gantt::of(&trace).view(View::Tasks).figure();
/// assert!(figure.svg().starts_with("<svg"));
/// ```
#[derive(Debug, Clone)]
pub struct Gantt<'a> {
    trace: &'a Trace,
    view: View,
    axis: u64,
    width: u32,
    rows: usize,
    /// Room for the names of rows, at least.
    gutter: i32,
    title: Option<String>,
}

impl Trace {
    /// The trace as a Gantt chart, by worker and by task. See [`Gantt`] for
    /// more choices.
    #[must_use]
    pub fn gantt(&self) -> Figure {
        Gantt::of(self).figure()
    }
}

impl<'a> Gantt<'a> {
    /// A chart of `trace` with both kinds of rows.
    #[must_use]
    pub fn of(trace: &'a Trace) -> Self {
        Self {
            trace,
            view: View::Both,
            axis: 0,
            width: WIDTH,
            rows: MAX_LANES,
            gutter: 50,
            title: None,
        }
    }

    /// Which rows the chart has.
    #[must_use]
    pub fn view(mut self, view: View) -> Self {
        self.view = view;
        self
    }

    /// Makes the time axis at least `length` long, in the trace's unit, so
    /// that charts of different runs can be compared by eye.
    #[must_use]
    pub fn axis(mut self, length: u64) -> Self {
        self.axis = length;
        self
    }

    /// How wide the chart is, in pixels: 320 to 760.
    #[must_use]
    pub fn width(mut self, pixels: u32) -> Self {
        self.width = pixels.clamp(NARROWEST, WIDTH);
        self
    }

    /// Another title than the trace's own, to tell two runs of one program
    /// apart.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Leaves at least so much room for the names of rows, in pixels.
    pub(super) fn gutter(mut self, pixels: i32) -> Self {
        self.gutter = pixels;
        self
    }

    /// How much room the names of the rows need, in pixels.
    pub(super) fn names(&self) -> i32 {
        let chart = Chart::of(self);
        chart.scale.left - MARGIN - 8
    }

    /// How many workers and how many tasks have a row: 32 each at most.
    #[must_use]
    pub fn rows(mut self, most: usize) -> Self {
        self.rows = most.min(MAX_LANES);
        self
    }

    /// Draws the chart.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let chart = Chart::of(self);
        let description = text::describe(self.trace);
        Figure {
            title: chart.title.clone(),
            svg: canvas::draw(
                (self.width, chart.height()),
                &chart.title,
                &description,
                |canvas| chart.paint(canvas),
            ),
            description,
            text: text::gantt(
                self.trace,
                &chart.title,
                &chart.parts,
                chart.scale.from,
                chart.scale.length,
            ),
        }
    }
}

/// How long the time axis of `trace` must be.
pub(super) fn axis_of(trace: &Trace) -> u64 {
    trace.end() - axis_start(trace)
}

fn axis_start(trace: &Trace) -> u64 {
    match trace.origin() {
        Origin::Simulated => 0,
        Origin::Measured => trace.start(),
    }
}

struct Chart<'a> {
    trace: &'a Trace,
    title: String,
    parts: Vec<Part>,
    scale: Scale,
    width: i32,
    legend: Vec<(&'static str, Doing)>,
    notes: Vec<String>,
}

impl<'a> Chart<'a> {
    fn of(gantt: &Gantt<'a>) -> Self {
        let trace = gantt.trace;
        let mut parts = Vec::new();
        if gantt.view != View::Tasks {
            parts.push(Part::workers(trace, gantt.rows));
        }
        if gantt.view != View::Workers {
            parts.push(Part::tasks(trace, gantt.rows));
        }
        let names = parts.iter().flat_map(|part| &part.lanes);
        let gutter = names
            .map(|lane| text_width(&shorten(&lane.name, NAME), 12))
            .max()
            .unwrap_or(0)
            .max(gantt.gutter);
        let left = MARGIN + gutter + 8;
        let width = to_i32(gantt.width);
        let letters = usize::try_from(width / 7).unwrap_or(100);
        let notes = trace.notes().iter().flat_map(|note| wrap(note, letters));
        let scale = Scale {
            from: axis_start(trace),
            length: axis_of(trace).max(gantt.axis).max(1),
            left,
            width: u32::try_from(width - left - MARGIN - 10).unwrap_or(1),
        };
        let title = gantt.title.as_deref().unwrap_or(trace.title());
        Self {
            trace,
            title: title.to_owned(),
            scale,
            width,
            legend: legend(&parts, scale),
            parts,
            notes: notes.collect(),
        }
    }

    fn height(&self) -> u32 {
        let rows: usize = self
            .parts
            .iter()
            .map(|part| part.lanes.len() + usize::from(part.left_out > 0))
            .sum();
        let rows = i32::try_from(rows).unwrap_or(0) * (LANE + GAP);
        let headings = i32::try_from(self.parts.len()).unwrap_or(0) * HEADING;
        let notes = i32::try_from(self.notes.len()).unwrap_or(0) * 16;
        u32::try_from(30 + headings + rows + 44 + self.key_height() + notes + 8).unwrap_or(400)
    }

    fn paint(&self, canvas: &mut Canvas<'_>) {
        let right = self.width - MARGIN;
        canvas.bold(
            (MARGIN, 18),
            &shorten(
                &self.title,
                // Bold letters are wide, and the origin stands at the right end.
                usize::try_from((self.width - 90) * 10 / 95).unwrap_or(0),
            ),
            16,
            Align::Left,
        );
        let origin = self.trace.origin().to_string();
        canvas.ink((right, 18), &origin, 12, Align::Right, FAINT);
        let top = 32;
        let mut y = top;
        for part in &self.parts {
            let heading = match part.by_worker || self.trace.workers().len() < 2 {
                true => part.heading.to_owned(),
                false => format!("{} (numbers say which worker)", part.heading),
            };
            canvas.ink((MARGIN, y + 9), &heading, 11, Align::Left, FAINT);
            y += HEADING;
            self.grid(canvas, y, y + self.rows_height(part));
            for lane in &part.lanes {
                let name = shorten(&lane.name, NAME);
                canvas.text((self.scale.left - 8, y + LANE / 2), &name, 12, Align::Right);
                self.lane(canvas, y, lane, part.by_worker);
                y += LANE + GAP;
            }
            if part.left_out > 0 {
                let more = format!("and {} more, not drawn", part.left_out);
                canvas.ink(
                    (self.scale.left, y + LANE / 2),
                    &more,
                    12,
                    Align::Left,
                    FAINT,
                );
                y += LANE + GAP;
            }
        }
        self.axis(canvas, y);
        if self.trace.origin() == Origin::Measured {
            let end = self.scale.x(u64::MAX);
            canvas.outline((self.scale.left - 2, top + 15), (end + 2, y), FAINT);
            canvas.outline((self.scale.left - 4, top + 13), (end + 4, y + 2), FAINT);
        }
        self.key(canvas, y + 54);
        for (index, note) in self.notes.iter().enumerate() {
            let down = 54 + self.key_height() + 16 * i32::try_from(index).unwrap_or(0);
            canvas.ink((MARGIN, y + down), note, 12, Align::Left, INK);
        }
    }

    fn rows_height(&self, part: &Part) -> i32 {
        i32::try_from(part.lanes.len()).unwrap_or(0) * (LANE + GAP)
    }

    fn grid(&self, canvas: &mut Canvas<'_>, top: i32, bottom: i32) {
        for tick in self.scale.ticks() {
            let x = self.scale.x(self.scale.from + tick);
            canvas.line(vec![(x, top - 2), (x, bottom)], GRID, 1);
        }
    }

    fn axis(&self, canvas: &mut Canvas<'_>, y: i32) {
        let Scale { from, left, .. } = self.scale;
        let end = self.scale.x(u64::MAX);
        let (per, unit) = shown_unit(self.trace.unit(), self.scale.length);
        let longest = text_width(&in_unit(self.scale.length, per), 11) + 8;
        let every = 1 + longest * i32::try_from(self.scale.ticks().len()).unwrap_or(1)
            / (end - left).max(1);
        canvas.line(vec![(left, y), (end, y)], INK, 1);
        for (index, tick) in self.scale.ticks().into_iter().enumerate() {
            let x = self.scale.x(from + tick);
            canvas.line(vec![(x, y), (x, y + 4)], INK, 1);
            if index % usize::try_from(every).unwrap_or(1) != 0 {
                continue;
            }
            canvas.text((x, y + 13), &in_unit(tick, per), 11, Align::Middle);
        }
        let label = format!("time ({unit})");
        canvas.text(((left + end) / 2, y + 30), &label, 12, Align::Middle);
    }

    fn lane(&self, canvas: &mut Canvas<'_>, y: i32, lane: &Lane, by_worker: bool) {
        let mut thin: Option<(i32, i32)> = None;
        for bar in &lane.bars {
            let (from, to) = (self.scale.x(bar.start), self.scale.x(bar.end));
            if to - from < THIN {
                match &mut thin {
                    Some((_, end)) if from <= *end + 1 => *end = to.max(*end),
                    _ => {
                        draw_thin(canvas, y, thin.take());
                        thin = Some((from, to));
                    }
                }
                continue;
            }
            draw_thin(canvas, y, thin.take());
            self.bar(canvas, (from, y), (to, y + LANE), bar, by_worker);
        }
        draw_thin(canvas, y, thin);
    }

    fn bar(
        &self,
        canvas: &mut Canvas<'_>,
        from: (i32, i32),
        to: (i32, i32),
        bar: &Bar,
        by_worker: bool,
    ) {
        let color = series(bar.task.0);
        texture::bar(canvas, from, to, bar.doing, color);
        let room = room(to.0 - from.0);
        let label = match (bar.doing, by_worker) {
            (Doing::Span(SpanKind::Run | SpanKind::Blocked), true) => {
                fitted(&self.trace.tasks()[bar.task.0].name, room)
            }
            (Doing::Span(SpanKind::Run | SpanKind::Blocked), false) => {
                fitted(&self.number(bar.worker), room)
            }
            _ => String::new(),
        };
        if label.is_empty() {
            return;
        }
        let middle = ((from.0 + to.0) / 2, (from.1 + to.1) / 2);
        if bar.doing == Doing::Span(SpanKind::Run) {
            canvas.ink(middle, &label, 12, Align::Middle, ink_on(color));
        } else {
            let half = text_width(&label, 12) / 2 + 1;
            let (x, y) = middle;
            canvas.fill((x - half, y - 8), (x + half, y + 8), PAPER);
            canvas.text(middle, &label, 12, Align::Middle);
        }
    }

    /// The worker's number, where there are several to tell apart.
    fn number(&self, worker: Option<WorkerId>) -> String {
        match worker {
            Some(WorkerId(index)) if self.trace.workers().len() > 1 => (index + 1).to_string(),
            _ => String::new(),
        }
    }

    fn key(&self, canvas: &mut Canvas<'_>, y: i32) {
        for ((name, doing), (x, row)) in self.legend.iter().zip(self.key_places()) {
            let y = y + row * KEY_ROW;
            // No task's colour.
            texture::bar(canvas, (x, y - 7), (x + 26, y + 7), *doing, GRID);
            canvas.text((x + 32, y), name, 12, Align::Left);
        }
    }

    /// Where each entry of the legend stands: (x, row).
    fn key_places(&self) -> Vec<(i32, i32)> {
        let (mut x, mut row) = (MARGIN, 0);
        let mut places = Vec::new();
        for (name, _) in &self.legend {
            let width = 32 + text_width(name, 12) + 12;
            if x > MARGIN && x + width > self.width {
                (x, row) = (MARGIN, row + 1);
            }
            places.push((x, row));
            x += width;
        }
        places
    }

    /// How far the legend reaches down.
    fn key_height(&self) -> i32 {
        let rows = self.key_places().last().map_or(0, |(_, row)| row + 1);
        rows * KEY_ROW
    }
}

/// How many characters fit into a bar of this width. Digits and signs are wider
/// than the average letter, and a longer label is nothing but them at times.
fn room(width: i32) -> usize {
    let average = (width - 2) / text_width("m", 12);
    let wide = (width - 4) / 8;
    usize::try_from(if average > 2 { wide } else { average }).unwrap_or(0)
}

/// `label` if there is room for so many characters, else the number that it ends
/// in, else what fits of it, if that still says something.
fn fitted(label: &str, room: usize) -> String {
    if label.chars().count() <= room {
        return shorten(label, room);
    }
    let last = label.rsplit(' ').next().unwrap_or_default();
    let is_number = !last.is_empty() && last.chars().all(|c| c.is_ascii_digit());
    if is_number && last.len() < label.len() && last.len() <= room {
        return last.to_owned();
    }
    if room >= 4 {
        return shorten(label, room);
    }
    String::new()
}

fn draw_thin(canvas: &mut Canvas<'_>, y: i32, thin: Option<(i32, i32)>) {
    if let Some((from, to)) = thin {
        let (from, to) = ((from, y), (to.max(from + 1), y + LANE));
        texture::bar(canvas, from, to, Doing::Many, FAINT);
    }
}

/// The entries of the legend that the chart needs.
fn legend(parts: &[Part], scale: Scale) -> Vec<(&'static str, Doing)> {
    let mut seen = BTreeSet::new();
    for bar in parts.iter().flat_map(|p| &p.lanes).flat_map(|l| &l.bars) {
        let thin = scale.x(bar.end) - scale.x(bar.start) < THIN;
        seen.insert(if thin { Doing::Many } else { bar.doing });
    }
    LEGEND
        .into_iter()
        .filter(|(_, doing)| seen.contains(doing))
        .collect()
}
