//! The proof of a course: its solutions earn all points, and what students start
//! from earns none.
//!
//! Both are graded as submissions are, by `score` in the sandbox of `run`. What a
//! person marks is left out.

use std::fmt;

use crate::course::{Course, Made};
use crate::notebook;
use crate::plan::Plan;
use crate::results::{Item, TaskKind};
use crate::run::{Kernel, KernelCommand, Limits, Session};
use crate::score::{self, Handed, Stubs};

/// A task that does not give what it should.
#[derive(Debug, Clone, PartialEq)]
pub struct Flaw {
    pub notebook: String,
    pub task: String,
    pub who: Who,
    pub earned: f64,
    pub possible: f64,
    /// What a student would read.
    pub words: String,
}

/// Whose answers were graded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The author's, which should earn everything.
    Source,
    /// Nobody's, which should earn nothing.
    Release,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (who, should) = match self.who {
            Who::Source => ("the solution", "all"),
            Who::Release => ("what students start from", "none"),
        };
        write!(
            f,
            "{}: {who} earns {} of {} points at {:?}, and should earn {should}",
            self.notebook, self.earned, self.possible, self.task
        )?;
        match self.words.is_empty() {
            true => Ok(()),
            false => write!(f, ":\n{}", self.words),
        }
    }
}

/// Grades the course's own solutions, and `released`, what was made of it.
///
/// # Errors
/// When nothing can be run.
pub fn flaws(
    course: &Course,
    released: &[Made],
    command: &KernelCommand,
    limits: Limits,
) -> anyhow::Result<Vec<Flaw>> {
    let plans = Plan::of_course(course)?;
    let mut kernel = None;
    let mut found = Vec::new();
    for (plan, (_, source)) in plans.iter().zip(&course.notebooks) {
        let source = notebook::to_json(source)?;
        let release = released
            .iter()
            .find(|made| made.name.with_extension("").to_string_lossy() == plan.notebook);
        let release = release.map(|made| (Who::Release, made.text.clone()));
        for (who, text) in [(Who::Source, source)].into_iter().chain(release) {
            found.extend(of_one(plan, who, text, command, &mut kernel, limits)?);
        }
    }
    Ok(found)
}

fn of_one(
    plan: &Plan,
    who: Who,
    text: String,
    command: &KernelCommand,
    kernel: &mut Option<Kernel>,
    limits: Limits,
) -> anyhow::Result<Vec<Flaw>> {
    let handed = Handed {
        student: "the author".to_owned(),
        digest: String::new(),
        submitted: None,
        late: 0,
        share: 1.0,
        content: Ok(text.into_bytes()),
    };
    let mut session = Session::new(command, kernel, limits);
    let graded = score::grade_with(&handed, plan, &mut session, Stubs::AreTried)?;
    let tasks = plan.steps.iter().map(|step| &step.task);
    let flaws = tasks
        .zip(graded.items)
        .filter(|(task, _)| task.kind != TaskKind::Manual)
        .filter_map(|(task, item)| {
            let earned = item.earned.unwrap_or_default();
            let is_right = match who {
                Who::Source => earned >= task.possible,
                Who::Release => earned <= 0.0,
            };
            (!is_right).then(|| Flaw {
                notebook: plan.notebook.clone(),
                task: task.name.clone(),
                who,
                earned,
                possible: task.possible,
                words: told(item),
            })
        });
    Ok(flaws.collect())
}

/// The author may know what the hidden tests say.
fn told(item: Item) -> String {
    match item.evidence.is_empty() {
        true => item.words,
        false => format!("{}\n{}", item.words, item.evidence),
    }
}
