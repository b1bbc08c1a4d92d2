//! A table for whoever marks: the answers that wait, with columns to fill in,
//! and the same table when it comes back.

use std::io::{Read, Write};

use anyhow::{Context as _, bail};

use super::cells::{Sheet, guarded, number, number_or_blank};
use crate::gradebook::{Mark, Marking, Pending};

const COLUMNS: [&str; 10] = [
    "student",
    "notebook",
    "task",
    "question",
    "earlier points",
    "earlier comment",
    "answer",
    "possible",
    "points",
    "comment",
];

/// Writes a row for each answer that waits, with its points and comment blank.
/// What a person gave for an answer that the student has changed since then
/// stands beside it.
///
/// # Errors
/// When the table cannot be written.
pub fn marking_table(pending: &[Pending], out: impl Write) -> anyhow::Result<()> {
    let mut sheet = Sheet::new(out);
    sheet.row(COLUMNS)?;
    for one in pending {
        let earlier = one.earlier.as_ref();
        sheet.row([
            guarded(&one.student),
            guarded(&one.notebook),
            guarded(&one.task),
            guarded(asked(one)),
            number_or_blank(earlier.and_then(|mark| mark.points)),
            guarded(earlier.map_or("", |mark| &mark.comment)),
            guarded(&one.answer),
            number(one.possible),
            String::new(),
            String::new(),
        ])?;
    }
    sheet.finish()
}

fn asked(one: &Pending) -> &str {
    match one.prompt.as_str() {
        "" => &one.title,
        prompt => prompt,
    }
}

/// Reads the rows that have points or a comment, whatever the order of the
/// columns, which commas, semicolons or tabs may part. Columns that only tell
/// about an answer may be missing.
///
/// # Errors
/// When it is no such table, or points are no number; the message has the row.
pub fn read_marking_table(mut input: impl Read) -> anyhow::Result<Vec<Marking>> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes)
        .ok()
        .context("it is not in UTF-8; save it as \u{201c}CSV UTF-8\u{201d}")?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
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
    for (row, record) in (2_u64..).zip(reader.records()) {
        let record = record.with_context(|| format!("row {row} is no row of a CSV file"))?;
        let cell = |place: usize| unguarded(record.get(place).unwrap_or_default());
        // Where answers have several lines, a spreadsheet counts otherwise than
        // an editor.
        let place = match record.position().map(csv::Position::line) {
            Some(line) if line != row => format!("row {row} (line {line} of the file)"),
            _ => format!("row {row}"),
        };
        let points = match record.get(points).unwrap_or_default().trim() {
            "" => None,
            text => Some(points_in(text).with_context(|| place.clone())?),
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
                place,
            });
        }
    }
    if marks.is_empty() {
        bail!("no row has points or a comment");
    }
    Ok(marks)
}

/// The points that a person wrote, with a point or a comma before decimals: some
/// spreadsheets write one, some the other.
///
/// # Errors
/// When it is no number.
pub fn points_in(text: &str) -> anyhow::Result<f64> {
    let number = text.trim().replace(',', ".").parse();
    number
        .ok()
        .with_context(|| format!("the points {text:?} are no number"))
}

/// What parts the columns, by the first line. Spreadsheets write semicolons
/// where numbers have commas.
fn delimiter(text: &str) -> u8 {
    let heads = text.lines().next().unwrap_or_default().as_bytes();
    let count = |part: u8| heads.iter().filter(|byte| **byte == part).count();
    // Of several as many, the last is taken.
    let parts = [b'\t', b';', b','];
    parts
        .into_iter()
        .max_by_key(|part| count(*part))
        .unwrap_or(b',')
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
            title: "The essay".to_owned(),
            prompt: String::new(),
            possible: 5.0,
            answer: answer.to_owned(),
            earlier: None,
        };
        let mut bytes = Vec::new();
        let mut waiting = [pending("=ada", "@home\n\"quoted\""), pending("bob", "?")];
        waiting[1].prompt = "Why?".to_owned();
        waiting[1].earlier = Some(Mark {
            points: Some(2.5),
            comment: "=no".to_owned(),
        });
        marking_table(&waiting, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        insta::assert_snapshot!(text, @r#"
        student,notebook,task,question,earlier points,earlier comment,answer,possible,points,comment
        '=ada,bar,essay,The essay,,,"'@home
        ""quoted""",5,,
        bob,bar,essay,Why?,2.5,'=no,?,5,,
        "#);
        let filled = text.replace(",5,,\nbob", ",5,\"3,5\",'-1 for style\nbob");
        let marks = read_marking_table(filled.as_bytes()).unwrap();
        assert_eq!(marks.len(), 1);
        assert_eq!(marks[0].student, "=ada");
        assert_eq!(marks[0].mark.points, Some(3.5));
        assert_eq!(marks[0].mark.comment, "-1 for style");
        assert_eq!(marks[0].place, "row 2");
        let filled = text.replace("?,5,,", "?,5,2,");
        let marks = read_marking_table(filled.as_bytes()).unwrap();
        assert_eq!(marks[0].place, "row 3 (line 4 of the file)");
    }

    #[test]
    fn spreadsheets_part_columns_as_they_like() {
        for part in [";", "\t", ","] {
            let heads = ["\u{feff}student", "notebook", "task", "points", "comment"].join(part);
            let row = ["a", "b", "c", "\"3,5\"", "x"].join(part);
            let marks = read_marking_table(format!("{heads}\r\n{row}\r\n").as_bytes()).unwrap();
            assert_eq!(marks[0].mark.points, Some(3.5), "{part:?}");
            assert_eq!(marks[0].student, "a");
        }
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
        check(&format!("{heads}a,b\n"), "row 2 is no row of a CSV file");
        let error = read_marking_table(&b"student,\xe4\n"[..]).unwrap_err();
        assert!(error.to_string().contains("not in UTF-8"), "{error}");
    }
}
