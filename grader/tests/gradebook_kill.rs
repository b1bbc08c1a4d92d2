//! A process that writes results is killed at many moments; nothing that it
//! reported as recorded may be missing or in part.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod gradebook_sample;

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use gradebook_sample::{graded, item, tasks};
use rusqlite::Connection;
use twoaxes_grader::gradebook::{FILE_NAME, Gradebook, Mark};
use twoaxes_grader::results::{Graded, Verdict};

/// Says to the child where to write, and from which number on.
const FOLDER: &str = "TWOAXES_TEST_GRADEBOOK";
const FIRST: &str = "TWOAXES_TEST_FIRST";

/// The child: writes result after result, and a line after each, for ever.
#[test]
fn writes_until_it_is_killed() {
    let (Ok(folder), Ok(first)) = (env::var(FOLDER), env::var(FIRST)) else {
        return;
    };
    let mut book = Gradebook::open(Path::new(&folder)).unwrap();
    book.set_tasks("bar", &tasks("bar")).unwrap();
    let mut out = std::io::stdout();
    for number in first.parse::<u64>().unwrap().. {
        book.record(&result(number), "rules").unwrap();
        if number % 3 == 0 {
            let mark = Mark {
                points: Some(4.0),
                comment: number.to_string(),
            };
            book.mark(&name(number), "bar", "essay", &mark).unwrap();
        }
        writeln!(out, "recorded {number}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn what_was_reported_as_recorded_survives_every_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = 0_u64;
    // Killed while it opens, and after more and more results.
    for lines in [0, 0, 1, 2, 3, 5, 8, 13, 40, 150, 400] {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "writes_until_it_is_killed", "--nocapture"])
            .env(FOLDER, folder.path())
            .env(FIRST, first.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut recorded = first;
        let is_result = |line: &String| line.starts_with("recorded ");
        for _ in 0..lines {
            let line = said.by_ref().map(Result::unwrap).find(is_result).unwrap();
            recorded = 1 + line["recorded ".len()..].parse::<u64>().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it managed to say until then counts as well.
        for line in said.map_while(Result::ok).filter(is_result) {
            if let Ok(number) = line["recorded ".len()..].parse::<u64>() {
                recorded = number + 1;
            }
        }
        verify(folder.path(), recorded);
        // What was not reported is done again, as it would be: it may lack its mark.
        first = recorded;
    }
    assert!(first >= 600);
}

/// Checks the book after a kill.
fn verify(folder: &Path, recorded: u64) {
    let book = Gradebook::open(folder).unwrap();
    let file = Connection::open(folder.join(FILE_NAME)).unwrap();
    let check = |pragma: &str| -> Vec<String> {
        let mut statement = file.prepare(pragma).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    assert_eq!(check("PRAGMA integrity_check"), ["ok"]);
    assert_eq!(check("PRAGMA foreign_key_check"), [""; 0]);

    let reading = book.read().unwrap();
    let held = u64::try_from(reading.count().unwrap()).unwrap();
    // One may have been recorded and not yet reported.
    assert!(
        held == recorded || held == recorded + 1,
        "{held} {recorded}"
    );
    for number in 0..held {
        let student = reading.student(&name(number)).unwrap();
        let submission = &student.submissions[0];
        let expected = result(number);
        assert_eq!(submission.digest, expected.digest);
        let items = submission.entries.iter().map(|entry| entry.item.clone());
        assert_eq!(items.collect::<Option<Vec<_>>>().unwrap(), expected.items);
        if number % 3 == 0 && number < recorded {
            let mark = submission.entries[2].mark.clone().unwrap();
            assert_eq!(mark.comment, number.to_string());
        }
    }
}

fn name(number: u64) -> String {
    format!("student-{number:05}")
}

fn result(number: u64) -> Graded {
    let mut result = graded(&name(number), "bar");
    result.digest = format!("digest {number}");
    // As long as it takes for an item to go over several pages.
    let answer = format!("{number} ").repeat(1_000);
    result.items[1] = item("code", 2.0, Verdict::Partly, &answer);
    result
}
