//! One submission, from its bytes to what it earned.

use super::answers::Answers;
use super::exercise;
use super::judge::judge;
use crate::notebook;
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

/// Grades a submission for the notebook of `plan`.
///
/// # Errors
/// When nothing can be run at all, whoever wrote it.
pub fn grade(handed: &Handed, plan: &Plan, session: &mut Session<'_>) -> anyhow::Result<Graded> {
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
        Ok(bytes) => notebook::parse(bytes).map_err(|error| format!("The file {error}.")),
        Err(why) => Err(why.clone()),
    };
    match notebook {
        Ok(notebook) => {
            let answers = Answers::of(&notebook, plan);
            for step in &plan.steps {
                graded.items.push(item(step, plan, &answers, session)?);
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
) -> anyhow::Result<Item> {
    Ok(match &step.how {
        How::Judge { question, answer } => judge(question, step.task.possible, answers, *answer),
        How::Try(check) => exercise::attempt(&step.task, check, plan, session, |index| {
            answers.text(index)
        })?,
        How::Read { answer } => to_be_read(step, plan, answers, *answer),
    })
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
        words: String::new(),
        evidence: String::new(),
    }
}
