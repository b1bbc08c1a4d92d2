//! The `results.json` of Gradescope's autograder, one for each student.
//!
//! Gradescope shows `output` to the student, so evidence, which may tell of
//! hidden tests, never goes in.

use serde::Serialize;

use super::words::{Standing, lateness, points_of};
use super::{Chosen, markup};
use crate::gradebook::{Entry, Student, Submission};
use crate::results::Task;

/// What Gradescope reads.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Results {
    /// The points after lateness.
    pub score: f64,
    /// The most points.
    pub max_score: f64,
    /// What concerns the submission as a whole.
    pub output: String,
    pub output_format: &'static str,
    pub visibility: &'static str,
    /// What the autograder's scripts print is for the instructor.
    pub stdout_visibility: &'static str,
    pub tests: Vec<Test>,
}

/// One task, as Gradescope lists it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Test {
    pub name: String,
    /// The notebook's place and the task's in it, from 1.
    pub number: String,
    /// Before lateness.
    pub score: f64,
    pub max_score: f64,
    /// Absent while a person has yet to mark it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    pub output: String,
    pub output_format: &'static str,
    pub visibility: &'static str,
    pub tags: Vec<String>,
}

const TEXT: &str = "text";
const VISIBLE: &str = "visible";

impl Results {
    /// What a student earned in the chosen notebooks.
    #[must_use]
    pub fn of(student: &Student, chosen: &Chosen<'_>) -> Self {
        let mut results = Self::empty();
        let mut output = Vec::new();
        for (place, notebook) in (1..).zip(&chosen.notebooks) {
            results.max_score += notebook.possible();
            let Some(submission) = student.submission(&notebook.name) else {
                output.push(format!("{} was not handed in.", notebook.name));
                continue;
            };
            results.score += submission.points();
            let sentences = submission.problem.clone().into_iter();
            let sentences = sentences.chain(lateness(submission.late, submission.share));
            output.extend(sentences.map(|sentence| format!("{}: {sentence}", notebook.name)));
            let entries = notebook.tasks.iter().zip(&submission.entries);
            let tests = (1..).zip(entries).map(|(number, (task, entry))| {
                test(submission, task, entry, format!("{place}.{number}"))
            });
            results.tests.extend(tests);
        }
        results.score = rounded(results.score);
        results.max_score = rounded(results.max_score);
        results.output = output.join("\n");
        results
    }

    /// No points, and a sentence that says why.
    #[must_use]
    pub fn problem(sentence: &str) -> Self {
        Self {
            output: sentence.to_owned(),
            ..Self::empty()
        }
    }

    /// As it stands in the file.
    ///
    /// # Errors
    /// Never in practice: every value has a form in JSON.
    pub fn to_json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    fn empty() -> Self {
        Self {
            score: 0.0,
            max_score: 0.0,
            output: String::new(),
            output_format: TEXT,
            visibility: VISIBLE,
            stdout_visibility: "hidden",
            tests: Vec::new(),
        }
    }
}

fn test(submission: &Submission, task: &Task, entry: &Entry, number: String) -> Test {
    let points = submission.before(entry);
    let status = points.map(|points| match points >= entry.possible - 1e-9 {
        true => "passed",
        false => "failed",
    });
    Test {
        name: task.title.clone(),
        number,
        score: rounded(points.unwrap_or(0.0)),
        max_score: rounded(entry.possible),
        status,
        output: output(submission, entry),
        output_format: TEXT,
        visibility: VISIBLE,
        tags: vec![submission.notebook.clone()],
    }
}

fn output(submission: &Submission, entry: &Entry) -> String {
    let standing = Standing::of(submission, entry);
    let points = points_of(submission.before(entry), entry.possible);
    let mut text = format!("{} {}: {points}", standing.sign(), standing.word());
    let item = entry.item.as_ref().filter(|_| submission.problem.is_none());
    let words = item.map_or_else(String::new, |item| markup::plain(&item.words));
    let comment = entry.mark.as_ref().map_or("", |mark| &mark.comment);
    for part in [words.as_str(), comment] {
        if !part.is_empty() {
            text.push_str(&format!("\n\n{part}"));
        }
    }
    text
}

fn rounded(points: f64) -> f64 {
    (points * 1e4).round() / 1e4
}
