//! Exercises: code that a student has written is tried out, case by case, and
//! gets points.
//!
//! A checking cell names the exercise, tries cases, and ends in the points:
//!
//! ```
//! use twoaxes::prelude::*;
//!
//! fn ticks(requests: u64, compute: u64, wait: u64) -> u64 {
//!     requests * compute + wait
//! }
//!
//! let points = exercise("start-ticks")
//!     .equal(1, "3 requests", || ticks(3, 5, 2), 17)
//!     .case(1, "nothing to do takes no time", || ticks(0, 5, 2) == 0)
//!     .points();
//! assert_eq!(points, 1);
//! ```
//!
//! Whatever the student's code does, the cell ends in a number: a case that
//! panics, or takes too long, fails and says so, and one that meets `todo!()` is
//! not attempted. Only what ends the process (an abort, a stack that overflows)
//! is out of reach.
//!
//! This room uses [`crate::quiz`] for what an exercise is, `model` for closures
//! under a checker, and [`crate::notebook`] to show the card. It notes points in
//! the ledger, which counts for nobody but the student: a grader takes the
//! cell's value.

mod attempt;
mod card;
#[cfg(test)]
mod tests;

use std::fmt::{Debug, Display};
use std::mem::ManuallyDrop;
use std::sync::Arc;

use attempt::{Fault, Patience};

use crate::ledger::{self, Mark};
use crate::model::check::{Check, Verdict};
use crate::notebook;
use crate::quiz;

/// Begins to check the exercise `id`.
pub fn exercise(id: &str) -> Exercise {
    let (known, problem) = match quiz::find_exercise(id) {
        Ok(known) => (Some(known), None),
        Err(error) => (None, Some(error.to_string())),
    };
    Exercise {
        id: id.to_owned(),
        known,
        problem,
        untried: None,
        cases: Vec::new(),
    }
}

/// An exercise whose cases are being tried; see [`exercise`].
#[derive(Debug)]
#[must_use = "end with `.points()`, which shows the card"]
pub struct Exercise {
    id: String,
    /// What the bank says of it.
    known: Option<quiz::Exercise>,
    /// Why the exercise is not known.
    problem: Option<String>,
    /// Why nothing is tried, if so.
    untried: Option<Untried>,
    cases: Vec<Case>,
}

/// Why no case is tried, in a sentence.
#[derive(Debug)]
enum Untried {
    /// Something has to be filled in first.
    Missing(String),
    /// The code cannot be checked as it stands.
    Uncheckable(String),
}

/// A case that has been tried.
#[derive(Debug)]
struct Case {
    what: String,
    points: u32,
    outcome: Result<(), Fault>,
    /// What a checker says of a case that has passed.
    found: Option<String>,
}

/// What a case can come to: `bool`, or a `Result` whose error says what is
/// wrong.
pub trait Judged {
    /// `Err` with what is wrong.
    #[allow(clippy::missing_errors_doc)]
    fn judged(self) -> Result<(), String>;
}

impl Judged for bool {
    fn judged(self) -> Result<(), String> {
        if self {
            Ok(())
        } else {
            Err("This does not hold.".to_owned())
        }
    }
}

impl<E: Display> Judged for Result<(), E> {
    fn judged(self) -> Result<(), String> {
        self.map_err(|error| error.to_string())
    }
}

// What is generic is compiled with every cell that calls it. So it only makes a
// closure of one type; and while it does, the exercise is not to be dropped, or
// every cell would compile how to do that, for a lack of memory that never comes.
impl Exercise {
    /// Tries nothing unless `filled_in` holds; `sentence` says what to fill in.
    pub fn needs(mut self, filled_in: bool, sentence: &str) -> Self {
        if !filled_in && self.untried.is_none() {
            self.untried = Some(Untried::Missing(sentence.to_owned()));
        }
        self
    }

    /// Tries nothing if `trial`, a first check of the code, had to give up, or
    /// looked at fewer than `executions` without finding a failure: then the
    /// checker does not see what the threads do. The card says why.
    pub fn checkable(mut self, trial: &Verdict, executions: u64) -> Self {
        let why = match trial.reason() {
            Some(_) => format!("It could not be checked {}.", trial.summary()),
            None if trial.passed() && trial.executions() < executions => {
                "The checker sees no step that the threads share: take `Mutex`, atomics and \
                 channels from `shuttle`, and not from `std`."
                    .to_owned()
            }
            None => return self,
        };
        if self.untried.is_none() {
            self.untried = Some(Untried::Uncheckable(why));
        }
        self
    }

