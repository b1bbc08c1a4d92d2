//! A small program's states and steps as a picture, layer by layer.
//!
//! What a state is shows in its shape, and who moves in the dashes of the
//! step and the name beside it; colour only repeats it.

mod layout;

use super::canvas::{describe, shorten, text_width, wrap};
use super::figure::Figure;
use super::palette::series;
use crate::html::escape;
use crate::model::program::{Edge, Ending, Node};
use crate::model::{Exploration, StateGraph};
use crate::notebook;

use layout::{Layout, ROW};

/// The most states that are drawn; a picture of more cannot be read.
pub const MAX_DRAWN_STATES: usize = 120;
/// The most states beside each other.
const MAX_WIDTH: usize = 16;
/// Rows of the text form; more are counted.
const MAX_ROWS: usize = 120;
/// Room beside the states, also for steps that go around.
const MARGIN: f64 = 50.0;
const HEAD: f64 = 40.0;
const KEY: f64 = 92.0;
/// Half the height of a state.
const HALF: f64 = 13.0;
/// Half the width of a state, at least and at most.
const HALF_WIDTH: (f64, f64) = (25.0, 62.0);
/// Letters of a state's label.
const LETTERS: usize = 18;
/// Between two states beside each other.
const GAP: f64 = 28.0;
/// How each thread's steps are drawn: solid, dashed, dotted, and so on.
const DASHES: [&str; 8] = [
    "",
    "7 3",
    "2 3",
    "9 3 2 3",
    "12 4",
    "4 4",
    "1 5",
    "9 3 2 3 2 3",
];
/// States from which a bug can be reached are filled with it.
const AT_RISK: &str = "#fdebd0";

impl Exploration {
    /// The program's states and steps as a picture; see
    /// [`StateGraph::figure`].
    #[must_use]
    pub fn state_graph(&self) -> Figure {
        self.graph().figure()
    }
}

