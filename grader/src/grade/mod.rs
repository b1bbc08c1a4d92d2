//! Grading a folder of submissions: what has changed, in parallel, into the
//! gradebook.
//!
//! Workers read and grade; one thread records, a transaction for each result, so
//! that whatever ends this process, what was recorded stays and the rest is graded
//! next time. Workers are threads here (`local`), or machines of a Dask cluster
//! (`remote`), on which the same grader runs (`serve`).

mod grading;
mod intake;
mod line;
mod local;
mod remote;
mod rules;
mod serve;

use std::path::PathBuf;
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::Scope;

use anyhow::Context as _;

use crate::course::Course;
use crate::gradebook::Gradebook;
use crate::plan::Plan;
use crate::results::{Graded, Task};
use crate::run::{KernelCommand, Limits};
use crate::score::Lateness;
use crate::submissions::{Filter, Folder, Submission};

use intake::Intake;
use remote::Remote;
use rules::Rules;

pub use remote::Cluster;
pub use serve::serve;

/// What to grade, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    pub submissions: PathBuf,
    pub source: PathBuf,
    /// The folder with the gradebook.
    pub out: PathBuf,
    pub jobs: usize,
    /// Who grades, if not this machine.
    pub cluster: Option<Cluster>,
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
    /// Something that a person may want to know.
    Notice(String),
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
    /// What could not be graded this time, and why.
    pub lost: Vec<String>,
}

/// What comes of the work on a submission.
enum News {
    Graded(Box<Graded>),
    Unchanged {
        student: String,
        notebook: String,
    },
    Lost {
        student: String,
        notebook: String,
        why: String,
    },
    Notice(String),
}

impl News {
    fn unchanged(submission: Submission) -> Self {
        Self::Unchanged {
            student: submission.student,
            notebook: submission.notebook,
        }
    }
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
    let rules_with =
        |lateness| rules::of(&course, &plans, &settings.kernel, settings.limits, lateness);
    let rules = rules_with(&settings.lateness)?;
    tell(&Event::Found(folder.submissions.len()));
    let mut summary = Summary {
        strange: folder.strange,
        ..Summary::default()
    };

    let remote = match &settings.cluster {
        None => None,
        Some(cluster) => {
            let without_lateness = rules_with(&Lateness::default())?.together();
            let (kernel, limits) = (&settings.kernel, settings.limits);
            let setup = line::Setup::new(&course, kernel, limits, without_lateness)?;
            Some(Remote::new(cluster, &setup)?)
        }
    };
    let work = Work {
        settings,
        plans: &plans,
        rules: &rules,
        queue: Mutex::new(folder.submissions.into_iter()),
    };
    // Bounded, so that what waits to be recorded stays small.
    let (results, done) = mpsc::sync_channel(64);
    std::thread::scope(|scope| {
        let begun = match &remote {
            None => work.here(scope, &results),
            Some(remote) => work.there(scope, remote, &results),
        };
        drop(results);
        let recorded = begun.and_then(|()| {
            done.into_iter().try_for_each(|news| {
                tell(&record(news?, &mut book, &rules, &mut summary)?);
                Ok(())
            })
        });
        if let Some(remote) = &remote {
            remote.stop();
        }
        recorded.map(|()| summary)
    })
}

/// What there is to do, for the threads that do it.
struct Work<'a> {
    settings: &'a Settings,
    plans: &'a [Plan],
    rules: &'a Rules,
    queue: Mutex<std::vec::IntoIter<Submission>>,
}

type Results = SyncSender<anyhow::Result<News>>;

impl<'a> Work<'a> {
    /// Grades on this machine.
    fn here<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        results: &Results,
    ) -> anyhow::Result<()> {
        let submissions = self.queue().len();
        for number in 0..self.settings.jobs.clamp(1, submissions.max(1)) {
            let results = results.clone();
            std::thread::Builder::new()
                .name(format!("grading {number}"))
                .stack_size(grading::STACK)
                .spawn_scoped(scope, move || local::grade(self, &results))
                .context("cannot start a thread to grade with")?;
        }
        Ok(())
    }

    /// Has others grade.
    fn there<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        remote: &'scope Remote<'scope>,
        results: &Results,
    ) -> anyhow::Result<()> {
        let results = results.clone();
        std::thread::Builder::new()
            .name("sending".to_owned())
            .stack_size(grading::STACK)
            .spawn_scoped(scope, move || remote.send(scope, self, &results))
            .context("cannot start a thread to send submissions")?;
        Ok(())
    }

    fn next(&self) -> Option<Submission> {
        self.queue().next()
    }

    fn intake(&self) -> anyhow::Result<Intake<'a>> {
        Intake::open(self.settings, self.plans, self.rules)
    }

    fn queue(&self) -> MutexGuard<'_, std::vec::IntoIter<Submission>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn record(
    news: News,
    book: &mut Gradebook,
    rules: &Rules,
    summary: &mut Summary,
) -> anyhow::Result<Event> {
    Ok(match news {
        News::Unchanged { student, notebook } => {
            summary.unchanged += 1;
            Event::Done { student, notebook }
        }
        News::Graded(graded) => {
            let who = || format!("{} of {}", graded.notebook, graded.student);
            book.record(&graded, rules.of(&graded.notebook))
                .with_context(|| format!("cannot record {}", who()))?;
            summary.graded += 1;
            if let Some(why) = &graded.problem {
                summary.problems.push(format!("{}: {why}", who()));
            }
            Event::Done {
                student: graded.student,
                notebook: graded.notebook,
            }
        }
        News::Lost {
            student,
            notebook,
            why,
        } => {
            summary.lost.push(format!("{notebook} of {student}: {why}"));
            Event::Done { student, notebook }
        }
        News::Notice(text) => Event::Notice(text),
    })
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