    /// A case worth `points`: `run` gives `expected`.
    pub fn equal<T>(
        self,
        points: u32,
        what: &str,
        run: impl FnOnce() -> T + Send + 'static,
        expected: T,
    ) -> Self
    where
        T: PartialEq + Debug + Send + 'static,
    {
        let this = ManuallyDrop::new(self);
        let compared = Box::new(move || {
            let got = run();
            match got == expected {
                true => Ok(()),
                false => Err(attempt::differ(&expected, &got)),
            }
        });
        ManuallyDrop::into_inner(this).attempt(points, what, compared)
    }

    /// A case worth `points`: `run` returns `true`, or `Ok(())`, or what is
    /// wrong.
    pub fn case<J: Judged>(
        self,
        points: u32,
        what: &str,
        run: impl FnOnce() -> J + Send + 'static,
    ) -> Self {
        let this = ManuallyDrop::new(self);
        let judged = Box::new(move || run().judged());
        ManuallyDrop::into_inner(this).attempt(points, what, judged)
    }

    /// A case worth `points`: no execution of `closure` that `check` looks at
    /// fails. One that does is shown with its schedule. A search of every
    /// schedule that came to no end is followed by one of schedules by lot: the
    /// first ones, depth first, are all alike.
    pub fn checked(
        self,
        points: u32,
        what: &str,
        check: &Check,
        closure: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let this = ManuallyDrop::new(self);
        let closure = Arc::new(closure);
        ManuallyDrop::into_inner(this).explore(points, what, check, closure)
    }

    fn explore(
        mut self,
        points: u32,
        what: &str,
        check: &Check,
        closure: attempt::Closure,
    ) -> Self {
        if let Some(outcome) = self.unless_skipped() {
            let explored = outcome.and_then(|()| attempt::explored(check, closure));
            let (outcome, found) = match explored {
                Ok(found) => (Ok(()), Some(found)),
                Err(fault) => (Err(fault), None),
            };
            self.note(points, what, outcome);
            if let Some(case) = self.cases.last_mut() {
                case.found = found;
            }
        }
        self
    }

    fn attempt(mut self, points: u32, what: &str, run: attempt::Run) -> Self {
        if let Some(outcome) = self.unless_skipped() {
            let outcome = outcome.and_then(|()| attempt::attempt(run, Patience::default()));
            self.note(points, what, outcome);
        }
        self
    }

    /// `None` when nothing is to be tried, an error when this case is not.
    fn unless_skipped(&self) -> Option<Result<(), Fault>> {
        if self.untried.is_some() {
            return None;
        }
        let endless =
            |case: &Case| matches!(case.outcome, Err(Fault::Endless(_) | Fault::Stuck(_)));
        Some(match self.cases.iter().any(endless) {
            true => Err(Fault::Skipped),
            false => Ok(()),
        })
    }

    fn note(&mut self, points: u32, what: &str, outcome: Result<(), Fault>) {
        self.cases.push(Case {
            what: what.to_owned(),
            points,
            outcome,
            found: None,
        });
    }

    /// Shows how the cases went, and returns the points: 0 for an exercise that
    /// was not attempted.
    #[must_use = "the points are the value of the cell"]
    pub fn points(self) -> u32 {
        let mark = match self.is_untouched() {
            true => Mark::Untouched,
            false => Mark::Points {
                got: self.got(),
                of: self.visible(),
            },
        };
        ledger::record(&self.id, mark, "");
        notebook::display(&self);
        self.got()
    }

    fn is_untouched(&self) -> bool {
        let unwritten = |case: &Case| matches!(case.outcome, Err(Fault::NotWritten));
        match self.untried {
            Some(Untried::Missing(_)) => true,
            Some(Untried::Uncheckable(_)) => false,
            None => self.cases.iter().all(unwritten),
        }
    }

    /// The points of all cases, hidden ones among them.
    fn most(&self) -> u32 {
        let known = self.known.as_ref().map(|known| known.points);
        known.unwrap_or_else(|| self.visible())
    }

    fn got(&self) -> u32 {
        let passed = self.cases.iter().filter(|case| case.outcome.is_ok());
        passed.fold(0, |sum, case| sum.saturating_add(case.points))
    }

    /// The points of the cases that are here.
    fn visible(&self) -> u32 {
        let points = self.cases.iter().map(|case| case.points);
        points.fold(0, u32::saturating_add)
    }
}
