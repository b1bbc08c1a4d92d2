//! What every notebook of this course keeps to. Each rule is something that a
//! student would stumble over.

// clippy.toml allows these in tests, and does not see that helpers are part of them.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use twoaxes::quiz;
use twoaxes_grader::course::{self, Course};
use twoaxes_grader::format;
use twoaxes_grader::notebook::{
    Answer, AnswerCall, Cell, Grading, Notebook, Role, answer_calls, first_arguments, read,
};

fn sources() -> Vec<(String, Notebook)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks/source");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "ipynb"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, read(&path).unwrap())
        })
        .collect()
}

/// Calls `check` with every cell and a name for it.
fn for_each_cell(mut check: impl FnMut(&str, &Cell)) {
    for (name, notebook) in sources() {
        for cell in &notebook.cells {
            check(&format!("{name}, cell {:?}", cell.id), cell);
        }
    }
}

fn answers(cell: &Cell) -> Vec<Answer> {
    if !cell.is_code() {
        return Vec::new();
    }
    answer_calls(&cell.source)
        .into_iter()
        .map(|call| match call {
            AnswerCall::Literal(answer) => answer,
            AnswerCall::Unclear { at } => panic!("byte {at}: {}", cell.source),
        })
        .collect()
}

#[test]
fn every_notebook_asks_for_our_kernel() {
    for (name, notebook) in sources() {
        let kernel = &notebook.metadata["kernelspec"];
        assert_eq!(kernel["name"], "twoaxes", "{name}");
        assert_eq!(kernel["display_name"], "Rust (twoaxes)", "{name}");
        assert_eq!(kernel["language"], "rust", "{name}");
        assert_eq!(notebook.metadata["language_info"]["name"], "rust", "{name}");
        assert_eq!(notebook.minor, 5, "{name}");
    }
}

#[test]
fn headings_form_an_outline() {
    for (name, notebook) in sources() {
        let headings: Vec<usize> = notebook
            .cells
            .iter()
            .filter(|cell| !cell.is_code())
            .flat_map(|cell| heading_levels(&cell.source))
            .collect();
        assert_eq!(headings.first(), Some(&1), "{name} starts with its title");
        for pair in headings.windows(2) {
            assert!(pair[1] > 1, "{name} has one title");
            assert!(pair[1] <= pair[0] + 1, "{name} skips a level: {headings:?}");
        }
    }
}

/// The levels of the headings outside of code blocks.
fn heading_levels(markdown: &str) -> Vec<usize> {
    let mut in_code = false;
    let mut levels = Vec::new();
    for line in markdown.lines() {
        in_code ^= line.starts_with("```");
        let level = line.chars().take_while(|c| *c == '#').count();
        if !in_code && level > 0 && line[level..].starts_with(' ') {
            levels.push(level);
        }
    }
    levels
}

#[test]
fn every_answer_of_a_source_is_right_and_asked_once() {
    let mut seen = BTreeMap::new();
    for_each_cell(|place, cell| {
        for answer in answers(cell) {
            let verdict = quiz::check(&answer.question, &answer.choice).unwrap();
            assert!(verdict.is_correct(), "{place}: {verdict:?}");
            let before = seen.insert(answer.question.clone(), place.to_owned());
            assert_eq!(before, None, "{} is asked in {place} too", answer.question);
        }
    });
}

/// Questions in full above their answers, roles, points, no outputs.
#[test]
fn every_source_is_in_form() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks/source");
    let course = Course::read(&folder).unwrap();
    let made = course
        .make(|notebook| format::notebook(notebook, &course.bank))
        .unwrap();
    let differences = course::differences(&made, &folder).unwrap();
    let report: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert!(
        report.is_empty(),
        "run `twoaxes-grader format notebooks/source`: {report:#?}"
    );
}

/// What is in the bank is asked in a notebook, and what is scored adds up.
#[test]
fn every_question_and_exercise_of_the_bank_has_its_cell() {
    let mut answered = Vec::new();
    let mut checked = Vec::new();
    let mut scored = Vec::new();
    for_each_cell(|_, cell| {
        answered.extend(answers(cell).into_iter().map(|answer| answer.question));
        if cell.is_code() {
            let names = |function| {
                first_arguments(&cell.source, function)
                    .into_iter()
                    .map(|a| a.text)
            };
            checked.extend(names("exercise"));
            scored.extend(names("progress"));
        }
    });
    let bank = quiz::bank().unwrap();
    for question in bank.questions() {
        assert!(
            answered.contains(&question.id),
            "{} is never asked",
            question.id
        );
        assert!(
            scored.contains(&question.section),
            "{} has no score",
            question.section
        );
    }
    for exercise in bank.exercises() {
        assert!(
            checked.contains(&exercise.id),
            "{} is never checked",
            exercise.id
        );
    }
}

#[test]
fn quiz_cells_are_answers_and_checks_are_locked_and_end_in_their_points() {
    for_each_cell(|place, cell| {
        let grading = Grading::of(&cell.metadata, cell.kind.name()).unwrap();
        if !answers(cell).is_empty() {
            assert_eq!(grading.role, Role::Answer, "{place}");
        }
        if cell.source.contains("BEGIN SOLUTION") {
            assert_eq!(grading.role, Role::Answer, "{place}");
        }
        if grading.role == Role::Tests {
            assert_eq!(cell.metadata["nbgrader"]["locked"], true, "{place}");
            let last = cell.source.lines().last().unwrap().trim();
            let ends = ["points", ".points()"];
            assert!(
                ends.contains(&last),
                "{place}: the score is the cell's value"
            );
        }
    });
}