impl StateGraph {
    /// The states from top to bottom, by their distance from the start. A
    /// state is named by the shared values and by who holds locks.
    ///
    /// More than [`crate::plot::MAX_DRAWN_STATES`] states, or too many beside
    /// each other, are not drawn, and the figure says so.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let title = "State graph".to_owned();
        let description = self.describe();
        let layout = Layout::of(self);
        let widest = layout.widest();
        let too_large = self.nodes().len() > MAX_DRAWN_STATES || widest > MAX_WIDTH;
        let svg = if too_large {
            refusal(&format!(
                "{description} That is too much for a picture: up to {MAX_DRAWN_STATES} states are drawn, {MAX_WIDTH} beside each other. Fewer threads or rounds have fewer."
            ))
        } else {
            self.draw(&layout)
        };
        Figure {
            svg: describe(&svg, &title, &description),
            text: self.text(&description),
            title,
            description,
        }
    }

    /// Shows the graph as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(&self.figure());
    }

    fn describe(&self) -> String {
        let nodes = self.nodes();
        let count = |pick: fn(&Ending) -> bool| {
            nodes
                .iter()
                .filter(|node| node.ending.as_ref().is_some_and(pick))
                .count()
        };
        let failed = count(|ending| !ending.is_good() && !ending.is_deadlock());
        let at_risk = nodes
            .iter()
            .filter(|node| node.can_fail() && node.ending.is_none())
            .count();
        let more = if self.is_complete() {
            ""
        } else {
            " at least (the limit was hit)"
        };
        format!(
            "{} states{more} and {} steps: {} finished, {} deadlocked, {failed} failed. A bug can still be reached from {at_risk} others.",
            nodes.len(),
            self.edges().len(),
            count(Ending::is_good),
            count(Ending::is_deadlock),
        )
    }

    fn draw(&self, layout: &Layout) -> String {
        let labels = self
            .nodes()
            .iter()
            .map(|node| short(node, &self.thread_names(node)));
        let longest = labels
            .map(|label| text_width(&label, 10))
            .max()
            .unwrap_or(0);
        let half = (f64::from(longest) / 2.0 + 6.0).clamp(HALF_WIDTH.0, HALF_WIDTH.1);
        let column = 2.0 * half + GAP;
        let inside = layout.widest() as f64 * column;
        let width = inside.max(560.0) + 2.0 * MARGIN;
        let height = HEAD + layout.layers() as f64 * ROW + KEY;
        let place = |node: usize| {
            let (x, y) = layout.place(node);
            (width / 2.0 + x * column, HEAD + y + ROW / 2.0 - 8.0)
        };
        let mut svg = format!(
            "<svg width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" xmlns=\"http://www.w3.org/2000/svg\">\
             <rect width=\"{width:.0}\" height=\"{height:.0}\" fill=\"#fff\"/>\
             <text x=\"12\" y=\"24\" font-size=\"16\" font-weight=\"bold\" fill=\"#1a1a1a\">State graph</text>"
        );
        for edge in self.edges() {
            let straight = layout.layer(edge.to) == layout.layer(edge.from) + 1;
            svg.push_str(&step(
                place(edge.from),
                place(edge.to),
                half,
                edge,
                straight,
            ));
        }
        for edge in self.edges() {
            let straight = layout.layer(edge.to) == layout.layer(edge.from) + 1;
            let name = self.thread_name(edge.thread);
            svg.push_str(&step_name(
                place(edge.from),
                place(edge.to),
                half,
                &name,
                straight,
            ));
        }
        for (number, node) in self.nodes().iter().enumerate() {
            svg.push_str(&self.node(place(number), half, node, number));
        }
        svg.push_str(&key(height - KEY + 18.0));
        svg.push_str("</svg>");
        svg
    }

    fn node(&self, at: (f64, f64), half: f64, node: &Node, number: usize) -> String {
        let label = short(node, &self.thread_names(node));
        let look = match &node.ending {
            None => Look::Going { start: number == 0 },
            Some(Ending::Finished) => Look::Finished,
            Some(Ending::Deadlock(_)) => Look::Deadlock,
            Some(Ending::Failed { .. }) => Look::Failed,
        };
        format!(
            "<g><title>{}</title>{}<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"10\" text-anchor=\"middle\" fill=\"#1a1a1a\">{}</text></g>",
            escape(&self.sentence(node, number)),
            shape(at, half, look, node.can_fail()),
            at.0,
            at.1 + 4.0,
            escape(&label)
        )
    }

    /// A state in words: values, positions, how it ended.
    fn sentence(&self, node: &Node, number: usize) -> String {
        let names = self.thread_names(node);
        let threads =
            names
                .iter()
                .enumerate()
                .map(|(thread, name)| match node.state.next(thread) {
                    "" => format!("{name} is finished"),
                    text => format!("{name} at {text}"),
                });
        let mut parts: Vec<String> = vec![format!("{number}: {}", label(node, &names))];
        parts.extend(threads);
        if let Some(ending) = &node.ending {
            parts.push(ending.to_string());
        } else if let Some(steps) = node.steps_to_failure {
            parts.push(format!("a bug is {steps} steps away"));
        }
        parts.join("; ")
    }

    fn text(&self, description: &str) -> String {
        let mut rows: Vec<String> = vec![format!("State graph\n{description}")];
        let mut out: Vec<Vec<&Edge>> = vec![Vec::new(); self.nodes().len()];
        for edge in self.edges() {
            if let Some(steps) = out.get_mut(edge.from) {
                steps.push(edge);
            }
        }
        for (number, (node, steps)) in self.nodes().iter().zip(&out).enumerate().take(MAX_ROWS) {
            let steps: Vec<String> = steps
                .iter()
                .map(|edge| format!("{} -> {}", self.thread_name(edge.thread), edge.to))
                .collect();
            let risk = if node.can_fail() && node.ending.is_none() {
                "  (can still fail)"
            } else {
                ""
            };
            let then = match &node.ending {
                Some(ending) => ending.to_string(),
                None => format!("{}{risk}", steps.join(", ")),
            };
            rows.push(format!(
                "{number:>4}  {}:  {then}",
                label(node, &self.thread_names(node))
            ));
        }
        let more = self.nodes().len().saturating_sub(MAX_ROWS);
        if more > 0 {
            rows.push(format!("and {more} more"));
        }
        rows.join("\n") + "\n"
    }

    fn thread_names(&self, node: &Node) -> Vec<String> {
        node.state
            .threads()
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    fn thread_name(&self, thread: usize) -> String {
        let names = self.nodes().first().map(|node| self.thread_names(node));
        names
            .and_then(|names| names.get(thread).cloned())
            .unwrap_or_default()
    }
}

