//! Which events are drawn, and where.

use rustc_hash::FxHashMap;

use super::one_line;
use crate::model::{EventId, EventKind, Execution};
use crate::plot::canvas::text_width;

/// Events and processes that are drawn; more are counted.
const MAX_EVENTS: usize = 150;
const MAX_PROCESSES: usize = 16;

/// In pixels.
const MARGIN: i32 = 12;
const TOP: i32 = 36;
const ROW: i32 = 78;
const NARROWEST: i32 = 460;
/// With vector clocks a diagram may become this wide.
const WIDE: i32 = 1200;
/// A name above an event has at most so many letters.
const LETTERS: usize = 14;
/// With more messages than this, their names would cover each other.
const MAX_NAMED: usize = 40;
const NAME_SIZE: i32 = 11;
pub(super) const CLOCK_SIZE: i32 = 10;

/// A diagram, ready to be written.
pub(super) struct Layout<'a> {
    pub(super) run: &'a Execution,
    pub(super) title: String,
    /// All events by Lamport clock, then by process.
    pub(super) by_lamport: Vec<EventId>,
    pub(super) lines: Vec<Line>,
    pub(super) dots: Vec<Dot>,
    pub(super) arrows: Vec<Arrow>,
    pub(super) notes: Vec<String>,
    pub(super) left: i32,
    pub(super) width: i32,
    /// Where the key starts.
    pub(super) bottom: i32,
}

/// The line of one process.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) y: i32,
}

/// One event.
pub(super) struct Dot {
    pub(super) id: EventId,
    pub(super) kind: EventKind,
    pub(super) process: usize,
    pub(super) position: usize,
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) name: String,
    pub(super) clocks: String,
}

/// One message.
pub(super) struct Arrow {
    pub(super) name: String,
    /// The places of its ends among the dots; no end for a lost one.
    pub(super) from: usize,
    pub(super) to: Option<usize>,
}

impl<'a> Layout<'a> {
    pub(super) fn of(run: &'a Execution, with_clocks: bool) -> Self {
        let processes = run.processes().len();
        let rows = processes.min(MAX_PROCESSES);
        let by_lamport = by_lamport(run);
        // No event is drawn without its past, as far as its process is.
        let drawn: Vec<_> = by_lamport
            .iter()
            .filter_map(|&id| run.event(id))
            .filter(|event| event.process.0 < rows)
            .take(MAX_EVENTS)
            .collect();
        let left = run.processes()[..rows]
            .iter()
            .map(|name| text_width(&one_line(name, 14), 12))
            .max()
            .map_or(MARGIN, |widest| MARGIN + widest + 10);
        let lines = run.processes()[..rows].iter().zip(0..);
        let lines: Vec<Line> = lines
            .map(|(name, row)| Line {
                name: one_line(name, 14),
                y: TOP + ROW / 2 + row * ROW,
            })
            .collect();

        // A column for each Lamport clock that is drawn: between two of them
        // there may be many events of processes that are not.
        let mut clocked: Vec<u64> = drawn.iter().map(|e| run.lamport_clock(e.id)).collect();
        clocked.dedup();
        let columns = i32::try_from(clocked.len()).unwrap_or(i32::MAX);
        let (with_vectors, column) = column_width(run, &drawn, columns);
        let shown = |event| match with_clocks {
            true => clocks(run, event, with_vectors),
            false => String::new(),
        };
        let dots: Vec<Dot> = drawn
            .iter()
            .map(|event| {
                let lamport = run.lamport_clock(event.id);
                let place = clocked.partition_point(|&other| other < lamport);
                let place = i32::try_from(place).unwrap_or(0);
                Dot {
                    id: event.id,
                    kind: event.kind,
                    process: event.process.0,
                    position: event.position,
                    x: left + place * column + column / 2,
                    y: lines[event.process.0].y,
                    name: name(event.name, column),
                    clocks: shown(event.id),
                }
            })
            .collect();
        let bottom = TOP + i32::try_from(rows).unwrap_or(0) * ROW + 10;
        let mut layout = Self {
            run,
            title: title(run),
            arrows: arrows(run, &dots),
            by_lamport,
            lines,
            notes: Vec::new(),
            left,
            width: (left + columns * column + 2 * MARGIN).max(NARROWEST),
            bottom,
            dots,
        };
        layout.notes = layout.notes(with_vectors || !with_clocks);
        layout
    }

    fn notes(&self, with_vectors: bool) -> Vec<String> {
        let mut notes = Vec::new();
        let (drawn, all) = (self.dots.len(), self.run.len());
        if drawn < all {
            notes.push(format!("Only the first {drawn} of {all} events are drawn."));
        }
        let (rows, processes) = (self.lines.len(), self.run.processes().len());
        if rows < processes {
            notes.push(format!(
                "Only the first {rows} of {processes} processes are drawn."
            ));
        }
        if !with_vectors && !self.dots.is_empty() {
            notes.push("The vector clocks do not fit; the table has them.".to_owned());
        }
        notes
    }
}

fn title(run: &Execution) -> String {
    match run.is_empty() {
        true => "An execution in which nothing happens".to_owned(),
        false => format!(
            "One execution: {} on {}",
            super::counted(run.len(), "event"),
            super::processes(run.processes().len())
        ),
    }
}

fn by_lamport(run: &Execution) -> Vec<EventId> {
    let mut events: Vec<_> = run
        .events()
        .map(|event| (run.lamport_clock(event.id), event.process, event.id))
        .collect();
    events.sort_unstable();
    events.into_iter().map(|(.., id)| id).collect()
}

/// Whether there is room for vector clocks, and how wide a column is.
fn column_width(run: &Execution, drawn: &[crate::model::Event<'_>], columns: i32) -> (bool, i32) {
    let widest = |with_vectors: bool| {
        let labels = drawn.iter().map(|event| {
            let clocks = text_width(&clocks(run, event.id, with_vectors), CLOCK_SIZE);
            clocks.max(text_width(&one_line(event.name, LETTERS), NAME_SIZE))
        });
        labels.max().unwrap_or(0).saturating_add(8).max(44)
    };
    let column = widest(true);
    if column <= 160 && column.saturating_mul(columns) <= WIDE {
        return (true, column);
    }
    let column = widest(false);
    let room = WIDE / columns.max(1);
    (false, column.min(room.max(44)))
}

fn clocks(run: &Execution, event: EventId, with_vector: bool) -> String {
    let lamport = run.lamport_clock(event);
    match with_vector {
        true => {
            let vector = run.vector_clock(event).to_string().replace(", ", ",");
            format!("{lamport} {vector}")
        }
        false => lamport.to_string(),
    }
}

/// What fits of a name above its event.
fn name(name: &str, column: i32) -> String {
    let room = (column - 4) / text_width("m", NAME_SIZE).max(1);
    one_line(name, usize::try_from(room).unwrap_or(0).min(LETTERS))
}

fn arrows(run: &Execution, dots: &[Dot]) -> Vec<Arrow> {
    let places = dots.iter().enumerate().map(|(place, dot)| (dot.id, place));
    let places: FxHashMap<EventId, usize> = places.collect();
    let mut arrows: Vec<Arrow> = run
        .messages()
        .iter()
        .filter_map(|message| {
            let from = *places.get(&message.from)?;
            let to = match message.to {
                None => None,
                Some(to) => Some(*places.get(&to)?),
            };
            let name = one_line(&message.name, LETTERS);
            Some(Arrow { name, from, to })
        })
        .collect();
    if arrows.len() > MAX_NAMED {
        arrows.iter_mut().for_each(|arrow| arrow.name.clear());
    }
    arrows
}
