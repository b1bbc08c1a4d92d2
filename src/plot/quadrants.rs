//! Real runs of the quadrants as results of a cell: the map, the numbers, and
//! the lanes apart from both.

use crate::notebook::{self, MimeBundle, Rich};
use crate::quadrants::{LaneTime, Lanes, RealQuadrant, RealQuadrants};

use super::side::compare;
use super::table::{self, paragraphs};
use super::text::counted;

const NOTICE: &str = "What to notice: tasks in progress and CPUs in use are two numbers, and each program moves one, both or neither. Waits that overlap cost little time on one CPU; computation takes less time only where several CPUs share it.";
const NOTICE_LANES: &str = "Lanes of a CPU do one thing to several numbers with one instruction. They are no workers, begin and end together, and stand apart from the map: 1 CPU is 1 worker, however many lanes it has.";

impl RealQuadrants {
    /// Shows the map, the numbers of the four runs, the lanes, and what
    /// disturbed the runs, as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }

    fn grid(&self) -> Grid {
        let runs = self.runs();
        let mut grid = Grid::new("Four real runs of the same computation");
        grid.header = std::iter::once(String::new())
            .chain(runs.iter().map(|run| run.trace().title().to_owned()))
            .collect();
        let names = numbers(&runs[0]).map(|(name, _)| name);
        let columns = runs.each_ref().map(numbers);
        grid.rows = (0..names.len())
            .map(|row| {
                let values = columns.iter().map(|column| column[row].1.clone());
                std::iter::once(names[row].to_owned())
                    .chain(values)
                    .collect()
            })
            .collect();
        grid
    }
}

impl Rich for RealQuadrants {
    fn mime_bundle(&self) -> MimeBundle {
        let figure = self.map().figure();
        let mut text = format!("{}\n{}{NOTICE}\n", figure.text(), self.grid().text());
        let mut html = format!(
            "{}{}{}",
            figure.html(),
            self.grid().html(),
            paragraphs([NOTICE])
        );
        for run in self.runs() {
            let why = format!("{}: {}", run.trace().title(), run.found().reason());
            text.push_str(&format!("{why}\n"));
            html.push_str(&paragraphs([&why]));
        }
        let lanes = grid_of(self.lanes());
        text.push_str(&format!("\n{}{NOTICE_LANES}\n", lanes.text()));
        html.push_str(&format!("{}{}", lanes.html(), paragraphs([NOTICE_LANES])));
        for note in self.notes() {
            text.push_str(&format!("{note}\n"));
            html.push_str(&paragraphs([&note]));
        }
        MimeBundle::text(text)
            .with_svg(figure.svg())
            .with_html(html)
    }
}

impl RealQuadrant {
    /// Shows the simulated example of the quadrant and the real run beside each
    /// other as the result of a cell, with the numbers and where it stands.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for RealQuadrant {
    fn mime_bundle(&self) -> MimeBundle {
        let charts = compare(&[&self.asked().example(), self.trace()]).mime_bundle();
        let form = |mime| charts.get(mime).unwrap_or_default();
        let mut grid = Grid::new("What was measured");
        grid.header = vec![String::new(), self.trace().title().to_owned()];
        grid.rows = numbers(self)
            .map(|(name, value)| vec![name.to_owned(), value])
            .to_vec();
        let mut text = format!("{}\n{}\n{}", form("text/plain"), self.found(), grid.text());
        let mut html = format!(
            "{}{}{}",
            form("text/html"),
            paragraphs([self.found().to_string()]),
            grid.html()
        );
        for note in self.notes() {
            text.push_str(&format!("{note}\n"));
            html.push_str(&paragraphs([&note]));
        }
        MimeBundle::text(text).with_html(html)
    }
}

impl Lanes {
    /// Shows the times as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Lanes {
    fn mime_bundle(&self) -> MimeBundle {
        shown(&grid_of(self), NOTICE_LANES, self.notes())
    }
}

