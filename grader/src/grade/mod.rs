//! Grading a folder of submissions: what has changed, in parallel, into the
//! gradebook.
//!
//! Workers read and grade; one thread records, a transaction for each result, so
//! that whatever ends this process, what was recorded stays and the rest is graded
//! next time.

mod rules;
mod worker;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc;

use anyhow::Context as _;

use crate::course::Course;
use crate::gradebook::Gradebook;
use crate::plan::Plan;
use crate::run::{KernelCommand, Limits};
use crate::score::{Lateness, Task};
use crate::submissions::{Filter, Folder};

use worker::{Done, Worker};

/// What to grade, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    pub submissions: PathBuf,
    pub source: PathBuf,
    /// The folder with the gradebook.
    pub out: PathBuf,
    pub jobs: usize,
    pub kernel: KernelCommand,
    pub limits: Limits,
    pub lateness: Lateness,
    /// The only students and notebooks, if there are any.
    pub students: Vec<String>,
    pub notebooks: Vec<String>,
    /// Grade also what has not changed.
    pub again: bool,
}

/// What happens while grading, for whoever shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// So many submissions are looked at.
    Found(usize),
    /// One was graded, or was as before.
    Done { student: String, notebook: String },
}

/// What came of it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Summary {
    pub graded: usize,
    /// Those that were as before.
    pub unchanged: usize,
    /// Who handed in what could not be read, and why.
    pub problems: Vec<String>,
    /// What lies among the submissions and is none.
    pub strange: Vec<String>,
}

/// Grades what has changed.
///
/// # Errors
/// When the course, the submissions or the gradebook cannot be used, or when no
/// code can be run. What was recorded until then stays.
pub fn run(settings: &Settings, mut tell: impl FnMut(&Event)) -> anyhow::Result<Summary> {
    let course = Course::read(&settings.source)?;
    let plans = Plan::of_course(&course)?;
    let names: Vec<&str> = plans.iter().map(|plan| plan.notebook.as_str()).collect();
    known(&settings.notebooks, &names)?;
    let filter = Filter {
        students: &settings.students,
        notebooks: &settings.notebooks,
    };
    let folder = Folder::read(&settings.submissions, &names, &filter)?;
    let mut book = Gradebook::open(&settings.out)?;
    for plan in &plans {
        let tasks: Vec<Task> = plan.steps.iter().map(|step| step.task.clone()).collect();
        book.set_tasks(&plan.notebook, &tasks)?;
    }
    let rules = rules::of(&course, &plans, settings)?;
    tell(&Event::Found(folder.submissions.len()));
    let mut summary = Summary {
        strange: folder.strange,
        ..Summary::default()
    };

    let jobs = settings.jobs.clamp(1, folder.submissions.len().max(1));
    let queue = Mutex::new(folder.submissions.into_iter());
    // Bounded, so that what waits to be recorded stays small.
    let (results, done) = mpsc::sync_channel::<anyhow::Result<Done>>(jobs * 2);
    std::thread::scope(|scope| {
        for number in 0..jobs {
            let results = results.clone();
            let (queue, plans, rules) = (&queue, &plans, &rules);
            std::thread::Builder::new()
                .name(format!("grading {number}"))
                // Parsers of code recurse.
                .stack_size(256 << 20)
                .spawn_scoped(scope, move || {
                    Worker::new(settings, plans, rules).work(queue, &results);
                })
                .context("cannot start a thread to grade with")?;
        }
        drop(results);
        for one in done {
            let one = one?;
            tell(&record(one, &mut book, &rules, &mut summary)?);
        }
        Ok(summary)
    })
}

fn record(
    done: Done,
    book: &mut Gradebook,
    rules: &rules::Rules,
    summary: &mut Summary,
) -> anyhow::Result<Event> {
    let (student, notebook) = match done {
        Done::Unchanged { student, notebook } => {
            summary.unchanged += 1;
            (student, notebook)
        }
        Done::Graded(graded) => {
            let who = || format!("{} of {}", graded.notebook, graded.student);
            book.record(&graded, rules.of(&graded.notebook))
                .with_context(|| format!("cannot record {}", who()))?;
            summary.graded += 1;
            if let Some(why) = &graded.problem {
                summary.problems.push(format!("{}: {why}", who()));
            }
            (graded.student, graded.notebook)
        }
    };
    Ok(Event::Done { student, notebook })
}

/// Refuses a notebook that the course does not have.
fn known(wanted: &[String], names: &[&str]) -> anyhow::Result<()> {
    for name in wanted {
        if !names.contains(&name.as_str()) {
            anyhow::bail!(
                "the course has no notebook {name:?}; it has {}",
                names.join(", ")
            );
        }
    }
    Ok(())
}
