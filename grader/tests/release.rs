//! The release command, run as an instructor runs it, and the notebooks of
//! this repository.

// clippy.toml allows these in tests, and does not see that helpers are part of them.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use twoaxes_grader::notebook::{parse, to_json};
use twoaxes_grader::release;

/// Two folders, `source` with one notebook in it and an `out` not yet made.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn with(cells: Value) -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(desk.source()).unwrap();
        fs::write(desk.source().join("a.ipynb"), notebook(cells)).unwrap();
        desk
    }

    fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn release(&self, more: &[&str]) -> Output {
        release_command(&self.source(), &self.out(), more)
    }

    fn made(&self) -> Value {
        serde_json::from_slice(&fs::read(self.out().join("a.ipynb")).unwrap()).unwrap()
    }
}

fn notebook(cells: Value) -> String {
    json!({
        "nbformat": 4, "nbformat_minor": 5, "cells": cells,
        "metadata": {"kernelspec": {"name": "twoaxes"}, "widgets": {"state": 1}, "mine": [1.5]},
    })
    .to_string()
}

fn code(id: &str, source: &str) -> Value {
    json!({
        "cell_type": "code", "id": id, "source": source, "execution_count": 3,
        "metadata": {"execution": {"iopub.status.busy": "now"}, "tags": ["mine"]},
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "secret"}],
    })
}

