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
use twoaxes::quiz::Bank;
use twoaxes_grader::course::{self, Course};
use twoaxes_grader::format;
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
        fs::write(desk.source().join("q.toml"), questions()).unwrap();
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

/// A question file with `q-1` to `q-9` to practise and the exam's `exam-1`.
fn questions() -> String {
    let choice = |id: &str| {
        format!(
            "[[question]]\nid = \"{id}\"\nkind = \"choice\"\nprompt = \"Which one?\"\nanswer = \"B\"\n\
             explanation = \"secret\"\nreference = \"secret\"\n\
             options = {{ A = {{ text = \"one\", hint = \"secret\" }}, B = {{ text = \"two\" }}, C = {{ text = \"three\", hint = \"secret\" }} }}\n"
        )
    };
    let practice: String = (1..=9)
        .map(|number| choice(&format!("q-{number}")))
        .collect();
    format!(
        "section = \"q\"\n{practice}{}feedback = \"later\"\n",
        choice("exam-1")
    )
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

fn markdown(id: &str, source: &str) -> Value {
    json!({"cell_type": "markdown", "id": id, "source": source, "metadata": {}})
}

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twoaxes-grader"));
    command.args(arguments).output().unwrap()
}

fn source_of(notebook: &Value, index: usize) -> String {
    let lines = notebook["cells"][index]["source"].as_array().unwrap();
    lines.iter().map(|line| line.as_str().unwrap()).collect()
}

