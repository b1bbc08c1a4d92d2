//! How a trace shows itself as the result of a cell: its chart, then its
//! metrics.

use std::fmt;

use crate::html::escape;
use crate::notebook::{self, MimeBundle, Rich};
use crate::trace::Trace;

use super::table;
use super::text::Tables;

impl Trace {
    /// Shows the trace as the result of a cell: its Gantt chart and metrics.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Trace {
    fn mime_bundle(&self) -> MimeBundle {
        let (figure, tables) = (self.gantt(), Tables::of(self));
        MimeBundle::text(format!("{}\n{}", figure.text(), tables.text()))
            .with_svg(figure.svg())
            .with_html(format!("{}{}", figure.html(), html(&tables)))
    }
}

/// The chart in characters and the metrics, as a cell shows them where it has
/// no pictures.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (figure, tables) = (self.gantt(), Tables::of(self));
        write!(f, "{}\n{}", figure.text(), tables.text())
    }
}

fn html(tables: &Tables) -> String {
    let summary = tables.summary.iter();
    let summary: Vec<String> = summary
        .map(|(name, value)| format!("<b>{name}</b>&nbsp;{}", escape(value)))
        .collect();
    let mut html = format!("<p style=\"margin:0.3em 0\">{}</p>", summary.join(" · "));
    if tables.rows.is_empty() {
        return html;
    }
    html.push_str(&table::html("Per task", &tables.header, &tables.rows));
    if tables.more > 0 {
        html.push_str(&format!("<p>and {} more</p>", tables.more));
    }
    html
}
