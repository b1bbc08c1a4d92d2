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
mod stop;

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::Scope;
use std::time::Duration;

use anyhow::Context as _;

use crate::course::Course;
use crate::gradebook::{Gradebook, Late};
use crate::plan::Plan;
use crate::results::{Graded, Task};
use crate::run::{KernelCommand, Limits};
use crate::score::Lateness;
use crate::submissions::{Filter, Folder, Submission, nearest_first};

use intake::Intake;
use remote::Remote;
use rules::Rules;

pub use remote::Cluster;
pub use serve::serve;
pub use stop::{STATUS as STOPPED, Stop};

/// Between two looks whether to stop.
const LOOK: Duration = Duration::from_millis(50);

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
    /// Looked at all the time.
    pub stop: Stop,
}

/// What happens while grading, for whoever shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// So many submissions are looked at.
    Found(usize),
    /// One was graded, or was as before.
    Done {
        student: String,
        notebook: String,
        /// Whether there was something to do.
        is_new: bool,
    },
    /// Something that a person may want to know.
    Notice(String),
}

/// What came of it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Summary {
    pub graded: usize,
    /// Those of which only the lateness is another.
    pub moved: usize,
    /// Those that were as before.
    pub unchanged: usize,
    /// Who handed in what could not be read, and why.
    pub problems: Vec<String>,
    /// What a person gave for an answer that is another now.
    pub lapsed: Vec<String>,
    /// What lies among the submissions and is none.
    pub strange: Vec<String>,
    /// What could not be graded this time, and why.
    pub lost: Vec<String>,
    /// Whether somebody has ended it early.
    pub stopped: bool,
}

/// What comes of the work on a submission.
enum News {
    Graded(Box<Graded>),
    Unchanged {
        student: String,
        notebook: String,
    },
    Moved {
        student: String,
        notebook: String,
        late: Late,
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

    fn moved(submission: Submission, late: Late) -> Self {
        Self::Moved {
            student: submission.student,
            notebook: submission.notebook,
            late,
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
    let due = settings.lateness.due_of.keys();
    known(due, &names).context("--due cannot be used")?;
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
    let rules = rules::of(&course, &plans, &settings.kernel, settings.limits)?;
    if let Some(due) = settings.lateness.told() {
        tell(&Event::Notice(due));
    }
    if let Some(warning) = given_back(settings, &book)? {
        tell(&Event::Notice(warning));
    }
    tell(&Event::Found(folder.submissions.len()));
    let mut summary = Summary {
        strange: folder.strange,
        ..Summary::default()
    };

    let remote = match &settings.cluster {
        None => None,
        Some(cluster) => {
            let (kernel, limits) = (&settings.kernel, settings.limits);
            let setup = line::Setup::new(&course, kernel, limits, rules.together())?;
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
            let mut recorder = Recorder {
                book: &mut book,
                rules: &rules,
                summary: &mut summary,
            };
            recorder.record_all(done, &work, remote.as_ref(), &mut tell)
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
        match self.settings.stop.is_asked() {
            true => None,
            false => self.queue().next(),
        }
    }

    fn intake(&self) -> anyhow::Result<Intake<'a>> {
        Intake::open(self.settings, self.plans, self.rules)
    }

    fn queue(&self) -> MutexGuard<'_, std::vec::IntoIter<Submission>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one that writes down what came of the work.
struct Recorder<'a> {
    book: &'a mut Gradebook,
    rules: &'a Rules,
    summary: &'a mut Summary,
}

impl Recorder<'_> {
    /// Until there is no more, which is soon when somebody asks to stop.
    fn record_all(
        &mut self,
        done: Receiver<anyhow::Result<News>>,
        work: &Work<'_>,
        remote: Option<&Remote<'_>>,
        tell: &mut impl FnMut(&Event),
    ) -> anyhow::Result<()> {
        loop {
            match done.recv_timeout(LOOK) {
                Ok(Ok(news)) => tell(&self.record(news)?),
                // Whoever was ended in the middle complains.
                Ok(Err(_)) if work.settings.stop.is_asked() => {}
                Ok(Err(error)) => return Err(error),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if work.settings.stop.is_asked() {
                self.summary.stopped = true;
                if let Some(remote) = remote {
                    remote.stop();
                }
                // Also those that were just about to start.
                stop::end_children();
            }
        }
        self.summary.stopped |= work.settings.stop.is_asked();
        Ok(())
    }

    fn record(&mut self, news: News) -> anyhow::Result<Event> {
        let summary = &mut *self.summary;
        let (student, notebook, is_new) = match news {
            News::Unchanged { student, notebook } => {
                summary.unchanged += 1;
                (student, notebook, false)
            }
            News::Moved {
                student,
                notebook,
                late,
            } => {
                self.book.set_late(&student, &notebook, &late)?;
                summary.moved += 1;
                (student, notebook, false)
            }
            News::Graded(graded) => {
                let who = || format!("{} of {}", graded.notebook, graded.student);
                let recorded = self
                    .book
                    .record(&graded, self.rules.of(&graded.notebook))
                    .with_context(|| format!("cannot record {}", who()))?;
                for lapsed in recorded.lapsed {
                    let given = match lapsed.mark.points {
                        Some(points) => format!("{points} points"),
                        None => "a comment".to_owned(),
                    };
                    let task = &lapsed.task;
                    let lapsed = format!("{given} for {task:?} in {}", who());
                    summary.lapsed.push(lapsed);
                }
                summary.graded += 1;
                if let Some(why) = &graded.problem {
                    summary.problems.push(format!("{}: {why}", who()));
                }
                (graded.student, graded.notebook, true)
            }
            News::Lost {
                student,
                notebook,
                why,
            } => {
                summary.lost.push(format!("{notebook} of {student}: {why}"));
                (student, notebook, true)
            }
            News::Notice(text) => return Ok(Event::Notice(text)),
        };
        Ok(Event::Done {
            student,
            notebook,
            is_new,
        })
    }
}

/// What to say when points that lateness has taken are given back, since nothing
/// is due any more.
fn given_back(settings: &Settings, book: &Gradebook) -> anyhow::Result<Option<String>> {
    let is_wanted =
        |name: &String| settings.notebooks.is_empty() || settings.notebooks.contains(name);
    let taken: Vec<String> = book
        .taken_for_lateness()?
        .into_iter()
        .filter(|(name, _)| is_wanted(name) && !settings.lateness.takes(name))
        .map(|(name, results)| format!("{name}: {results}"))
        .collect();
    Ok((!taken.is_empty()).then(|| {
        format!(
            "warning: nothing is taken for lateness this time, and the gradebook has results that \
             lost points to it ({}); those of this run get them back. To keep it as it was, give \
             the same --due and --late-a-day again",
            taken.join(", ")
        )
    }))
}

/// Refuses a notebook that the course does not have.
fn known<'a>(wanted: impl IntoIterator<Item = &'a String>, names: &[&str]) -> anyhow::Result<()> {
    for name in wanted {
        if !names.contains(&name.as_str()) {
            anyhow::bail!(
                "the course has no notebook {name:?}; it has {}",
                nearest_first(name, names.iter().copied()).join(", ")
            );
        }
    }
    Ok(())
}