#[test]
fn a_source_is_brought_into_form() {
    let desk = Desk::with(json!([
        markdown("t", "# Title  \n\nwords \n\n"),
        markdown("x", "the question goes here"),
        code("y", "answer(\"q-1\", \"B\");"),
        code("z", "// BEGIN SOLUTION\nlet a = 1;\n// END SOLUTION"),
        code("w", "exercise(\"start-ticks\").points()"),
        code("v", "let points = progress(\"q\");\npoints"),
    ]));
    let folder = desk.source();
    let folder = folder.to_str().unwrap();
    let check = run(&["format", folder, "--check"]);
    assert_eq!(check.status.code(), Some(1), "{}", stderr(&check));
    assert!(stdout(&check).contains("a.ipynb differs"));

    let formatted = run(&["format", folder]);
    assert!(formatted.status.success(), "{}", stderr(&formatted));
    assert_eq!(run(&["format", folder, "--check"]).status.code(), Some(0));
    let made: Value =
        serde_json::from_slice(&fs::read(desk.source().join("a.ipynb")).unwrap()).unwrap();
    assert_eq!(source_of(&made, 0), "# Title\n\nwords");
    assert!(source_of(&made, 1).starts_with("### Question q-1\n\nWhich one?"));
    let cell = |index: usize| &made["cells"][index];
    let role = |index: usize, key: &str| cell(index)["metadata"]["nbgrader"][key].clone();
    assert_eq!(cell(1)["id"], "q-1-question");
    assert_eq!(cell(2)["id"], "q-1-answer");
    assert_eq!(role(1, "locked"), true);
    assert_eq!(role(2, "solution"), true);
    assert_eq!(role(2, "grade_id"), "q-1-answer");
    assert_eq!(role(3, "solution"), true);
    assert_eq!(role(4, "points"), 6);
    assert_eq!(
        role(5, "points"),
        10,
        "a point for each question of the section"
    );
    assert_eq!(cell(2)["outputs"], json!([]));
    assert_eq!(made["metadata"].as_object().unwrap().len(), 2);

    let check = |cells: Value, expected: &str| {
        let desk = Desk::with(cells);
        let output = run(&["format", desk.source().to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    };
    check(
        json!([code("a", "answer(\"q-1\", \"B\");")]),
        "the cell above it is not Markdown",
    );
    check(
        json!([code("a", "exercise(\"cups\").points()")]),
        "no exercise \"cups\"",
    );
    check(
        json!([code("a", "progress(\"cups\")")]),
        "no section \"cups\"",
    );
    check(
        json!([code("a", "answer(\"q-1\", \"B\"); answer(\"q-2\", \"B\");")]),
        "answers 2 questions",
    );
}

/// An exam: its questions come with the notebook, without any of their keys.
#[test]
fn an_exam_holds_no_answer_and_no_verdict() {
    let desk = Desk::with(json!([
        code("load", "quiz::questions_from(\"q.toml\");"),
        markdown("q", ""),
        code("a", "answer(\"exam-1\", \"B\");"),
    ]));
    // Only the exam, as an instructor would keep it.
    let exam = questions();
    let exam = exam.split("[[question]]").last().unwrap();
    fs::write(
        desk.source().join("q.toml"),
        format!("section = \"exam\"\n[[question]]{exam}"),
    )
    .unwrap();
    assert!(
        run(&["format", desk.source().to_str().unwrap()])
            .status
            .success()
    );
    let output = desk.release(&[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let made = desk.made();
    let loads = source_of(&made, 0);
    assert!(
        loads.starts_with("quiz::questions(r#\"\nsection = \"exam\""),
        "{loads}"
    );
    assert!(source_of(&made, 1).contains("You learn with your grade"));
    assert_eq!(source_of(&made, 2), "answer(\"exam-1\", \"?\");");
    let text = made.to_string();
    for secret in ["secret", "explanation", "hint", "\"B\\\"\""] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

/// The exam that the project ships as an example keeps its keys to itself.
#[test]
fn the_example_of_an_exam_gives_nothing_away() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/exam");
    let exam = Course::read(&folder).unwrap();
    let in_form = exam
        .make(|source| format::notebook(source, &exam.bank))
        .unwrap();
    assert_eq!(course::differences(&in_form, &folder).unwrap(), []);
    let [made] = &release::course(&exam).unwrap()[..] else {
        panic!("one notebook");
    };
    let mine = |question: &&twoaxes::quiz::Question| question.section == "exam";
    let questions: Vec<_> = exam.bank.questions().iter().filter(mine).collect();
    assert!(questions.len() >= 5);
    for question in questions {
        let key = question.key.as_ref().unwrap();
        let mistakes = key.mistakes.iter().map(|mistake| &mistake.hint);
        let secrets = key.option_hints.iter().chain(mistakes).chain([
            &key.hint,
            &key.explanation,
            &key.reference,
        ]);
        for secret in secrets.filter(|secret| !secret.is_empty()) {
            assert!(
                !made.text.contains(secret.as_str()),
                "{}: {secret}",
                question.id
            );
        }
        assert!(
            made.text
                .contains(&format!("answer(\\\"{}\\\", \\\"?\\\");", question.id)),
            "{}",
            made.text
        );
    }
}

#[test]
fn each_student_gets_an_order_of_options_of_their_own() {
    let desk = Desk::with(json!([
        markdown("q", ""),
        code("a", "answer(\"q-1\", \"B\");")
    ]));
    assert!(
        run(&["format", desk.source().to_str().unwrap()])
            .status
            .success()
    );
    let list = desk.folder.path().join("class.txt");
    fs::write(
        &list,
        (1..=12)
            .map(|n| format!("student {n}\n"))
            .collect::<String>(),
    )
    .unwrap();
    let students = list.to_str().unwrap();
    let output = desk.release(&["--students", students, "--seed", "7"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let mut orders = std::collections::BTreeSet::new();
    for number in 1..=12 {
        let path = desk.out().join(format!("student {number}/a.ipynb"));
        let made: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let call = source_of(&made, 1);
        let order = call
            .strip_prefix("answer(\"q-1:")
            .and_then(|rest| rest.strip_suffix("\", \"?\");"))
            .unwrap_or_else(|| panic!("{call}"));
        let texts: Vec<&str> = order
            .chars()
            .map(|letter| match letter {
                'A' => "one",
                'B' => "two",
                _ => "three",
            })
            .collect();
        let question = source_of(&made, 0);
        for (letter, text) in ["A", "B", "C"].iter().zip(texts) {
            assert!(
                question.contains(&format!("- **{letter}.** {text}")),
                "{question}"
            );
        }
        orders.insert(order.to_owned());
    }
    assert!(orders.len() > 2, "{orders:?}");
    assert_eq!(
        desk.release(&["--students", students, "--seed", "7", "--check"])
            .status
            .code(),
        Some(0)
    );
    assert_eq!(
        desk.release(&["--students", students, "--seed", "8", "--check"])
            .status
            .code(),
        Some(1)
    );

    fs::write(&list, "../evil\n").unwrap();
    let output = desk.release(&["--students", students]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("line 1: \"../evil\""),
        "{}",
        stderr(&output)
    );
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
        json!([code("a", "answer(\"q-1\", x)")]),
        "cell 1 (id \"a\"): line 1: the arguments",
    );
    check(
        json!([code("a", "\n// answer(\"q\", \"B\")")]),
        "cell 1 (id \"a\"): line 2: a comment holds an answer",
    );
    check(
        json!([code("a", "answer(\"q-1\", \"A\"); answer(\"q-1\", \"B\")")]),
        "cell 1 (id \"a\"): the question \"q-1\"",
    );
    check(
        json!([code("a", "answer(\"q-0\", \"A\");")]),
        "cell 1 (id \"a\"): there is no question \"q-0\"; the nearest are q-1",
    );
    check(
        json!([code("a", "quiz::questions_from(\"../q.toml\");")]),
        "cell 1 (id \"a\"): the question file \"../q.toml\" cannot be used",
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
    let made = release::course(&Course::read(&notebooks.join("source")).unwrap()).unwrap();
    let differences = course::differences(&made, &notebooks).unwrap();
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
        let course = Course {
            folder: PathBuf::new(),
            notebooks: Vec::new(),
            bank: Bank::with_built_in(&[("q.toml", &questions())]).unwrap(),
        };
        if let Ok(once) = release::notebook(&source, &course, None) {
            let text = to_json(&once).unwrap();
            let hidden = ["secret", "\\\"B\\\"", "BEGIN", "END"];
            prop_assert!(hidden.iter().all(|word| !text.contains(word)), "{}", text);
            let twice = release::notebook(&once, &course, None).map_err(|(place, error)| {
                TestCaseError::fail(format!("{place}: {error}"))
            })?;
            prop_assert_eq!(to_json(&twice).unwrap(), text);
        }
    }
}

/// Cells of the pieces that matter, in any order.
fn any_source() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "q-[1-9]".prop_map(|question| format!("  answer(\"{question}\", \"B\");")),
        "q-[1-9]".prop_map(|question| format!("/* x */ answer(\n\"{question}\",\n\"B\",)")),
        Just("// BEGIN SOLUTION\n    // STUB: 1\nsecret\n// END SOLUTION".to_owned()),
        Just("// BEGIN SOLUTION\nsecret\n// END SOLUTION".to_owned()),
        Just("// BEGIN HIDDEN TESTS\nsecret\n// END HIDDEN TESTS".to_owned()),
        Just("let c = '\"'; let s = r#\"x\"y\"#;".to_owned()),
        Just("// BEGIN SOLUTION".to_owned()),
        "[ a-z'(]{0,8}",
    ];
    prop::collection::vec(line, 0..5).prop_map(|lines| lines.join("\n"))
}
