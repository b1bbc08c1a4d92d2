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
        MimeBundle::text(shortened(&self.to_string())).with_html(html)
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
        MimeBundle::text(shortened(&self.to_string())).with_html(html)
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
        MimeBundle::text(shortened(&self.to_string())).with_html(html)
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

/// Rows of a table or lines of a text from its start, and as many from its end.
const MAX_ROWS: usize = 100;

/// The start and the end of a long text, so that a notebook stays small.
fn shortened(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let Some(left_out) = left_out(lines.len()) else {
        return text.to_owned();
    };
    let (start, end) = (&lines[..MAX_ROWS], &lines[MAX_ROWS + left_out..]);
    format!(
        "{}\n… {left_out} more lines …\n{}",
        start.join("\n"),
        end.join("\n")
    )
}

/// How many rows between start and end are left out, if any are.
fn left_out(rows: usize) -> Option<usize> {
    rows.checked_sub(2 * MAX_ROWS).filter(|more| *more > 0)
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
    for (number, row) in rows.iter().enumerate() {
        match left_out(rows.len()) {
            Some(more) if number == MAX_ROWS => {
                html.push_str(&format!(
                    "<tr><td colspan=\"{}\">… {more} more rows …</td></tr>",
                    header.len()
                ));
                continue;
            }
            Some(more) if (MAX_ROWS..MAX_ROWS + more).contains(&number) => continue,
            _ => {}
        }
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
