//! The format command, run as an author runs it.

// clippy.toml allows these in tests, and does not see that helpers are part of them.
#![allow(clippy::unwrap_used, clippy::panic)]

mod desk;

use std::fs;

use serde_json::{Value, json};

use desk::{Desk, code, markdown, run, source_of, stderr, stdout};

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
        markdown("u", "### Question q-7\n\nas it was before"),
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
            "q-2-question",
            "q-2-answer",
            "l"
        ]
    );
    assert_eq!(source_of(&made, 0), "Two spaces  \nbreak a line.");
    assert!(source_of(&made, 3).starts_with("### Question q-2\n\nWhich one?"));
    assert_eq!(
        source_of(&made, 5),
        "quiz::questions_from(\"q.toml\");\nlet a = \"  \n\";"
    );
    let loads = &made["cells"][5]["metadata"]["nbgrader"];
    assert_eq!(
        (&loads["locked"], &loads["grade"]),
        (&json!(true), &json!(false))
    );
}
