//! One submission, from its bytes to what it earned.

use super::answers::Answers;
use super::exercise::{self, Stubs};
use super::judge::judge;
use crate::notebook::{self, NotebookError};
use crate::plan::{How, Plan, Step};
use crate::results::{Graded, Item, Verdict};
use crate::run::Session;

/// What was handed in.
#[derive(Debug, Clone)]
pub struct Handed {
    pub student: String,
    /// SHA-256 of the file.
    pub digest: String,
    /// As RFC 3339.
    pub submitted: Option<String>,
    /// How late it was, in seconds, and what share of the points is left.
    pub late: u64,
    pub share: f64,
    /// The file, or why it was not read.
    pub content: Result<Vec<u8>, String>,
}

/// Why a file is no notebook, for whoever handed it in.
fn problem(error: &NotebookError) -> String {
    match error {
        NotebookError::Json(why) if why.is_eof() => format!(
            "The file is incomplete: save the notebook, and hand it in again. (It is not JSON: {why}.)"
        ),
        error => format!("The file {error}."),
    }
}

/// Grades a submission for the notebook of `plan`.
///
/// # Errors
/// When nothing can be run at all, whoever wrote it.
pub fn grade(handed: &Handed, plan: &Plan, session: &mut Session<'_>) -> anyhow::Result<Graded> {
    grade_with(handed, plan, session, Stubs::AreNothing)
}

/// As [`grade`], and says what cells are worth that are as students got them.
///
/// # Errors
/// As [`grade`].
pub fn grade_with(
    handed: &Handed,
    plan: &Plan,
    session: &mut Session<'_>,
    stubs: Stubs,
) -> anyhow::Result<Graded> {
    let mut graded = Graded {
        student: handed.student.clone(),
        notebook: plan.notebook.clone(),
        digest: handed.digest.clone(),
        submitted: handed.submitted.clone(),
        problem: None,
        remarks: Vec::new(),
        items: Vec::new(),
        share: handed.share,
        late: handed.late,
        seconds: 0.0,
    };
    let notebook = match &handed.content {
        Ok(bytes) => notebook::parse(bytes).map_err(|error| problem(&error)),
        Err(why) => Err(why.clone()),
    };
    match notebook {
        Ok(notebook) => {
            let answers = Answers::of(&notebook, plan);
            for step in &plan.steps {
                graded
                    .items
                    .push(item(step, plan, &answers, session, stubs)?);
            }
            graded.remarks = answers.remarks;
        }
        Err(why) => {
            graded.items = plan.steps.iter().map(unread).collect();
            graded.problem = Some(why);
        }
    }
    graded.seconds = session.elapsed().as_secs_f64();
    Ok(graded)
}

fn item(
    step: &Step,
    plan: &Plan,
    answers: &Answers,
    session: &mut Session<'_>,
    stubs: Stubs,
) -> anyhow::Result<Item> {
    let item = match &step.how {
        How::Judge { question, answer } => judge(question, step.task.possible, answers, *answer),
        How::Try(check) => {
            let text = |index| answers.text(index);
            let mut item = exercise::attempt(&step.task, check, plan, session, stubs, text)?;
            if item.verdict == Verdict::NotCompiled {
                item.words.push_str(&answers.told_of_own_cells(&item.words));
            }
            item
        }
        How::Read { answer } => to_be_read(step, plan, answers, *answer),
    };
    Ok(clipped(item))
}

/// The most bytes of a text that a gradebook keeps.
const LONGEST: usize = 64 << 10;

fn clipped(mut item: Item) -> Item {
    for text in [
        &mut item.answer,
        &mut item.said,
        &mut item.words,
        &mut item.evidence,
    ] {
        if text.len() > LONGEST {
            text.truncate(text.floor_char_boundary(LONGEST));
            text.push_str(" .. [and more]");
        }
    }
    item
}

/// What a person has to mark, unless nothing was written.
fn to_be_read(step: &Step, plan: &Plan, answers: &Answers, answer: Option<usize>) -> Item {
    let text = answer.map(|index| answers.text(index)).unwrap_or_default();
    let stub = answer.and_then(|index| plan.answers.get(index));
    let untouched =
        stub.is_some_and(|cell| text.trim().is_empty() || text.trim() == cell.stub.trim());
    Item {
        name: step.task.name.clone(),
        earned: untouched.then_some(0.0),
        verdict: match untouched {
            true => Verdict::Unanswered,
            false => Verdict::Pending,
        },
        answer: text.to_owned(),
        said: String::new(),
        words: match untouched {
            true => "Nothing was written here.".to_owned(),
            false => String::new(),
        },
        evidence: String::new(),
    }
}

fn unread(step: &Step) -> Item {
    Item {
        name: step.task.name.clone(),
        earned: Some(0.0),
        verdict: Verdict::Unanswered,
        answer: String::new(),
        said: String::new(),
        words: String::new(),
        evidence: String::new(),
    }
}