#[cfg(feature = "gpu")]
impl crate::quadrants::gpu::GpuLanes {
    /// Shows the times as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

#[cfg(feature = "gpu")]
impl Rich for crate::quadrants::gpu::GpuLanes {
    fn mime_bundle(&self) -> MimeBundle {
        let mut grid = Grid::new(&format!(
            "{} rounds for each number on the GPU: {}",
            self.rounds(),
            self.adapter()
        ));
        let header = [
            "numbers (lanes of the GPU)",
            "1 CPU, widest lanes",
            "GPU, numbers there",
            "GPU, with transfer",
            "results",
        ];
        grid.header = header.map(str::to_owned).to_vec();
        grid.rows = self
            .times()
            .iter()
            .map(|time| {
                vec![
                    time.numbers.to_string(),
                    milliseconds(time.cpu),
                    milliseconds(time.compute),
                    milliseconds(time.whole),
                    agreement(time.right),
                ]
            })
            .collect();
        let notice = "What to notice: on the GPU every number has a lane of its own, and all lanes do the same thing. Compare how the times grow from row to row: handing work to a GPU, and numbers there and back, has a price of its own, which few numbers do not pay back.";
        shown(&grid, notice, self.notes())
    }
}

/// What was measured of a run, as (what, value).
fn numbers(run: &RealQuadrant) -> [(&'static str, String); 9] {
    let (found, (right, all)) = (run.found(), run.right());
    let used = found
        .cpus_used()
        .map_or_else(|| "not known".to_owned(), |used| format!("{used:.2}"));
    [
        ("meant to be", run.asked().to_string()),
        ("measured to be", found.quadrant().to_string()),
        (
            "tasks in progress at once",
            found.peak_concurrency().to_string(),
        ),
        ("of those put aside", found.put_aside().to_string()),
        (
            "workers that ran at once, by CPU",
            found.running_at_once().to_string(),
        ),
        ("CPU time / wall-clock time", used),
        ("wall-clock time", milliseconds(run.trace().makespan())),
        ("waited, all tasks", milliseconds(run.waited())),
        ("right results", format!("{right} of {all}")),
    ]
}

fn grid_of(lanes: &Lanes) -> Grid {
    let mut grid = Grid::new(&format!(
        "{} numbers, {} rounds of the same steps for each",
        lanes.numbers(),
        lanes.rounds()
    ));
    let header = [
        "",
        "lanes at once",
        "time",
        "times the plain loop's speed",
        "results",
    ];
    grid.header = header.map(str::to_owned).to_vec();
    grid.rows = lanes
        .times()
        .iter()
        .map(|way| {
            vec![
                way.instructions.to_string(),
                at_once(way),
                milliseconds(way.time),
                format!("{:.1}", lanes.speedup(way)),
                agreement(way.right),
            ]
        })
        .collect();
    grid
}

/// `2 CPUs x 16 lanes`.
fn at_once(way: &LaneTime) -> String {
    let cpus = usize::try_from(way.cpus).unwrap_or(usize::MAX);
    format!(
        "{} x {}",
        counted(cpus, "CPU"),
        counted(way.instructions.lanes(), "lane")
    )
}

fn agreement(right: bool) -> String {
    if right { "the same" } else { "different" }.to_owned()
}

/// Nanoseconds in milliseconds, with three digits.
#[allow(clippy::cast_precision_loss)] // Nanoseconds of seconds are exact.
fn milliseconds(nanoseconds: u64) -> String {
    let time = nanoseconds as f64 / 1e6;
    let digits = match time {
        t if t >= 100.0 || t == 0.0 => 0,
        t if t >= 10.0 => 1,
        t if t >= 1.0 => 2,
        _ => 3,
    };
    format!("{time:.digits$} ms")
}

fn shown(grid: &Grid, notice: &str, notes: &[String]) -> MimeBundle {
    let mut text = format!("{}{notice}\n", grid.text());
    let mut html = format!("{}{}", grid.html(), paragraphs([notice]));
    for note in notes {
        text.push_str(&format!("{note}\n"));
    }
    html.push_str(&paragraphs(notes));
    MimeBundle::text(text).with_html(html)
}

/// A table with a caption, in both forms.
struct Grid {
    caption: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    fn new(caption: &str) -> Self {
        Self {
            caption: caption.to_owned(),
            header: Vec::new(),
            rows: Vec::new(),
        }
    }

    fn text(&self) -> String {
        format!(
            "{}\n{}",
            self.caption,
            table::text(&self.header, &self.rows)
        )
    }

    fn html(&self) -> String {
        table::html(&self.caption, &self.header, &self.rows)
    }
}
