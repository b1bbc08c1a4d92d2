//! An execution as a space-time diagram: a line per process, an arrow per
//! message, and both clocks at every event.
//!
//! In its HTML form it can be explored with the pointer or the keyboard: the
//! event in focus marks what happens before it, after it, and concurrently
//! with it. That needs neither a server nor the kernel.

mod explored;
mod layout;
mod svg;
#[cfg(test)]
mod tests;

use super::explore::Frame;
use super::figure::Figure;
use super::table;
use super::text::counted;
use crate::model::{Event, Execution};
use crate::notebook::{self, MimeBundle, Rich};

use layout::Layout;

/// Events in the text form; more are counted.
const MAX_ROWS: usize = 60;

/// A space-time diagram; see [`Execution::diagram`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceTime {
    figure: Figure,
    html: String,
}

impl Execution {
    /// The execution as a space-time diagram. Time runs to the right: an event
    /// stands in the column of its Lamport clock. Circles are local events,
    /// triangles send, squares receive, diamonds do both.
    ///
    /// The first 150 events (those with the smallest Lamport clocks) on the
    /// first 16 processes are drawn; the diagram says what it leaves out.
    #[must_use]
    pub fn diagram(&self) -> SpaceTime {
        SpaceTime::of(self, true)
    }

    /// The same without any clock, in the picture and in the table: for readers
    /// who have not met clocks yet, or are about to compute them.
    #[must_use]
    pub fn diagram_without_clocks(&self) -> SpaceTime {
        SpaceTime::of(self, false)
    }

    /// Shows the execution as the result of a cell: its space-time diagram.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl SpaceTime {
    fn of(run: &Execution, with_clocks: bool) -> Self {
        let layout = Layout::of(run, with_clocks);
        let description = describe(run, &layout);
        let text = table(run, &layout, &description, with_clocks);
        let figure = Figure {
            title: layout.title.clone(),
            svg: svg::plain(&layout, &description),
            description,
            text,
        };
        let html = explored::html(&layout, &figure, with_clocks);
        Self { figure, html }
    }
}

impl Rich for Execution {
    fn mime_bundle(&self) -> MimeBundle {
        self.diagram().mime_bundle()
    }
}

impl SpaceTime {
    /// The diagram without its marks, for a file or beside other figures.
    #[must_use]
    pub fn figure(&self) -> &Figure {
        &self.figure
    }

    /// The diagram with its marks, in one piece of HTML.
    #[must_use]
    pub fn html(&self) -> &str {
        &self.html
    }

    /// Shows the diagram as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for SpaceTime {
    fn mime_bundle(&self) -> MimeBundle {
        MimeBundle::text(self.figure.text())
            .with_svg(self.figure.svg())
            .with_html(self.html())
    }
}

impl From<SpaceTime> for Figure {
    fn from(diagram: SpaceTime) -> Self {
        diagram.figure
    }
}

impl From<SpaceTime> for Frame {
    fn from(diagram: SpaceTime) -> Self {
        diagram.figure.into()
    }
}

fn describe(run: &Execution, layout: &Layout<'_>) -> String {
    let lost = run.lost_messages().count();
    let lost = match lost {
        0 => String::new(),
        n => format!(" ({n} lost)"),
    };
    let mut sentence = format!(
        "Space-time diagram of {} on {} with {}{lost}; {} concurrent.",
        counted(run.len(), "event"),
        processes(run.processes().len()),
        counted(run.messages().len(), "message"),
        match run.concurrent_pairs_count() {
            1 => "1 pair of events is".to_owned(),
            n => format!("{n} pairs of events are"),
        },
    );
    for note in &layout.notes {
        sentence.push(' ');
        sentence.push_str(note);
    }
    sentence
}

fn processes(count: usize) -> String {
    match count {
        1 => "1 process".to_owned(),
        n => format!("{n} processes"),
    }
}

/// Every event with both clocks, in the order of the Lamport clocks.
fn table(run: &Execution, layout: &Layout<'_>, description: &str, with_clocks: bool) -> String {
    let columns = if with_clocks { 5 } else { 3 };
    let header = ["event", "process", "kind", "Lamport", "vector clock"];
    let header: Vec<String> = header
        .map(str::to_owned)
        .into_iter()
        .take(columns)
        .collect();
    let shown = layout.by_lamport.iter().take(MAX_ROWS);
    let rows: Vec<Vec<String>> = shown
        .filter_map(|&event| run.event(event))
        .map(|event| row(run, &event).into_iter().take(columns).collect())
        .collect();
    let mut out = format!("{}\n{description}\n", layout.title);
    out.push_str(&table::text(&header, &rows));
    let more = run.len().saturating_sub(rows.len());
    if more > 0 {
        out.push_str(&format!("and {more} more\n"));
    }
    for message in run.lost_messages().take(MAX_ROWS) {
        out.push_str(&format!(
            "message {} is lost\n",
            one_line(&message.name, 30)
        ));
    }
    out
}

fn row(run: &Execution, event: &Event<'_>) -> Vec<String> {
    let process = &run.processes()[event.process.0];
    vec![
        one_line(event.name, 30),
        one_line(process, 18),
        event.kind.to_string(),
        run.lamport_clock(event.id).to_string(),
        one_line(&run.vector_clock(event.id).to_string(), 80),
    ]
}

fn one_line(text: &str, most: usize) -> String {
    super::canvas::shorten(text, most)
}