/// Shared values, then who holds which lock, then what is in channels.
fn label(node: &Node, threads: &[String]) -> String {
    let state = &node.state;
    let shared = state
        .shared()
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"));
    let locks = state.locks().into_iter().filter_map(|(name, owner)| {
        let owner = threads.get(owner?)?;
        Some(format!("{name}:{owner}"))
    });
    let channels = state
        .channels()
        .into_iter()
        .map(|(name, values)| format!("{name}{values:?}"));
    let parts: Vec<String> = shared.chain(locks).chain(channels).collect();
    if parts.is_empty() {
        return "free".to_owned();
    }
    parts.join(" ")
}

/// A label as it fits into a state.
fn short(node: &Node, threads: &[String]) -> String {
    shorten(&label(node, threads), LETTERS)
}

#[derive(Clone, Copy)]
enum Look {
    Going { start: bool },
    Finished,
    Deadlock,
    Failed,
}

fn shape((x, y): (f64, f64), w: f64, look: Look, at_risk: bool) -> String {
    let h = HALF;
    let fill = if at_risk { AT_RISK } else { "#fff" };
    let ink = "stroke=\"#1a1a1a\"";
    let rect = |grow: f64, radius: f64, rest: &str| {
        format!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{radius}\" {ink} {rest}/>",
            x - w - grow,
            y - h - grow,
            2.0 * (w + grow),
            2.0 * (h + grow)
        )
    };
    let polygon = |points: &[(f64, f64)]| {
        let points: Vec<String> = points
            .iter()
            .map(|(dx, dy)| format!("{:.1},{:.1}", x + dx, y + dy))
            .collect();
        format!(
            "<polygon points=\"{}\" fill=\"{fill}\" {ink} stroke-width=\"2.5\"/>",
            points.join(" ")
        )
    };
    match look {
        Look::Going { start: true } => {
            rect(0.0, 12.0, &format!("fill=\"{fill}\" stroke-width=\"3.5\""))
        }
        Look::Going { start: false } if at_risk => rect(0.0, 12.0, &format!("fill=\"{fill}\"")),
        Look::Going { start: false } => rect(0.0, 12.0, "fill=\"#fff\" stroke-dasharray=\"4 2\""),
        Look::Finished => rect(3.0, 12.0, "fill=\"#fff\"") + &rect(0.0, 10.0, "fill=\"#fff\""),
        Look::Deadlock => polygon(&[
            (-w + 8.0, -h - 2.0),
            (w - 8.0, -h - 2.0),
            (w, -h + 6.0),
            (w, h - 6.0),
            (w - 8.0, h + 2.0),
            (-w + 8.0, h + 2.0),
            (-w, h - 6.0),
            (-w, -h + 6.0),
        ]),
        Look::Failed => polygon(&[
            (-w - 7.0, 0.0),
            (-w + 8.0, -h - 2.0),
            (w - 8.0, -h - 2.0),
            (w + 7.0, 0.0),
            (w - 8.0, h + 2.0),
            (-w + 8.0, h + 2.0),
        ]),
    }
}

