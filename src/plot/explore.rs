//! A figure with a slider, rendered ahead: one frame per value of a parameter.
//!
//! The whole is one piece of HTML. Moving the slider runs a few words of
//! script in the slider's own attribute, which show one frame and hide the
//! rest; so it works in a notebook, in an exported page, twice on one page and
//! without the kernel, and where scripts are off the first frame stands.

use std::fmt::Display;

use crate::html::escape;
use crate::notebook::{self, MimeBundle, Rich};
use crate::trace::Trace;

use super::canvas::{self, Align};
use super::curves::Curves;
use super::figure::Figure;
use super::gantt::{Gantt, axis_of};
use super::speedup::Speedup;
use super::text;

/// The most frames in one figure, so that a notebook stays small.
pub const MAX_FRAMES: usize = 100;

/// Lines of an error that a frame shows.
const MAX_LINES: usize = 12;

/// What one position of the slider shows: a figure and a line below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    content: Content,
    caption: String,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Figure(Figure),
    /// Drawn last, when the longest trace of all frames is known.
    Trace(Trace),
    /// Drawn last, when the points of all frames are known.
    Curves(Curves),
}

impl Frame {
    /// The line below the figure, instead of the one made from the figure.
    #[must_use]
    pub fn caption(mut self, line: impl Into<String>) -> Self {
        self.caption = line.into();
        self
    }
}

impl From<Figure> for Frame {
    fn from(figure: Figure) -> Self {
        Self {
            caption: figure.description.clone(),
            content: Content::Figure(figure),
        }
    }
}

impl From<Trace> for Frame {
    fn from(trace: Trace) -> Self {
        Self {
            caption: text::caption(&trace),
            content: Content::Trace(trace),
        }
    }
}

impl From<Curves> for Frame {
    fn from(curves: Curves) -> Self {
        Self {
            caption: curves.describe(),
            content: Content::Curves(curves),
        }
    }
}

impl From<Speedup> for Frame {
    fn from(chart: Speedup) -> Self {
        chart.curves().into()
    }
}

/// A sweep may reach values that a simulator refuses: the frame then shows the
/// error's sentence, and the slider goes on.
impl<T: Into<Self>, E: Display> From<Result<T, E>> for Frame {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(value) => value.into(),
            Err(error) => refused(&error.to_string()).into(),
        }
    }
}

/// A figure that is a sentence: why there is nothing else to see.
fn refused(sentence: &str) -> Figure {
    let title = "Not simulated";
    let lines = canvas::wrap(sentence, 84);
    let lines = &lines[..lines.len().min(MAX_LINES)];
    let height = 52 + 18 * u32::try_from(lines.len()).unwrap_or(0);
    Figure {
        title: title.to_owned(),
        description: sentence.to_owned(),
        svg: canvas::draw((640, height), title, sentence, |canvas| {
            canvas.bold((12, 18), title, 16, Align::Left);
            for (row, line) in (0..).zip(lines) {
                let line = canvas::shorten(line, 84);
                canvas.text((12, 48 + 18 * row), &line, 12, Align::Left);
            }
        }),
        text: format!("{title}: {sentence}\n"),
    }
}

/// A figure with a slider; see [`explore`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explorable {
    label: String,
    frames: Vec<Drawn>,
    left_out: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Drawn {
    value: String,
    figure: Figure,
    caption: String,
}

/// Draws `frame(value)` for each of `values` and puts a slider over the lot.
///
/// `label` and `unit` say what the slider changes ("time slice", "ticks"; an
/// empty unit for a plain number). `frame` returns a [`Trace`], a [`Figure`],
/// a chart, a [`Frame`] with a caption of its own, or a `Result` of any of
/// these, whose error then stands in the frame as a sentence. Traces share one
/// time axis, as long as the longest of them needs, and charts share both axes. Of more than
/// [`MAX_FRAMES`] values the first are taken, and the figure says so.
///
/// ```
/// use twoaxes::{barista, plot};
///
/// let figure = plot::explore("time slice", "ticks", [1, 2, 5, 10, 20], |slice| {
///     barista::time_slice(&[20, 20], slice)
/// });
/// assert_eq!(figure.len(), 5);
/// ```
pub fn explore<V, F>(
    label: &str,
    unit: &str,
    values: impl IntoIterator<Item = V>,
    mut frame: impl FnMut(V) -> F,
) -> Explorable
where
    V: Display,
    F: Into<Frame>,
{
    let mut values = values.into_iter();
    let frames = values
        .by_ref()
        .take(MAX_FRAMES)
        .map(|value| {
            let shown = text::with_unit(&value.to_string(), unit);
            (shown, frame(value).into())
        })
        .collect();
    Explorable::new(label, frames, values.next().is_some())
}

