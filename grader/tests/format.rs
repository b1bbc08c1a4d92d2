//! The format command, run as an author runs it.

// clippy.toml allows these in tests, and does not see that helpers are part of them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod desk;

use std::fs;

use serde_json::{Value, json};

use desk::{Desk, code, markdown, notebook, run, source_of, stderr, stdout};

#[test]
fn a_source_is_brought_into_form() {
    let desk = Desk::with(json!([
        markdown("t", "# Title\n\nwords\n\n"),
        markdown("x", "(question)"),
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
        json!([code("a", "answer(\"q-1\", \"C\");")]),
        "\"C\" is not the right answer to \"q-1\"",
    );
    check(
        json!([
            code("a", "answer(\"q-1\", \"B\");"),
            code("b", "answer(\"q-1\", \"B\");")
        ]),
        "cell 2 (id \"b\"): another cell has the same id",
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
        "it holds the answer to \"q-1\", the answer to \"q-2\"; give each a cell of its own",
    );
    check(
        json!([code(
            "a",
            "answer(\"q-1\", \"B\"); exercise(\"start-ticks\")"
        )]),
        "it holds the answer to \"q-1\", the check of \"start-ticks\"",
    );
}

/// What an author wrote stays: a question takes no place but its own.
#[test]
fn prose_above_an_answer_stays() {
    let desk = Desk::with(json!([
        markdown("t", "Two spaces  \nbreak a line."),
        code("y", "answer(\"q-1\", \"?\");"),
        markdown("u", "### Question of style\n\nA whole section."),
        code("z", "answer(\"q-2\", \"B\");"),
        code(
            "l",
            "quiz::questions_from(\"q.toml\");\nlet a = \"  \n\";  "
        ),
    ]));
    let formatted = run(&["format", desk.source().to_str().unwrap()]);
    assert!(formatted.status.success(), "{}", stderr(&formatted));
    let made: Value =
        serde_json::from_slice(&fs::read(desk.source().join("a.ipynb")).unwrap()).unwrap();
    let ids: Vec<&str> = made["cells"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cell| cell["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        [
            "t",
            "q-1-question",
            "q-1-answer",
            "u",
            "q-2-question",
            "q-2-answer",
            "l"
        ]
    );
    assert_eq!(source_of(&made, 0), "Two spaces  \nbreak a line.");
    assert_eq!(
        source_of(&made, 3),
        "### Question of style\n\nA whole section."
    );
    assert!(source_of(&made, 4).starts_with("### Question q-2\n\nWhich one?"));
    assert_eq!(
        source_of(&made, 6),
        "quiz::questions_from(\"q.toml\");\nlet a = \"  \n\";"
    );
    let loads = &made["cells"][6]["metadata"]["nbgrader"];
    assert_eq!(
        (&loads["locked"], &loads["grade"]),
        (&json!(true), &json!(false))
    );
}

/// A question as an earlier state of its file had it, with `more` behind it.
fn earlier(id: &str, more: &str) -> String {
    format!(
        "### Question {id}\n\nAs it was before?\n\n- **A.** one\n- **B.** more\n\n\
         Replace the `?` by one letter from A to B.{more}"
    )
}

/// After a change of the question file, `format` puts the new questions in.
#[test]
fn earlier_questions_give_way_to_those_of_the_bank() {
    let of = Desk::with(json!([
        markdown(
            "u",
            &earlier("q-1", " Then run the next cell: it measures.")
        ),
        code("a", "answer(\"q-1\", \"B\");"),
        markdown("q-2-question", &earlier("q-2", "")),
        code("b", "answer(\"q-2\", \"B\");"),
        // A copy, whose answer the author has given another question.
        markdown("w", &earlier("q-7", "")),
        code("c", "answer(\"q-3\", \"B\");"),
        markdown("x", "### Question q-4\n\n"),
        code("d", "answer(\"q-4\", \"B\");"),
    ]));
    let formatted = run(&["format", of.source().to_str().unwrap()]);
    assert!(formatted.status.success(), "{}", stderr(&formatted));
    let made: Value =
        serde_json::from_slice(&fs::read(of.source().join("a.ipynb")).unwrap()).unwrap();
    assert_eq!(made["cells"].as_array().unwrap().len(), 8);
    for number in 1..=4 {
        let cell = &made["cells"][2 * (number - 1)];
        assert_eq!(cell["id"], format!("q-{number}-question"));
        let source = source_of(&made, 2 * (number - 1));
        let expected = format!("### Question q-{number}\n\nWhich one?");
        assert!(source.starts_with(&expected), "{source}");
    }
}

/// What cannot be told from the question is the author's, and is not deleted.
#[test]
fn notes_in_the_cell_of_a_question_are_refused() {
    let refused = |cells: Value, place: &str, expected: &str| {
        let desk = Desk::with(cells);
        let before = fs::read(desk.source().join("a.ipynb")).unwrap();
        let output = run(&["format", desk.source().to_str().unwrap()]);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(place), "{message:?} lacks {place:?}");
        assert!(message.contains(expected), "{message:?} lacks {expected:?}");
        assert_eq!(fs::read(desk.source().join("a.ipynb")).unwrap(), before);
    };
    let check = |id: &str, source: &str, notes: &str| {
        let cells = json!([
            markdown("t", "# Title"),
            markdown(id, source),
            code("a", "answer(\"q-1\", \"B\");"),
        ]);
        let place = format!("cell 2 (id {id:?})");
        refused(
            cells.clone(),
            &place,
            "it holds the question \"q-1\", which is filled in",
        );
        refused(cells, &place, &format!("besides {notes:?}"));
    };
    check("u", "### Question q-1\n\nMy own notes.", "My own notes.");
    check("u", &earlier("q-1", "\n\nA note."), "A note.");
    check("u", &earlier("q-1", "\nA note."), "A note.");
    check("q-1-question", "My own text.\n\nMore.", "My own text.");
    let now = "### Question q-1\n\nWhich one?\n\nLook twice.\n\n- **A.** one\n- **B.** two\n\
               - **C.** three\n\nReplace the `?` by one letter from A to C.";
    check("q-1-question", now, "Look twice.");

    refused(
        json!([
            markdown("q-1-question", &earlier("q-1", "")),
            markdown("t", "A note between."),
            code("a", "answer(\"q-1\", \"B\");"),
        ]),
        "cell 3 (id \"a\")",
        "the question \"q-1\" stands in another place than directly above this answer",
    );
}

/// A gradebook adds up all cells, of all notebooks.
#[test]
fn points_count_once_in_a_course() {
    let check = |cells: Value, other: Value, expected: &str| {
        let desk = Desk::with(cells);
        fs::write(desk.source().join("b.ipynb"), notebook(other)).unwrap();
        let formatted = run(&["format", desk.source().to_str().unwrap()]);
        for output in [formatted, desk.release(&[])] {
            let message = stderr(&output);
            assert_eq!(output.status.code(), Some(2), "{message}");
            assert!(message.contains(expected), "{message:?} lacks {expected:?}");
        }
    };
    let exercise = "exercise(\"start-ticks\").points()";
    let progress = "let points = progress(\"q\");\npoints";
    check(
        json!([code("x", exercise), code("y", exercise)]),
        json!([]),
        "a.ipynb: cell 2 (id \"y\"): it holds the check of \"start-ticks\", whose points would count \
         twice, since cell 1 (id \"x\") in a.ipynb holds it too",
    );
    check(
        json!([code("x", progress)]),
        json!([markdown("t", "# Title"), code("y", progress)]),
        "b.ipynb: cell 2 (id \"y\"): it holds the score of \"q\", whose points would count twice, since \
         cell 1 (id \"x\") in a.ipynb holds it too",
    );
}

#[test]
fn a_broken_file_says_its_cause_once() {
    let desk = Desk::with(json!([]));
    let check = |name: &str, text: &str, cause: &str| {
        let path = desk.source().join(name);
        fs::write(&path, text).unwrap();
        let message = stderr(&run(&["format", desk.source().to_str().unwrap()]));
        assert_eq!(message.matches(cause).count(), 1, "{message}");
        fs::remove_file(path).unwrap();
    };
    check("b.ipynb", "{\"cells\": [", "EOF while parsing");
    check("r.toml", "section = ", "r.toml");
    std::os::unix::fs::symlink("nowhere", desk.source().join("c.ipynb")).unwrap();
    let message = stderr(&run(&["format", desk.source().to_str().unwrap()]));
    assert_eq!(message.matches("os error 2").count(), 1, "{message}");
}
