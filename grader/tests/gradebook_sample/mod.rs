//! Made-up results for the tests of gradebook and reports.

#![allow(clippy::unwrap_used, clippy::panic, dead_code)]

use tempfile::TempDir;
use twoaxes_grader::gradebook::Gradebook;
use twoaxes_grader::results::{Graded, Item, Task, TaskKind, Verdict};

/// A folder with a gradebook that knows two notebooks, `bar` and `final`, each
/// with a question (1 point), an exercise (4) and an essay (5).
pub struct Book {
    pub folder: TempDir,
    pub book: Gradebook,
}

impl Book {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut book = Gradebook::open(folder.path()).unwrap();
        for notebook in ["bar", "final"] {
            book.set_tasks(notebook, &tasks(notebook)).unwrap();
        }
        Self { folder, book }
    }

    pub fn again(&self) -> Gradebook {
        Gradebook::existing(self.folder.path()).unwrap()
    }
}

pub fn tasks(notebook: &str) -> Vec<Task> {
    let task = |name: &str, kind, possible| Task {
        notebook: notebook.to_owned(),
        name: name.to_owned(),
        kind,
        title: format!("The {name}"),
        prompt: format!("What is `{name}`?"),
        possible,
        options: Vec::new(),
    };
    let mut question = task("quiz", TaskKind::Question, 1.0);
    question.options = [("A", "one"), ("B", "two"), ("C", "three")]
        .map(|(letter, text)| (letter.to_owned(), text.to_owned()))
        .to_vec();
    vec![
        question,
        task("code", TaskKind::Exercise, 4.0),
        task("essay", TaskKind::Manual, 5.0),
    ]
}

pub fn item(name: &str, earned: impl Into<Option<f64>>, verdict: Verdict, answer: &str) -> Item {
    Item {
        name: name.to_owned(),
        earned: earned.into(),
        verdict,
        answer: answer.to_owned(),
        said: String::new(),
        words: format!("Words on {name}."),
        evidence: "SECRET evidence".to_owned(),
    }
}

/// Right question, half of the exercise, an essay that waits.
pub fn graded(student: &str, notebook: &str) -> Graded {
    Graded {
        student: student.to_owned(),
        notebook: notebook.to_owned(),
        digest: "d1".to_owned(),
        submitted: Some("2026-08-06T10:00:00Z".to_owned()),
        problem: None,
        remarks: Vec::new(),
        items: vec![
            item("quiz", 1.0, Verdict::Right, "B"),
            item("code", 2.0, Verdict::Partly, "fn f() {}"),
            item("essay", None, Verdict::Pending, "It depends."),
        ],
        share: 1.0,
        late: 0,
        seconds: 0.5,
    }
}

pub fn problem(student: &str, notebook: &str, sentence: &str) -> Graded {
    Graded {
        problem: Some(sentence.to_owned()),
        items: Vec::new(),
        digest: "broken".to_owned(),
        ..graded(student, notebook)
    }
}