fn release_command(source: &Path, out: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twoaxes-grader"))
        .arg("release")
        .arg(source)
        .arg("--out")
        .arg(out)
        .args(more)
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn students_get_no_answer_no_solution_and_no_output() {
    let desk = Desk::with(json!([
        code("q", "answer(\"q-1\", \"B\");"),
        code(
            "s",
            "let x =\n    // BEGIN SOLUTION\n    // STUB: 0\n    40\n    // END SOLUTION\n;"
        ),
        code("t", "x\n// BEGIN HIDDEN TESTS\nhush\n// END HIDDEN TESTS"),
    ]));
    let output = desk.release(&[]);
    assert!(output.status.success(), "{}", stderr(&output));

    let made = desk.made();
    let source = |index: usize| -> String {
        let lines = made["cells"][index]["source"].as_array().unwrap();
        lines.iter().map(|line| line.as_str().unwrap()).collect()
    };
    assert_eq!(source(0), "answer(\"q-1\", \"?\");");
    assert_eq!(source(1), "let x =\n    0\n;");
    assert_eq!(source(2), "x");
    for cell in made["cells"].as_array().unwrap() {
        assert_eq!(cell["outputs"], json!([]));
        assert_eq!(cell["execution_count"], Value::Null);
        assert_eq!(cell["metadata"], json!({"tags": ["mine"]}));
    }
    let metadata = json!({"kernelspec": {"name": "twoaxes"}, "mine": [1.5]});
    assert_eq!(made["metadata"], metadata);
}

#[test]
fn a_second_release_changes_no_byte_and_check_agrees() {
    let desk = Desk::with(json!([code("q", "answer(\"q-1\", \"B\");")]));
    let check = desk.release(&["--check"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(stdout(&check).contains("a.ipynb is missing"));
    assert!(!desk.out().exists(), "--check writes nothing");

    assert!(desk.release(&[]).status.success());
    let first = fs::read(desk.out().join("a.ipynb")).unwrap();
    let again = desk.release(&[]);
    assert!(stdout(&again).contains("0 of them new or changed"));
    assert_eq!(fs::read(desk.out().join("a.ipynb")).unwrap(), first);
    assert_eq!(desk.release(&["--check"]).status.code(), Some(0));

    fs::write(desk.out().join("a.ipynb"), "{}").unwrap();
    fs::write(desk.out().join("b.ipynb"), "{}").unwrap();
    let check = desk.release(&["--check"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(stdout(&check).contains("a.ipynb differs"));
    assert!(stdout(&check).contains("b.ipynb has no source"));
}

#[test]
fn bad_input_is_one_sentence_with_file_and_cell() {
    let check = |cells: Value, expected: &str| {
        let desk = Desk::with(cells);
        let output = desk.release(&[]);
        assert_eq!(output.status.code(), Some(2));
        let message = stderr(&output);
        assert_eq!(message.lines().count(), 1, "{message}");
        let expected = format!("a.ipynb: {expected}");
        assert!(
            message.contains(&expected),
            "{message:?} lacks {expected:?}"
        );
        assert!(!desk.out().exists(), "nothing is written");
    };
    check(json!(3), "is not a notebook: `cells` is not a list");
    check(
        json!([{"cell_type": "code", "source": ""}]),
        "cell 1: it has no id",
    );
    check(
        json!([code("a b", "")]),
        "cell 1 (id \"a b\"): its id is not",
    );
    check(
        json!([code("a", ""), code("a", "")]),
        "cell 2 (id \"a\"): another cell has the same id",
    );
    check(
        json!([code("a", "answer(\"q\", x)")]),
        "cell 1 (id \"a\"): line 1: the arguments",
    );
    check(
        json!([code("a", "\n// answer(\"q\", \"B\")")]),
        "cell 1 (id \"a\"): line 2: a comment holds an answer",
    );
    check(
        json!([code("a", "answer(\"q\", \"A\"); answer(\"q\", \"B\")")]),
        "cell 1 (id \"a\"): the question \"q\"",
    );
    check(
        json!([code("a", "// BEGIN SOLUTION")]),
        "cell 1 (id \"a\"): line 1: `BEGIN SOLUTION` has no end",
    );
    let mut graded = code("a", "");
    graded["metadata"]["nbgrader"] = json!({"grade": 1});
    check(
        json!([graded]),
        "cell 1 (id \"a\"): its nbgrader metadata does not fit",
    );
}

#[test]
fn the_source_folder_is_never_overwritten() {
    let desk = Desk::with(json!([code("q", "answer(\"q-1\", \"B\");")]));
    let before = fs::read(desk.source().join("a.ipynb")).unwrap();
    let output = release_command(&desk.source(), &desk.source().join("."), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("the source folder itself"));
    assert_eq!(fs::read(desk.source().join("a.ipynb")).unwrap(), before);
}

#[test]
fn a_folder_without_notebooks_is_an_error() {
    let empty = tempfile::tempdir().unwrap();
    let output = release_command(empty.path(), empty.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("holds no notebook"));
}

#[test]
fn the_notebooks_of_this_repository_are_the_release_of_their_source() {
    let notebooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks");
    let made = release::folder(&notebooks.join("source")).unwrap();
    let differences = release::differences(&made, &notebooks).unwrap();
    let report: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert!(
        report.is_empty(),
        "run `twoaxes-grader release notebooks/source --out notebooks`: {report:#?}"
    );
}

proptest! {
    #[test]
    fn releasing_twice_is_releasing_once(
        sources in prop::collection::vec(any_source(), 0..5),
    ) {
        let cells: Vec<Value> = sources
            .iter()
            .enumerate()
            .map(|(index, source)| code(&format!("c{index}"), source))
            .collect();
        let source = parse(notebook(cells.into()).as_bytes()).unwrap();
        if let Ok(once) = release::notebook(&source) {
            let text = to_json(&once).unwrap();
            let hidden = ["secret", "\\\"B\\\"", "BEGIN", "END"];
            prop_assert!(hidden.iter().all(|word| !text.contains(word)), "{}", text);
            let twice = release::notebook(&once).map_err(|(place, error)| {
                TestCaseError::fail(format!("{place}: {error}"))
            })?;
            prop_assert_eq!(to_json(&twice).unwrap(), text);
        }
    }
}

/// Cells of the pieces that matter, in any order.
fn any_source() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "q[0-9]{4}".prop_map(|question| format!("  answer(\"{question}\", \"B\");")),
        "q[0-9]{4}".prop_map(|question| format!("/* x */ answer(\n\"{question}\",\n\"B\",)")),
        Just("// BEGIN SOLUTION\n    // STUB: 1\nsecret\n// END SOLUTION".to_owned()),
        Just("// BEGIN SOLUTION\nsecret\n// END SOLUTION".to_owned()),
        Just("// BEGIN HIDDEN TESTS\nsecret\n// END HIDDEN TESTS".to_owned()),
        Just("let c = '\"'; let s = r#\"x\"y\"#;".to_owned()),
        Just("// BEGIN SOLUTION".to_owned()),
        "[ a-z'(]{0,8}",
    ];
    prop::collection::vec(line, 0..5).prop_map(|lines| lines.join("\n"))
}
