//! Plain CSV: a wide table with a row for each student, and a long one with a
//! row for each student and task.

use std::io::Write;

use super::Chosen;
use super::cells::{Sheet, guarded, number, number_or_blank};
use super::words::Standing;
use crate::gradebook::{Reading, Submission};

/// Writes a row for each student: the points in each notebook after lateness
/// (blank where nothing was handed in), their sum, how many points there are
/// in the notebooks that somebody has handed in, how many tasks wait for a person, and problems.
///
/// # Errors
/// When the gradebook cannot be read or the table not be written.
pub fn wide(reading: &Reading<'_>, chosen: &Chosen<'_>, out: impl Write) -> anyhow::Result<()> {
    let mut sheet = Sheet::new(out);
    let names = chosen
        .notebooks
        .iter()
        .map(|notebook| notebook.name.as_str());
    let ends = ["total", "possible", "pending", "problem"];
    sheet.row(["student"].into_iter().chain(names).chain(ends))?;
    let possible = chosen.possible();
    for student in reading.students() {
        let student = student?;
        let mut row = vec![guarded(&student.name)];
        let (mut total, mut pending, mut problems) = (0.0, 0, Vec::new());
        for notebook in &chosen.notebooks {
            let submission = student.submission(&notebook.name);
            row.push(number_or_blank(submission.map(Submission::points)));
            if let Some(submission) = submission {
                total += submission.points();
                pending += submission.pending();
                let problem = submission.problem.iter();
                problems.extend(problem.map(|problem| format!("{}: {problem}", notebook.name)));
            }
        }
        row.extend([number(total), number(possible), pending.to_string()]);
        row.push(guarded(&problems.join(" ")));
        sheet.row(row)?;
    }
    sheet.finish()
}

const ITEM_COLUMNS: [&str; 14] = [
    "student",
    "notebook",
    "task",
    "verdict",
    "earned",
    "points",
    "possible",
    "marked",
    "comment",
    "answer",
    "submitted",
    "late_seconds",
    "share",
    "problem",
];

/// Writes a row for each student and task: points before lateness (`earned`)
/// and after it (`points`), both blank while a person has yet to give them.
///
/// # Errors
/// When the gradebook cannot be read or the table not be written.
pub fn items(reading: &Reading<'_>, chosen: &Chosen<'_>, out: impl Write) -> anyhow::Result<()> {
    let mut sheet = Sheet::new(out);
    sheet.row(ITEM_COLUMNS)?;
    for student in reading.students() {
        let student = student?;
        let submissions = student.submissions.iter();
        for submission in submissions.filter(|one| chosen.has(&one.notebook)) {
            for entry in &submission.entries {
                let mark = entry.mark.as_ref();
                let item = entry.item.as_ref();
                sheet.row([
                    guarded(&student.name),
                    guarded(&submission.notebook),
                    guarded(&entry.task),
                    Standing::of(submission, entry).key().to_owned(),
                    number_or_blank(submission.before(entry)),
                    number_or_blank(submission.after(entry)),
                    number(entry.possible),
                    number_or_blank(mark.and_then(|mark| mark.points)),
                    guarded(mark.map_or("", |mark| &mark.comment)),
                    guarded(item.map_or("", |item| &item.answer)),
                    submission.submitted.clone().unwrap_or_default(),
                    submission.late.to_string(),
                    number(submission.share),
                    guarded(submission.problem.as_deref().unwrap_or("")),
                ])?;
            }
        }
    }
    sheet.finish()
}