/// Where a step's line leaves, bends and arrives.
fn bow(from: (f64, f64), to: (f64, f64), half: f64, straight: bool) -> [(f64, f64); 3] {
    if from == to {
        let (x, y) = from;
        return [
            (x + half, y - 4.0),
            (x + half + 34.0, y),
            (x + half, y + 4.0),
        ];
    }
    let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
    if straight {
        return [(from.0, from.1 + HALF), middle, (to.0, to.1 - HALF - 5.0)];
    }
    // Back, along a layer, or over one: around on the right.
    let reach = 30.0 + (to.1 - from.1).abs() * 0.25;
    [
        (from.0 + half, from.1 + 3.0),
        (from.0.max(to.0) + half + reach, middle.1),
        (to.0 + half, to.1 - 3.0),
    ]
}

fn step(from: (f64, f64), to: (f64, f64), half: f64, edge: &Edge, straight: bool) -> String {
    let [start, bend, tip] = bow(from, to, half, straight);
    let color = series(edge.thread + 5);
    let color = format!("#{:02x}{:02x}{:02x}", color.0, color.1, color.2);
    let dash = match DASHES[edge.thread % DASHES.len()] {
        "" => String::new(),
        dash => format!(" stroke-dasharray=\"{dash}\""),
    };
    let (dx, dy) = (tip.0 - bend.0, tip.1 - bend.1);
    let length = dx.hypot(dy).max(1.0);
    let (dx, dy) = (dx / length * 7.0, dy / length * 7.0);
    format!(
        "<path d=\"M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.6\"{dash}/>\
         <path d=\"M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z\" fill=\"{color}\"/>",
        start.0,
        start.1,
        bend.0,
        bend.1,
        tip.0,
        tip.1,
        tip.0,
        tip.1,
        tip.0 - dx - dy * 0.5,
        tip.1 - dy + dx * 0.5,
        tip.0 - dx + dy * 0.5,
        tip.1 - dy - dx * 0.5,
    )
}

/// The thread's name, nearer to where the step leaves, where lines cross less.
fn step_name(from: (f64, f64), to: (f64, f64), half: f64, name: &str, straight: bool) -> String {
    let [start, bend, tip] = bow(from, to, half, straight);
    let t = 0.36_f64;
    let along =
        |a: f64, b: f64, c: f64| (1.0 - t).powi(2) * a + 2.0 * t * (1.0 - t) * b + t * t * c;
    format!(
        "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"10\" text-anchor=\"middle\" fill=\"#1a1a1a\" stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\">{}</text>",
        along(start.0, bend.0, tip.0),
        along(start.1, bend.1, tip.1) + 3.5,
        escape(&shorten(name, 10))
    )
}

fn key(top: f64) -> String {
    let entries = [
        (Look::Going { start: true }, true, "the start"),
        (Look::Going { start: false }, true, "a bug can be reached"),
        (Look::Going { start: false }, false, "no bug can be reached"),
        (Look::Finished, false, "finished"),
        (Look::Deadlock, true, "deadlock"),
        (Look::Failed, true, "failed"),
    ];
    let mut svg = String::new();
    for (index, (look, at_risk, text)) in entries.into_iter().enumerate() {
        let (column, row) = ((index % 3) as f64, (index / 3) as f64);
        let at = (50.0 + column * 205.0, top + row * 36.0);
        svg.push_str(&shape(at, HALF_WIDTH.0, look, at_risk));
        svg.push_str(&format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"12\" fill=\"#1a1a1a\">{text}</text>",
            at.0 + 38.0,
            at.1 + 4.0
        ));
    }
    svg
}

/// A picture of a sentence.
fn refusal(sentence: &str) -> String {
    let lines = wrap(sentence, 90);
    let height = 30 + 18 * lines.len();
    let mut svg = format!(
        "<svg width=\"640\" height=\"{height}\" viewBox=\"0 0 640 {height}\" xmlns=\"http://www.w3.org/2000/svg\"><rect width=\"640\" height=\"{height}\" fill=\"#fff\"/>"
    );
    for (index, line) in lines.iter().enumerate() {
        svg.push_str(&format!(
            "<text x=\"12\" y=\"{}\" font-size=\"13\" fill=\"#1a1a1a\">{}</text>",
            26 + 18 * index,
            escape(line)
        ));
    }
    svg + "</svg>"
}
