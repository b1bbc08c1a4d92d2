//! A small program's states and steps as a picture, layer by layer.
//!
//! What a state is shows in its shape, and who moves in the dashes of the
//! step and the name beside it; colour only repeats it.

mod layout;
mod shape;

use super::canvas::{describe, shorten, text_width, wrap};
use super::figure::Figure;
use super::text::counted;
use crate::html::escape;
use crate::model::program::{Edge, Ending, Node};
use crate::model::{Exploration, StateGraph};
use crate::notebook;

use layout::{Layout, ROW};
use shape::{HALF_WIDTH, Look, key, shape, step, step_name};

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
/// Letters of a state's label.
const LETTERS: usize = 18;
/// Between two states beside each other.
const GAP: f64 = 28.0;

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
            "{}{more} and {}: {} finished, {} deadlocked, {failed} failed. A bug can still be reached from {}.",
            counted(nodes.len(), "state"),
            counted(self.edges().len(), "step"),
            count(Ending::is_good),
            count(Ending::is_deadlock),
            counted(at_risk, "other"),
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
