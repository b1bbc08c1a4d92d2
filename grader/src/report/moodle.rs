//! The table that Moodle's grade import takes: any columns, mapped by hand.

use std::io::Write;

use super::cells::{Sheet, guarded, number_or_blank};
use super::words::{Standing, lateness, points_of};
use super::{Chosen, Notices};
use crate::gradebook::{Notebook, Reading, Submission};

/// Writes a row for each student: `identifier` (whose values are the names of
/// the folders), and for each notebook its points and its feedback, blank
/// where nothing was handed in.
///
/// # Errors
/// When the gradebook cannot be read or the table not be written.
pub fn moodle(
    reading: &Reading<'_>,
    chosen: &Chosen<'_>,
    identifier: &str,
    out: impl Write,
) -> anyhow::Result<Notices> {
    let mut sheet = Sheet::new(out);
    let mut notices = Notices::default();
    let heads = chosen.notebooks.iter().flat_map(|notebook| {
        let name = &notebook.name;
        [name.clone(), format!("{name} feedback")]
    });
    sheet.row([identifier.to_owned()].into_iter().chain(heads))?;
    for student in reading.students() {
        let student = student?;
        notices.guarded(&student.name);
        let mut row = vec![guarded(&student.name)];
        for notebook in &chosen.notebooks {
            let submission = student.submission(&notebook.name);
            row.push(number_or_blank(submission.map(Submission::points)));
            let feedback = submission.map(|submission| feedback(notebook, submission));
            row.push(guarded(&feedback.unwrap_or_default()));
        }
        sheet.row(row)?;
    }
    sheet.finish()?;
    Ok(notices)
}

/// What stands beside the points: short, and nothing that the student wrote,
/// since Moodle shows it as HTML.
fn feedback(notebook: &Notebook, submission: &Submission) -> String {
    let mut lines = Vec::new();
    lines.extend(submission.problem.as_deref().map(plain));
    lines.extend(lateness(submission.late, submission.share));
    if submission.problem.is_none() {
        for (task, entry) in notebook.tasks.iter().zip(&submission.entries) {
            let points = points_of(submission.before(entry), entry.possible);
            let word = Standing::of(submission, entry).word();
            let comment = entry.mark.as_ref().map_or("", |mark| &mark.comment);
            let comment = match comment {
                "" => String::new(),
                comment => format!(" {}", plain(comment)),
            };
            lines.push(format!(
                "{}: {word}, {points}.{comment}",
                plain(&task.title)
            ));
        }
    }
    lines.join("\n")
}

/// Text in which Moodle sees no tag.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
