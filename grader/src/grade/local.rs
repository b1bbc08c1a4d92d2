//! A thread that grades one submission after another, with a kernel of its own.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};

use super::Settings;
use super::rules::Rules;
use crate::gradebook::Gradebook;
use crate::plan::Plan;
use crate::run::{Kernel, Session};
use crate::score::{self, Graded, Handed};
use crate::submissions::Submission;

/// A submission that was dealt with.
pub enum Done {
    Graded(Graded),
    Unchanged { student: String, notebook: String },
}

pub struct Worker<'a> {
    settings: &'a Settings,
    plans: &'a [Plan],
    rules: &'a Rules,
    /// Started when the first code is to be run.
    kernel: Option<Kernel>,
}

impl<'a> Worker<'a> {
    pub fn new(settings: &'a Settings, plans: &'a [Plan], rules: &'a Rules) -> Self {
        Self {
            settings,
            plans,
            rules,
            kernel: None,
        }
    }

    /// Grades until the queue is empty, or nobody takes results any more.
    pub fn work(
        mut self,
        queue: &Mutex<impl Iterator<Item = Submission>>,
        results: &SyncSender<anyhow::Result<Done>>,
    ) {
        let book = match Gradebook::existing(&self.settings.out) {
            Ok(book) => book,
            Err(error) => {
                let _ = results.send(Err(error.into()));
                return;
            }
        };
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(submission) = next else {
                return;
            };
            let Some(done) = self.one(&submission, &book).transpose() else {
                continue;
            };
            let failed = done.is_err();
            if results.send(done).is_err() || failed {
                return;
            }
        }
    }

    fn one(&mut self, submission: &Submission, book: &Gradebook) -> anyhow::Result<Option<Done>> {
        let mut plans = self.plans.iter();
        let Some(plan) = plans.find(|plan| plan.notebook == submission.notebook) else {
            return Ok(None);
        };
        let content = submission.read().map_err(|error| error.to_string());
        let digest = match &content {
            Ok(bytes) => Submission::digest(bytes),
            Err(why) => Submission::digest(why.as_bytes()),
        };
        let submitted = submission.submitted.map(|time| time.to_string());
        let before = book.basis(&submission.student, &submission.notebook)?;
        let is_same = before.is_some_and(|before| {
            before.digest == digest
                && before.submitted == submitted
                && before.rules == self.rules.of(&submission.notebook)
        });
        if is_same && !self.settings.again {
            return Ok(Some(Done::Unchanged {
                student: submission.student.clone(),
                notebook: submission.notebook.clone(),
            }));
        }
        let (late, share) = self
            .settings
            .lateness
            .of(&submission.notebook, submission.submitted);
        let handed = Handed {
            student: submission.student.clone(),
            digest,
            submitted,
            late,
            share,
            content,
        };
        self.grade(&handed, plan)
            .map(|graded| Some(Done::Graded(graded)))
    }

    /// Grades; a fault of the grader's own costs nobody else their points.
    fn grade(&mut self, handed: &Handed, plan: &Plan) -> anyhow::Result<Graded> {
        let (settings, kernel) = (self.settings, &mut self.kernel);
        let graded = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let mut session = Session::new(&settings.kernel, kernel, settings.limits);
            score::grade(handed, plan, &mut session)
        }));
        graded.unwrap_or_else(|_| {
            self.kernel = None;
            let why = "The grader itself failed over this file, which is a fault of the grader: \
                       please report it.";
            let nothing = Handed {
                content: Err(why.to_owned()),
                ..handed.clone()
            };
            let mut session = Session::new(&settings.kernel, &mut self.kernel, settings.limits);
            score::grade(&nothing, plan, &mut session)
        })
    }
}
