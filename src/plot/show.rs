//! How a trace shows itself as the result of a cell: its chart, then its
//! metrics.

use crate::html::escape;
use crate::notebook::{self, MimeBundle, Rich};
use crate::trace::Trace;

use super::text;

impl Trace {
    /// Shows the trace as the result of a cell: its Gantt chart and metrics.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Trace {
    fn mime_bundle(&self) -> MimeBundle {
        let figure = self.gantt();
        MimeBundle::text(format!("{}\n{}", figure.text(), text::tables(self)))
            .with_svg(figure.svg())
            .with_html(format!("{}{}", figure.html(), tables(self)))
    }
}

fn tables(trace: &Trace) -> String {
    let summary: Vec<String> = text::summary(trace)
        .iter()
        .map(|(name, value)| format!("<b>{name}</b>&nbsp;{}", escape(value)))
        .collect();
    let (header, rows) = text::task_rows(trace);
    let mut html = format!("<p style=\"margin:0.3em 0\">{}</p>", summary.join(" · "));
    if rows.is_empty() {
        return html;
    }
    html.push_str("<table><caption style=\"text-align:left\">Per task</caption><thead><tr>");
    for name in header {
        html.push_str(&format!("<th scope=\"col\">{}</th>", escape(&name)));
    }
    html.push_str("</tr></thead><tbody>");
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            let cell = escape(cell);
            html.push_str(&match column {
                0 => format!("<tr><th scope=\"row\">{cell}</th>"),
                _ => format!("<td>{cell}</td>"),
            });
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table>");
    let more = trace.tasks().len().saturating_sub(text::MAX_ROWS);
    if more > 0 {
        html.push_str(&format!("<p>and {more} more</p>"));
    }
    html
}
