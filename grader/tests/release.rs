//! The release command, run as an instructor runs it, and the notebooks of
//! this repository.

// clippy.toml allows these in tests, and does not see that helpers are part of them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod desk;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use proptest::prelude::*;
use serde_json::{Value, json};
use twoaxes::quiz::Bank;
use twoaxes_grader::course::{self, Course};
use twoaxes_grader::format;
use twoaxes_grader::notebook::{parse, to_json};
use twoaxes_grader::release;

use desk::{
    Desk, code, markdown, notebook, questions, release_command, run, source_of, stderr, stdout,
};

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
    let metadata = json!({"kernelspec": {"name": "twoaxes"}});
    assert_eq!(made["metadata"], metadata);
}

#[test]
fn a_reader_that_stops_reading_is_no_failure() {
    let desk = Desk::with(json!([code("q", "answer(\"q-1\", \"B\");")]));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_twoaxes-grader"))
        .arg("release")
        .arg(desk.source())
        .arg("--out")
        .arg(desk.out())
        .args(["--check", "--no-run"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .and_then(Child::wait_with_output)
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
}

#[test]
fn a_second_release_changes_no_byte_and_check_agrees() {
    let desk = Desk::with(json!([code("q", "answer(\"q-1\", \"B\");")]));
    let check = desk.release(&["--check", "--no-run"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(stdout(&check).contains("a.ipynb is missing"));
    assert!(!desk.out().exists(), "--check writes nothing");

    assert!(desk.release(&[]).status.success());
    let first = fs::read(desk.out().join("a.ipynb")).unwrap();
    let again = desk.release(&[]);
    assert!(stdout(&again).contains("0 of them new or changed"));
    assert_eq!(fs::read(desk.out().join("a.ipynb")).unwrap(), first);
    assert_eq!(
        desk.release(&["--check", "--no-run"]).status.code(),
        Some(0)
    );

    fs::write(desk.out().join("a.ipynb"), "{}").unwrap();
    fs::write(desk.out().join("b.ipynb"), "{}").unwrap();
    let check = desk.release(&["--check", "--no-run"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(stdout(&check).contains("a.ipynb differs"));
    assert!(stdout(&check).contains("b.ipynb has no source"));
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
    for secret in ["secret", "explanation", "hint", "\\\"B\\\""] {
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
        desk.release(&["--students", students, "--seed", "7", "--check", "--no-run"])
            .status
            .code(),
        Some(0)
    );
    assert_eq!(
        desk.release(&["--students", students, "--seed", "8", "--check", "--no-run"])
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
        "cell 1 (id \"a\"): it holds the answer to \"q-1\", the answer to \"q-1\"; give each a cell",
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
        json!([code("a", "quiz::questions_from(path);")]),
        "cell 1 (id \"a\"): line 1: give `questions_from` one literal text",
    );
    check(
        json!([code("a", &format!("quiz::questions({:?});", questions()))]),
        "cell 1 (id \"a\"): its `questions(..)` holds the key to \"exam-1\"",
    );
    check(
        json!([code("a", "\nuse twoaxes::quiz::answer as say;")]),
        "cell 1 (id \"a\"): line 2: call `answer` by its name",
    );
    check(
        json!([markdown(
            "a",
            "Remember, it is secret: two cups are more than one."
        )]),
        "cell 1 (id \"a\"): it says what only the key to \"exam-1\" may say",
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

/// Cells that would hand out a key are refused, whatever they look like.
#[test]
fn the_key_to_an_exam_comes_through_nowhere() {
    let check = |cells: Value, expected: &str| {
        let desk = exam(cells);
        let output = desk.release(&[]);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(expected), "{message:?} lacks {expected:?}");
        assert!(!desk.out().exists(), "nothing is written");
    };
    for cell in [
        "answer(\"exam-1\", \"C\"); // C because two cooks",
        "// two cooks\nanswer(\"exam-1\", \"C\");",
        "answer(\"exam-1\", \"C\"); let why = \"two cooks\";",
    ] {
        check(
            json!([code("a", cell)]),
            "cell 1 (id \"a\"): it holds more than the answer to \"exam-1\"",
        );
    }
    let named = "line 2: it names the question \"exam-1\"";
    for cell in [
        "quiz::check(\"exam-1\", \"C\").unwrap();",
        "(answer)(\"exam-1\", \"C\");",
        "let id = \"exam-1\"; quiz::check(id, \"C\");",
        "let keys = [(\"exam-1\", 'C')];",
        "quiz::check(\"exam-1:CABD\", \"C\");",
        "// quiz::check(\"exam-1\", \"C\");",
        "let code = \"answer(\\\"exam-1\\\", \\\"C\\\");\";",
        "quiz::measured(\"exam-1\", 2.5);",
        "// quiz::measured(\"exam-1\", 2.5);",
    ] {
        check(json!([code("a", &format!("\n{cell}"))]), named);
    }
    let prose = "A line.\n`answer(\"exam-1\", \"C\");`";
    check(json!([markdown("a", prose)]), named);
    let raw = json!({"cell_type": "raw", "id": "a", "source": prose, "metadata": {}});
    check(json!([raw]), named);
    let mut tagged = markdown("a", "A line.");
    tagged["metadata"]["tags"] = json!(["answer(\"exam-1\", \"C\")"]);
    check(json!([tagged]), "it says what only the key to \"exam-1\"");

    // A sentence of a key, broken, commented, marked up or in metadata.
    let said = "it says what only the key to \"exam-1\" may say: \"Both cooks";
    for text in [
        "Both cooks work at\nthe same time.",
        "So: both cooks work at the `same` time, you know.",
        "> Both cooks work\n> at the same time.",
        "// Both cooks work\n// at the same time",
        "let s = \"Both cooks work\\nat the same time\";",
    ] {
        check(json!([markdown("a", text)]), said);
        check(json!([code("a", text)]), said);
    }
    let mut tagged = markdown("a", "A line.");
    tagged["metadata"]["tags"] = json!(["Both cooks work at the same time."]);
    check(json!([tagged]), said);
    let mut shown = markdown("a", "![](attachment:a.txt)");
    shown["attachments"] = json!({"a.txt": {"text/plain": "Both cooks work at the same time."}});
    check(json!([shown]), said);
    check(
        json!([markdown("a", "Which one waits for another\none here?")]),
        "exam-1",
    );

    // In what a notebook says about itself.
    let desk = exam(json!([markdown("a", "A line.")]));
    let path = desk.source().join("a.ipynb");
    let text = fs::read_to_string(&path).unwrap();
    let spec = "\"twoaxes\",\"display_name\":\"Both cooks work at the same time\"";
    fs::write(&path, text.replace("\"twoaxes\"", spec)).unwrap();
    let message = stderr(&desk.release(&[]));
    assert!(message.contains(&format!("a.ipynb: {said}")), "{message}");
}

/// An exam with one question, of which the students learn later.
fn exam(cells: Value) -> Desk {
    let desk = Desk::with(cells);
    let file = "section = \"exam\"\nfeedback = \"later\"\n\
        [[question]]\nid = \"exam-1\"\nkind = \"choice\"\nprompt = \"What do two cooks do at once?\"\n\
        answer = \"C\"\nexplanation = \"Look. Both cooks work at the same time. Done.\"\n\
        reference = \"none\"\n\
        options = { A = { text = \"one\", hint = \"Which one waits for another one here? So?\" }, \
        B = { text = \"two\", hint = \"What do two cooks do at once?\" }, C = { text = \"three\" } }\n";
    fs::write(desk.source().join("q.toml"), file).unwrap();
    desk
}

/// What an exam says that is no key is released.
#[test]
fn what_gives_no_key_away_is_released() {
    for cell in [
        markdown(
            "a",
            "Write `answer(\"exam-1\", \"?\");` with a letter, see exam-1.",
        ),
        markdown("a", "At the same time. What do two cooks do at once? Look."),
        code("a", "quiz::answer(\n    \"exam-1\",\n    \"C\",\n)"),
        code("a", "quiz::question(\"exam-1\")"),
        code(
            "a",
            "quiz::measured(\"exam-1\", workers::simulate(8, 10, 2).speedup());",
        ),
        code("a", "let points = progress(\"exam\");\npoints"),
        code("a", "quiz::questions_from(\"q.toml\");"),
        code("a", "let twice = (\"exam-10\", 2);"),
    ] {
        let output = exam(json!([cell])).release(&[]);
        assert!(output.status.success(), "{cell}: {}", stderr(&output));
    }
}

/// What nobody here reads, nobody gets: not in a cell, not in the notebook.
#[test]
fn students_get_known_keys_only() {
    let mut cell = markdown("a", "![](attachment:my%20caf%C3%A9.png)");
    cell["metadata"] = json!({"tags": ["mine"], "note": "secret", "editable": false});
    cell["remark"] = json!("secret");
    cell["attachments"] =
        json!({"my caf\u{e9}.png": {"image/png": "aGk="}, "b.png": {"image/png": "c2VjcmV0"}});
    let mut solved = markdown(
        "b",
        "// BEGIN SOLUTION\n![](attachment:s.png)\n// END SOLUTION",
    );
    solved["attachments"] = json!({"s.png": {"image/png": "c2VjcmV0"}});
    let desk = Desk::with(json!([cell, solved]));
    let path = desk.source().join("a.ipynb");
    let mut file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    file["remark"] = json!("secret");
    fs::write(&path, file.to_string()).unwrap();
    let output = desk.release(&[]);
    assert!(output.status.success(), "{}", stderr(&output));
    let made = desk.made();
    let keys = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        keys(&made),
        ["cells", "metadata", "nbformat", "nbformat_minor"]
    );
    assert_eq!(keys(&made["metadata"]), ["kernelspec"]);
    let first = &made["cells"][0];
    assert_eq!(
        keys(first),
        ["attachments", "cell_type", "id", "metadata", "source"]
    );
    assert_eq!(
        first["attachments"],
        json!({"my caf\u{e9}.png": {"image/png": "aGk="}})
    );
    assert_eq!(first["metadata"], json!({"tags": ["mine"]}));
    assert_eq!(
        keys(&made["cells"][1]),
        ["cell_type", "id", "metadata", "source"]
    );
}

/// What `format` refuses, a release refuses in the same words.
#[test]
fn a_release_asks_for_form_first() {
    let check = |cells: Value, expected: &str| {
        let desk = Desk::with(cells);
        let formatted = run(&["format", desk.source().to_str().unwrap()]);
        let released = desk.release(&[]);
        assert_eq!(released.status.code(), Some(2));
        assert_eq!(stderr(&released), stderr(&formatted));
        assert!(
            stderr(&released).contains(expected),
            "{}",
            stderr(&released)
        );
        let list = desk.folder.path().join("class.txt");
        fs::write(&list, "ada\n").unwrap();
        let each = desk.release(&["--students", list.to_str().unwrap()]);
        assert_eq!(stderr(&each), stderr(&formatted));
        assert!(!desk.out().exists(), "nothing is written");
    };
    check(
        json!([code("a", "answer(\"q-1\", \"B\"); answer(\"q-2\", \"B\");")]),
        "give each a cell of its own",
    );
    check(
        json!([code("a", "exercise(\"cups\").points()")]),
        "no exercise",
    );
    check(json!([code("a", "progress(\"cups\")")]), "no section");
    check(
        json!([code("a", "answer(\"q-1\", \"C\");")]),
        "\"C\" is not the right answer",
    );
    check(
        json!([
            markdown("u", "### Question q-1\n\nMy own notes."),
            code("a", "answer(\"q-1\", \"B\");")
        ]),
        "which would be lost",
    );
}

/// A marker that is misspelt at both ends would hand the solution out.
#[test]
fn misspelt_markers_are_refused() {
    for (begin, end) in [
        ("// BEGINSOLUTION", "// ENDSOLUTION"),
        ("// BEGIN_SOLUTION", "// END_SOLUTION"),
        ("// BEGIN-SOLUTION", "// END-SOLUTION"),
        ("// BEGIN HIDDEN TEST", "// END HIDDEN TEST"),
        ("// BEGIN\u{200b}SOLUTION", "// END\u{200b}SOLUTION"),
        ("// Begin_Solution", "// End_Solution"),
        ("// BEGIN SOLUTOIN", "// END SOLUTOIN"),
    ] {
        for cell in [code, markdown] {
            let desk = Desk::with(json!([cell("a", &format!("{begin}\nhush\n{end}"))]));
            let output = desk.release(&[]);
            assert_eq!(output.status.code(), Some(2), "{begin}");
            let message = stderr(&output);
            assert!(message.contains("cell 1 (id \"a\"): line 1: "), "{message}");
        }
    }
}

#[test]
fn the_source_folder_is_never_overwritten() {
    let desk = Desk::with(json!([code("q", "1 + 1")]));
    let before = fs::read(desk.source().join("a.ipynb")).unwrap();
    let output = release_command(&desk.source(), &desk.source().join("."), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("the source folder itself"));
    assert_eq!(fs::read(desk.source().join("a.ipynb")).unwrap(), before);

    // Nor through a student whose folder it would be, by name or by a link.
    let list = desk.folder.path().join("class.txt");
    fs::write(&list, "ada\nsource\n").unwrap();
    let for_students = |out: &Path| {
        let output = release_command(&desk.source(), out, &["--students", list.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(fs::read(desk.source().join("a.ipynb")).unwrap(), before);
        stderr(&output)
    };
    let message = for_students(desk.folder.path());
    assert!(message.contains("the source folder itself"), "{message}");
    assert!(
        !desk.folder.path().join("ada").exists(),
        "nothing is written"
    );
    fs::create_dir(desk.out()).unwrap();
    std::os::unix::fs::symlink(desk.source(), desk.out().join("ada")).unwrap();
    let message = for_students(&desk.out());
    assert!(message.contains("is a link"), "{message}");
}

#[test]
fn files_that_are_none_are_refused() {
    let desk = Desk::with(json!([code("a", "")]));
    let path = desk.source().join("r.toml");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let output = desk.release(&[]);
    assert!(
        stderr(&output).contains("r.toml: is not an ordinary file"),
        "{}",
        stderr(&output)
    );
}

/// Jupyter keeps a graded cell from being deleted, and the others' from being
/// changed.
#[test]
fn students_cannot_delete_what_is_graded_by_mistake() {
    let desk = Desk::with(json!([
        markdown("q", ""),
        code("a", "answer(\"q-1\", \"B\");"),
        code("s", "// BEGIN SOLUTION\n1\n// END SOLUTION"),
        code("c", "exercise(\"start-ticks\").points()"),
        code("p", "1 + 1"),
    ]));
    let formatted = run(&["format", desk.source().to_str().unwrap()]);
    assert!(formatted.status.success(), "{}", stderr(&formatted));
    assert!(desk.release(&[]).status.success());
    let made = desk.made();
    let check = |index: usize, deletable: Value, editable: Value| {
        let metadata = &made["cells"][index]["metadata"];
        assert_eq!(metadata["deletable"], deletable, "{index}");
        assert_eq!(metadata["editable"], editable, "{index}");
    };
    check(0, json!(false), json!(false));
    check(1, json!(false), Value::Null);
    check(2, json!(false), Value::Null);
    check(3, json!(false), json!(false));
    check(4, Value::Null, Value::Null);
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
            question_files: vec![("q.toml".to_owned(), questions())],
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
