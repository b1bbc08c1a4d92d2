//! The opening question as the result of a cell: latencies, requests in flight
//! over time, what the threads did, the numbers, and what to notice.

use super::axis::{Axis, number};
use super::canvas::{self, Align, Canvas};
use super::curves::Curves;
use super::figure::Figure;
use super::gantt::{Gantt, View, axis_of};
use super::over_time::thinned;
use super::palette::{FAINT, GRID, INK, series};
use super::side::side_by_side;
use super::table;
use crate::notebook::{self, MimeBundle, Rich};
use crate::server::{Latency, OpeningQuestion, Run};
use crate::trace::Trace;

const WIDTH: i32 = 640;
const LEFT: i32 = 96;
const RIGHT: i32 = 540;
const TOP: i32 = 56;
const ROW: i32 = 17;
const HEADING: i32 = 22;
/// The percentiles that have a row, with their names.
const ROWS: [(f64, &str); 5] = [
    (50.0, "half"),
    (90.0, "90%"),
    (99.0, "99%"),
    (99.9, "99.9%"),
    (100.0, "all"),
];
const LATENCY_TITLE: &str = "Within which time answers came (measured)";

impl OpeningQuestion {
    /// Latencies beyond the backend's time, run by run: within which time half
    /// of the answers came, 90%, 99%, 99.9% and all. The axis has powers of
    /// ten.
    #[must_use]
    pub fn latency_chart(&self) -> Figure {
        let runs = self.runs();
        let runs: Vec<(&str, &Run)> = runs.iter().map(|(name, run)| (&**name, *run)).collect();
        latency_chart(&runs)
    }

    /// How many requests were in flight over time, in each of the runs.
    #[must_use]
    pub fn in_flight_chart(&self) -> Figure {
        let mut curves = Curves::new("Requests in flight (measured)")
            .x("time since the first request (ms)")
            .y("requests in flight");
        let mut words = "Requests in flight (measured)\n".to_owned();
        for (name, run) in self.runs() {
            curves = curves.steps(name.clone(), &in_flight(&run.trace));
            words.push_str(&format!(
                "{name}: up to {} at once, all answered after {} ms\n",
                run.trace.peak_concurrency(),
                number(in_ms(run.trace.makespan()))
            ));
        }
        curves.words = Some(words);
        curves.figure()
    }

    /// Shows the four runs as the result of a cell: figures, numbers, and what
    /// to notice.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }

    fn table(&self) -> String {
        let names = self.runs().map(|(name, _)| name);
        let caption = format!(
            "The same requests, four times. The backend takes {} ms for each.",
            number(in_ms(self.one_thread.delay()))
        );
        grid(&caption, &names, self.rows())
    }
}

impl Rich for OpeningQuestion {
    fn mime_bundle(&self) -> MimeBundle {
        let axis = axis_of(&self.in_the_way.trace).max(axis_of(&self.offloaded.trace));
        let threads = |trace: &Trace| threads(trace, axis, 440);
        let charts = side_by_side(&[self.latency_chart(), self.in_flight_chart()]);
        let hogs = [&self.in_the_way, &self.offloaded].map(|run| threads(&run.trace));
        let notice: Vec<String> = self.what_to_notice();
        let form = |bundle: &MimeBundle| bundle.get("text/html").unwrap_or_default().to_owned();
        MimeBundle::text(format!("{}\n{self}", self.latency_chart().text())).with_html(format!(
            "{}{}{}{}",
            form(&charts.mime_bundle()),
            form(&side_by_side(&hogs).mime_bundle()),
            self.table(),
            table::paragraphs(notice.iter().chain(&self.notes())),
        ))
    }
}

impl Run {
    /// How many requests were in flight and how many handlers ran, over time.
    #[must_use]
    pub fn in_flight_chart(&self) -> Figure {
        self.trace.overlap_chart()
    }

    /// Shows the run as the result of a cell: requests in flight, what the
    /// threads did, the numbers.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Run {
    fn mime_bundle(&self) -> MimeBundle {
        let rows: Vec<(String, Vec<String>)> = self
            .rows()
            .into_iter()
            .map(|(what, value)| (what, vec![value]))
            .collect();
        let title = format!("{} ({})", self.trace.title(), self.trace.origin());
        let figures = if self.requests() == 0 {
            String::new()
        } else {
            let threads = threads(&self.trace, 0, 760);
            format!("{}{}", self.in_flight_chart().html(), threads.html())
        };
        MimeBundle::text(self.to_string()).with_html(format!(
            "{figures}{}{}",
            grid(&title, &["measured".to_owned()], rows),
            table::paragraphs(self.notes()),
        ))
    }
}

impl Latency {
    /// Shows the percentiles as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Latency {
    fn mime_bundle(&self) -> MimeBundle {
        MimeBundle::text(self.to_string())
    }
}

/// What the threads did. Tasks have no rows: there are thousands of them.
fn threads(trace: &Trace, axis: u64, width: u32) -> Figure {
    let chart = Gantt::of(trace).view(View::Workers);
    chart.axis(axis).width(width).figure()
}

