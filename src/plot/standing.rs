//! How quadrants show themselves as the result of a cell: a classified run, the
//! map, the misconception beside what is true.

use crate::html::escape;
use crate::notebook::{self, MimeBundle, Rich};
use crate::quadrants::{Classification, Map, Misconception};

use super::gantt::{Gantt, View};
use super::map::rows;

/// Of every card: its own colours, which read on light and dark pages.
const CARD: &str = "background:#fff;color:#1a1a1a;border:1px solid #bbb;border-radius:6px;max-width:780px;padding:8px 12px;margin:4px 0;color-scheme:light";

impl Classification {
    /// Shows the classification as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }

    /// The numbers on either axis, as (name, value).
    fn numbers(&self) -> Vec<(&'static str, String)> {
        let mut numbers = vec![
            ("tasks put aside at once", self.put_aside().to_string()),
            ("peak concurrency", self.peak_concurrency().to_string()),
            (
                "mean concurrency",
                format!("{:.2}", self.mean_concurrency()),
            ),
            ("peak parallelism", self.peak_parallelism().to_string()),
            (
                "mean parallelism",
                format!("{:.2}", self.mean_parallelism()),
            ),
        ];
        if let Some(used) = self.cpus_used() {
            let by_cpu = self.running_at_once().to_string();
            numbers.push(("workers that ran at once, by CPU", by_cpu));
            numbers.push(("CPU time / wall-clock time", format!("{used:.2}")));
        }
        numbers
    }
}

impl Rich for Classification {
    fn mime_bundle(&self) -> MimeBundle {
        let numbers = self.numbers();
        let text: String = numbers
            .iter()
            .map(|(name, value)| format!("{name:<24} {value}\n"))
            .collect();
        let html: Vec<String> = numbers
            .iter()
            .map(|(name, value)| format!("<b>{name}</b>&nbsp;{value}"))
            .collect();
        MimeBundle::text(format!("{self}\n{text}")).with_html(format!(
            "<section aria-label=\"Classification\" style=\"{CARD}\"><p style=\"margin:0 0 4px\">{} ({}): <strong>{}</strong></p><p style=\"margin:0 0 4px\">{}</p><p style=\"margin:0\">{}</p></section>",
            escape(self.title()),
            self.origin(),
            self.quadrant(),
            escape(&self.reason()),
            html.join(" · ")
        ))
    }
}

impl Map {
    /// Shows the map as the result of a cell, with a reason for each point.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Map {
    fn mime_bundle(&self) -> MimeBundle {
        let figure = self.figure();
        let shown = rows(self).1.len();
        let mut text = format!("{}\n", figure.text());
        let mut html = format!("{}<dl style=\"max-width:780px\">", figure.html());
        for point in self.points().iter().take(shown) {
            text.push_str(&format!("{}: {}\n", point.name, point.why));
            html.push_str(&format!(
                "<dt style=\"float:none;width:auto\"><b>{}</b> ({})</dt><dd style=\"float:none;width:auto;margin:0 0 4px 1.5em\">{}</dd>",
                escape(&point.name),
                point.quadrant(),
                escape(&point.why)
            ));
        }
        html.push_str("</dl>");
        MimeBundle::text(text)
            .with_svg(figure.svg())
            .with_html(html)
    }
}

impl Misconception {
    /// Shows the card as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Misconception {
    fn mime_bundle(&self) -> MimeBundle {
        let mut text = format!(
            "✘ Many believe: {}\n✔ What is true: {}\n",
            self.claim(),
            self.truth()
        );
        let half = |icon: &str, color: &str, heading: &str, sentence: &str| {
            format!(
                "<div style=\"flex:1 1 300px;border-left:6px solid {color};padding:0 10px\"><p style=\"margin:0 0 4px\"><span aria-hidden=\"true\">{icon}</span> <strong>{heading}</strong></p><p style=\"margin:0\">{}</p></div>",
                escape(sentence)
            )
        };
        let mut html = format!(
            "<section aria-label=\"A misconception, and what is true\" style=\"{CARD}\"><div style=\"display:flex;flex-wrap:wrap;gap:12px;margin-bottom:8px\">{}{}</div><div style=\"display:flex;flex-wrap:wrap;gap:12px\">",
            half("✘", "#D55E00", "Many believe", self.claim()),
            half("✔", "#009E73", "What is true", self.truth())
        );
        // Time axes of one length, so that the makespans can be compared.
        let longest = self.evidence().iter().map(|(_, trace)| trace.end()).max();
        for (sentence, trace) in self.evidence() {
            let figure = Gantt::of(trace)
                .view(View::Both)
                .axis(longest.unwrap_or(0))
                .width(360)
                .figure();
            text.push_str(&format!("\n{sentence}\n{}", figure.text()));
            html.push_str(&format!(
                "<div style=\"flex:1 1 300px;min-width:0\">{}<p style=\"margin:0\">{}</p></div>",
                figure.html(),
                escape(sentence)
            ));
        }
        html.push_str("</div></section>");
        MimeBundle::text(text).with_html(html)
    }
}
