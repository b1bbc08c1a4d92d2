//! A table for whoever marks: the answers that wait, with columns to fill in,
//! and the same table when it comes back.

use std::io::{Read, Write};

use anyhow::{Context as _, bail};

use super::cells::{Sheet, guarded, number};
use crate::gradebook::{Mark, Marking, Pending};

const COLUMNS: [&str; 7] = [
    "student", "notebook", "task", "answer", "possible", "points", "comment",
];

/// Writes a row for each answer that waits, with its points and comment blank.
///
/// # Errors
/// When the table cannot be written.
pub fn marking_table(pending: &[Pending], out: impl Write) -> anyhow::Result<()> {
    let mut sheet = Sheet::new(out);
    sheet.row(COLUMNS)?;
    for one in pending {
        sheet.row([
            guarded(&one.student),
            guarded(&one.notebook),
            guarded(&one.task),
            guarded(&one.answer),
            number(one.possible),
            String::new(),
            String::new(),
        ])?;
    }
    sheet.finish()
}

/// Reads the rows that have points or a comment, whatever the order of the
/// columns. `answer` and `possible` may be missing.
///
/// # Errors
/// When it is no such table, or points are no number; the message has the row.
pub fn read_marking_table(input: impl Read) -> anyhow::Result<Vec<Marking>> {
    let mut reader = csv::Reader::from_reader(input);
    let heads = reader.headers().context("it is no CSV file")?.clone();
    let place = |name: &str| {
        let mut heads = heads
            .iter()
            .map(|head| head.trim_start_matches('\u{feff}').trim());
        let place = heads.position(|head| head == name);
        place.with_context(|| format!("it has no column {name:?}"))
    };
    let [student, notebook, task] = [place("student")?, place("notebook")?, place("task")?];
    let [points, comment] = [place("points")?, place("comment")?];
    let mut marks = Vec::new();
    // The first row is the one below the heads.
    for (row, record) in (2_usize..).zip(reader.records()) {
        let record = record.context("it is no CSV file")?;
        let cell = |place: usize| unguarded(record.get(place).unwrap_or_default());
        let points = match record.get(points).unwrap_or_default().trim() {
            "" => None,
            text => Some(
                number_in(text)
                    .with_context(|| format!("row {row}: the points {text:?} are no number"))?,
            ),
        };
        let mark = Mark {
            points,
            comment: cell(comment),
        };
        if !mark.is_empty() {
            marks.push(Marking {
                student: cell(student),
                notebook: cell(notebook),
                task: cell(task),
                mark,
            });
        }
    }
    if marks.is_empty() {
        bail!("no row has points or a comment");
    }
    Ok(marks)
}

/// Some spreadsheets write a comma into a number.
fn number_in(text: &str) -> anyhow::Result<f64> {
    Ok(text.replace(',', ".").parse()?)
}

/// What [`guarded`] was given.
fn unguarded(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(text) if guarded(text) != text => text.to_owned(),
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_comes_back_filled_in() {
        let pending = |student: &str, answer: &str| Pending {
            student: student.to_owned(),
            notebook: "bar".to_owned(),
            task: "essay".to_owned(),
            possible: 5.0,
            answer: answer.to_owned(),
        };
        let mut bytes = Vec::new();
        let waiting = [pending("=ada", "@home\n\"quoted\""), pending("bob", "?")];
        marking_table(&waiting, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        insta::assert_snapshot!(text, @r#"
        student,notebook,task,answer,possible,points,comment
        '=ada,bar,essay,"'@home
        ""quoted""",5,,
        bob,bar,essay,?,5,,
        "#);
        let filled = text.replace(",5,,\nbob", ",5,\"3,5\",'-1 for style\nbob");
        let marks = read_marking_table(filled.as_bytes()).unwrap();
        assert_eq!(marks.len(), 1);
        assert_eq!(marks[0].student, "=ada");
        assert_eq!(marks[0].mark.points, Some(3.5));
        assert_eq!(marks[0].mark.comment, "-1 for style");
    }

    #[test]
    fn tables_that_say_nothing_are_refused() {
        let check = |text: &str, expected: &str| {
            let error = format!("{:#}", read_marking_table(text.as_bytes()).unwrap_err());
            assert!(error.contains(expected), "{error}");
        };
        let heads = "student,notebook,task,points,comment\n";
        check("", "no column \"student\"");
        check("student,notebook,task,comment\n", "no column \"points\"");
        check(heads, "no row has points or a comment");
        check(
            &format!("{heads}a,b,c,many,\n"),
            "row 2: the points \"many\" are no number",
        );
        check(&format!("{heads}a,b\n"), "it is no CSV file");
    }
}
