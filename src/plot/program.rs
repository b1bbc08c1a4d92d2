//! Programs of the step language and their runs as tables.

use crate::html::escape;
use crate::model::{Endless, Program, Schedule};
use crate::notebook::{self, MimeBundle, Rich};

impl Program {
    /// Shows the program as the result of a cell: its threads side by side.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Program {
    fn mime_bundle(&self) -> MimeBundle {
        let mut notes: Vec<String> = self.declarations();
        notes.extend(self.notes().iter().cloned());
        let (header, rows) = self.columns();
        let mut html = paragraph(&notes.join(" · "));
        html.push_str(&table("Threads, side by side", &header, &rows));
        if let Some(condition) = self.ensured() {
            html.push_str(&paragraph(&format!("at the end: {condition}")));
        }
        MimeBundle::text(self.to_string()).with_html(html)
    }
}

impl Schedule {
    /// Shows the run as the result of a cell: step by step, as a table.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Schedule {
    fn mime_bundle(&self) -> MimeBundle {
        let html = steps(self) + &paragraph(&self.summary());
        MimeBundle::text(self.to_string()).with_html(html)
    }
}

impl Endless {
    /// Shows the run as the result of a cell: the steps, and which repeat.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Endless {
    fn mime_bundle(&self) -> MimeBundle {
        let html = steps(self.schedule()) + &paragraph(&self.summary());
        MimeBundle::text(self.to_string()).with_html(html)
    }
}

fn steps(schedule: &Schedule) -> String {
    let header = ["step", "thread", "does", "changes"].map(str::to_owned);
    let rows: Vec<Vec<String>> = schedule.rows().into_iter().map(Vec::from).collect();
    table("One run; ⇄ marks a preemption", &header, &rows)
}

fn paragraph(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!("<p style=\"margin:0.3em 0\">{}</p>", escape(text)),
    }
}

/// The first cell of each row heads it; spaces at the start of a cell indent.
fn table(caption: &str, header: &[String], rows: &[Vec<String>]) -> String {
    let mut html = format!(
        "<table><caption style=\"text-align:left\">{}</caption><thead><tr>",
        escape(caption)
    );
    for name in header {
        html.push_str(&format!(
            "<th scope=\"col\" style=\"text-align:left\">{}</th>",
            escape(name)
        ));
    }
    html.push_str("</tr></thead><tbody>");
    for row in rows {
        html.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let cell = escape(cell);
            html.push_str(&match column {
                0 => format!("<th scope=\"row\">{cell}</th>"),
                _ => format!("<td style=\"text-align:left;white-space:pre\">{cell}</td>"),
            });
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table>");
    html
}
