//! What grading finds out: tasks, and what a submission earned at each.

use serde::{Deserialize, Serialize};

/// Something in a notebook that points are given for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The notebook's name, without `.ipynb`.
    pub notebook: String,
    /// The question's name in the bank, or the `grade_id` of the cell that
    /// checks or that a person marks. Unique in its notebook.
    pub name: String,
    pub kind: TaskKind,
    /// For people; the name where there is nothing better.
    pub title: String,
    /// What is asked, in Markdown; empty where the notebook alone says it.
    pub prompt: String,
    /// The most points.
    pub possible: f64,
    /// The options of a question, in the order of the bank: letter and text.
    pub options: Vec<(String, String)>,
}

/// How points are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// A literal answer, judged by the question bank.
    Question,
    /// Code, tried by a checking cell.
    Exercise,
    /// A person's marks.
    Manual,
}

/// What came of grading one notebook of one student.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graded {
    pub student: String,
    /// The notebook's name, without `.ipynb`.
    pub notebook: String,
    /// SHA-256 of the submitted file, in hexadecimal.
    pub digest: String,
    /// When it was handed in, as RFC 3339 in UTC; `None` if nobody knows.
    pub submitted: Option<String>,
    /// Why nothing of it could be graded, in a sentence.
    pub problem: Option<String>,
    /// What the instructor should know: a cell that is there twice, a check
    /// that was changed (and had no effect).
    pub remarks: Vec<String>,
    /// One for each task of the notebook, in its order.
    pub items: Vec<Item>,
    /// What lateness leaves of the points: 1.0 for nothing taken.
    pub share: f64,
    /// How late it was, in seconds; 0 for in time.
    pub late: u64,
    /// How long grading took, in seconds.
    pub seconds: f64,
}

/// What a submission earned at one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The task's name.
    pub name: String,
    /// The points, before lateness; `None` while a person has yet to mark it.
    pub earned: Option<f64>,
    pub verdict: Verdict,
    /// What the student wrote: the choice, or the code of the answer cells. For
    /// a question whose options were shuffled, in the letters of the bank.
    pub answer: String,
    /// The choice in the student's own letters, where those differ.
    #[serde(default)]
    pub said: String,
    /// For the student: hint, explanation, failing case with its line.
    pub words: String,
    /// For the instructor alone: how it ended, hidden tests included.
    pub evidence: String,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All points.
    Right,
    /// Some points.
    Partly,
    /// An answer without points.
    Wrong,
    /// Nothing was answered, or the exercise was not begun.
    Unanswered,
    /// No answer to a question of this kind, or no literal.
    Unreadable,
    /// The code holds what is not run here; `words` says what.
    Refused,
    /// The code did not compile.
    NotCompiled,
    /// The code was ended: a limit, a crash, an `exit`.
    Ended,
    /// A person has yet to mark it.
    Pending,
}