impl Explorable {
    fn new(label: &str, frames: Vec<(String, Frame)>, left_out: bool) -> Self {
        let axis = frames.iter().filter_map(|(_, frame)| match &frame.content {
            Content::Trace(trace) => Some(axis_of(trace)),
            Content::Figure(_) | Content::Curves(_) => None,
        });
        let axis = axis.max().unwrap_or(0);
        let corners = corners(&frames);
        let frames = frames.into_iter().map(|(value, frame)| Drawn {
            value,
            figure: match frame.content {
                Content::Figure(figure) => figure,
                Content::Trace(trace) => Gantt::of(&trace).axis(axis).figure(),
                Content::Curves(curves) => corners
                    .iter()
                    .fold(curves, |curves, &(x, y)| curves.reach(x, y))
                    .figure(),
            },
            caption: frame.caption,
        });
        Self {
            label: label.to_owned(),
            frames: frames.collect(),
            left_out,
        }
    }

    /// How many positions the slider has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there is nothing to show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Shows the figure as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }

    /// The figure and its slider in one piece of HTML.
    #[must_use]
    pub fn html(&self) -> String {
        let Some(first) = self.frames.first() else {
            return format!("<p>{}: no values to show.</p>", escape(&self.label));
        };
        let mut html = format!(
            "<div class=\"twoaxes-explore\" style=\"{CARD}\">{}",
            self.slider(first)
        );
        for (index, frame) in self.frames.iter().enumerate() {
            let hidden = if index == 0 { "" } else { ";display:none" };
            html.push_str(&format!(
                "<figure data-value=\"{}\" style=\"margin:0;overflow-x:auto{hidden}\">{}<figcaption style=\"padding:4px 12px\">{}: {}</figcaption></figure>",
                escape(&frame.value),
                frame.figure.svg,
                escape(&format!("{} {}", self.label, frame.value)),
                escape(&frame.caption),
            ));
        }
        if let Some(note) = self.note() {
            html.push_str(&format!("<p>{}</p>", escape(&note)));
        }
        html.push_str("</div>");
        html
    }

    fn slider(&self, first: &Drawn) -> String {
        let value = escape(&first.value);
        // The attribute keeps JupyterLab from taking the arrow keys for itself.
        format!(
            "<label style=\"display:flex;flex-wrap:wrap;gap:8px;align-items:center;padding:8px 12px\">\
             <span>{label}</span>\
             <input type=\"range\" min=\"0\" max=\"{max}\" step=\"1\" value=\"0\" autocomplete=\"off\" data-lm-suppress-shortcuts=\"true\" \
             aria-label=\"{label}\" aria-valuetext=\"{value}\" style=\"flex:1;min-width:160px;max-width:420px\" \
             oninput=\"{SHOW_FRAME}\">\
             <output style=\"min-width:6em;font-weight:bold\">{value}</output></label>",
            label = escape(&self.label),
            max = self.frames.len().saturating_sub(1),
        )
    }

    fn note(&self) -> Option<String> {
        self.left_out
            .then(|| format!("Only the first {MAX_FRAMES} values are shown."))
    }
}

/// The points furthest down and up of all curves, for axes that all share.
fn corners(frames: &[(String, Frame)]) -> Vec<(f64, f64)> {
    let curves = frames.iter().filter_map(|(_, frame)| match &frame.content {
        Content::Curves(curves) => Some(curves.points()),
        _ => None,
    });
    let points: Vec<(f64, f64)> = curves.flatten().collect();
    let low = points
        .iter()
        .copied()
        .reduce(|a, b| (a.0.min(b.0), a.1.min(b.1)));
    let high = points
        .iter()
        .copied()
        .reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)));
    low.into_iter().chain(high).collect()
}

const CARD: &str = "background:#fff;color:#1a1a1a;border:1px solid #bbb;border-radius:6px;max-width:780px;padding:4px;color-scheme:light";

/// Runs on every move of the slider (`this`). It finds its frames from where
/// it stands, so it needs no ids.
const SHOW_FRAME: &str = "var i=+this.value,r=this.closest('.twoaxes-explore'),\
f=r.querySelectorAll(':scope>figure'),t=f[i].dataset.value;\
f.forEach(function(e,k){e.style.display=k===i?'':'none'});\
r.querySelector('output').textContent=t;this.setAttribute('aria-valuetext',t)";

impl Rich for Explorable {
    fn mime_bundle(&self) -> MimeBundle {
        let mut text = String::new();
        if let Some(first) = self.frames.first() {
            text.push_str(&first.figure.text);
            text.push('\n');
        }
        for frame in &self.frames {
            text.push_str(&format!(
                "{} {}: {}\n",
                self.label, frame.value, frame.caption
            ));
        }
        if let Some(note) = self.note() {
            text.push_str(&note);
        }
        MimeBundle::text(text).with_html(self.html())
    }
}