fn in_flight(trace: &Trace) -> Vec<(f64, f64)> {
    let start = trace.start();
    let steps = trace.concurrency_over_time().into_iter();
    let end = (trace.end(), 0);
    let points = steps
        .chain([end])
        .map(|(time, count)| (in_ms(time.saturating_sub(start)), count as f64));
    thinned(points.collect())
}

fn in_ms(time: u64) -> f64 {
    time as f64 / 1e6
}

/// Milliseconds beyond the backend's time. Below a tenth of one, clocks and
/// timers say nothing.
fn beyond(run: &Run, percent: f64) -> f64 {
    let latency = run.latency().percentile(percent);
    in_ms(latency.saturating_sub(run.delay())).max(0.1)
}

fn latency_chart(runs: &[(&str, &Run)]) -> Figure {
    let shown: Vec<(&str, &Run)> = runs
        .iter()
        .filter(|(_, run)| run.latency().count() > 0)
        .copied()
        .collect();
    let description = describe(&shown);
    let all = shown
        .iter()
        .flat_map(|(_, run)| ROWS.map(|(percent, _)| beyond(run, percent)));
    let axis = Axis::powers(10.0, all);
    let below = TOP + height(shown.len());
    let size = (WIDTH.unsigned_abs(), (below + 46).unsigned_abs());
    Figure {
        title: LATENCY_TITLE.to_owned(),
        svg: canvas::draw(size, LATENCY_TITLE, &description, |canvas| {
            paint(canvas, &shown, &axis, below);
        }),
        text: words(&shown),
        description,
    }
}

fn height(runs: usize) -> i32 {
    let each = HEADING + ROW * i32::try_from(ROWS.len()).unwrap_or(0);
    each * i32::try_from(runs).unwrap_or(0)
}

fn paint(canvas: &mut Canvas<'_>, runs: &[(&str, &Run)], axis: &Axis, below: i32) {
    canvas.bold((12, 18), LATENCY_TITLE, 16, Align::Left);
    if runs.is_empty() {
        canvas.text((12, 44), "There were no answers.", 12, Align::Left);
        return;
    }
    let sentence = "Each mark: within this time, so many of the answers had come.";
    canvas.ink((12, 38), sentence, 12, Align::Left, FAINT);
    for tick in axis.ticks() {
        let x = axis.place(tick, LEFT, RIGHT);
        canvas.line(vec![(x, TOP), (x, below)], GRID, 1);
        canvas.text((x, below + 12), &number(tick), 11, Align::Middle);
    }
    canvas.line(vec![(LEFT, below), (RIGHT, below)], INK, 1);
    let delay = runs.first().map_or(0, |(_, run)| run.delay());
    let label = format!(
        "time beyond the backend's {} ms (ms, powers of ten)",
        number(in_ms(delay))
    );
    let middle = (LEFT + RIGHT) / 2;
    canvas.text((middle, below + 30), &label, 12, Align::Middle);
    let mut y = TOP;
    for (index, (name, run)) in runs.iter().enumerate() {
        canvas.bold((12, y + HEADING / 2), name, 12, Align::Left);
        y += HEADING;
        for (percent, what) in ROWS {
            let x = axis.place(beyond(run, percent), LEFT, RIGHT);
            let middle = y + ROW / 2;
            canvas.text((LEFT - 8, middle), what, 12, Align::Right);
            canvas.line(vec![(LEFT, middle), (x, middle)], FAINT, 1);
            canvas.disc((x, middle), 5, series(index));
            canvas.ring((x, middle), 5, INK);
            let value = format!("{} ms", number(beyond(run, percent)));
            canvas.text((x + 12, middle), &value, 12, Align::Left);
            y += ROW;
        }
    }
}

fn describe(runs: &[(&str, &Run)]) -> String {
    let each = runs.iter().map(|(name, run)| {
        format!(
            "{name}: half of the answers within {} ms, 99% within {} ms, all within {} ms",
            number(beyond(run, 50.0)),
            number(beyond(run, 99.0)),
            number(beyond(run, 100.0)),
        )
    });
    let each: Vec<String> = each.collect();
    match runs.is_empty() {
        true => "There were no answers.".to_owned(),
        false => format!("Times beyond the backend's own. {}.", each.join("; ")),
    }
}

fn words(runs: &[(&str, &Run)]) -> String {
    let mut header = vec!["ms beyond the backend's time".to_owned()];
    header.extend(ROWS.map(|(_, what)| what.to_owned()));
    let rows: Vec<Vec<String>> = runs
        .iter()
        .map(|(name, run)| {
            let values = ROWS.map(|(percent, _)| number(beyond(run, percent)));
            std::iter::once((*name).to_owned()).chain(values).collect()
        })
        .collect();
    format!("{LATENCY_TITLE}\n{}", table::text(&header, &rows))
}

/// Each row's name comes first; so does an empty one in the header.
fn grid(caption: &str, names: &[String], rows: Vec<(String, Vec<String>)>) -> String {
    let header: Vec<String> = std::iter::once(String::new())
        .chain(names.iter().cloned())
        .collect();
    let rows = rows
        .into_iter()
        .map(|(what, values)| std::iter::once(what).chain(values).collect());
    table::html(caption, &header, &rows.collect::<Vec<_>>())
}
