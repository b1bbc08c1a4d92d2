//! Questions, answers, verdicts, and progress through a section.
//!
//! The questions live in TOML files under `bank/`, which are built into the
//! crate; a notebook can bring more ([`questions`]). A cell answers one with
//! `answer("barista-1", "B");` and sees at once whether that is right, and if
//! not, a hint that fits the mistake. [`check`] is the same as a pure function,
//! for the grader.
//!
//! What a student reads of a question and its key are two things: of a question
//! whose feedback comes later, the key never reaches the student, and an answer
//! is only taken down ([`Outcome::Recorded`]).
//!
//! This room uses [`crate::notebook`] to show cards, [`crate::widgets`] for what can be
//! clicked, notes answers in the ledger, and uses nothing of the simulators. It judges only what it is
//! handed: it reads no output of a cell, and never fails on any answer.

mod bank;
mod card;
mod clickable;
mod judge;
mod key;
mod load;
mod markdown;
mod parse;
mod progress;
mod session;
mod students;
#[cfg(test)]
mod tests;
mod variant;

use std::fmt::Display;
use std::io;
use std::path::Path;

pub use bank::{Bank, Exercise, Feedback, Form, Given, Key, Mistake, Question, Right, Tolerance};
pub use judge::{Outcome, QuizError, Verdict};
pub use load::BankError;

use crate::ledger::{self, Mark};
use crate::notebook::{self, MimeBundle, Rich};
use progress::Progress;

/// The answer that stands for "not answered yet".
pub const UNANSWERED: &str = "?";

/// Answers the question `id` and shows the verdict, with a hint if the answer
/// is wrong. `"?"` stands for "not answered yet".
///
/// ```
/// use twoaxes::prelude::*;
///
/// answer("barista-1", "?");
/// ```
///
/// As long as it is not answered, most questions can be clicked below: that says what an
/// answer would be told, and counts for nothing.
pub fn answer(id: &str, answer: impl Display) {
    let answer = answer.to_string();
    show(&answered(id, &answer));
    match answer.trim() == UNANSWERED {
        true => offer(id),
        false => clickable::take_back(),
    }
}

fn offer(id: &str) {
    if let Ok(question) = session::question(id) {
        clickable::offer(&question);
    }
}

// The work of `answer` and its like, apart so that a cell does not compile it.

fn show(made: &Result<MimeBundle, QuizError>) {
    match made {
        Ok(card) => notebook::display(&Shown(card)),
        Err(error) => notebook::display(&Shown(&card::problem(error))),
    }
}

struct Shown<'a>(&'a MimeBundle);

impl Rich for Shown<'_> {
    fn mime_bundle(&self) -> MimeBundle {
        self.0.clone()
    }
}

fn answered(id: &str, answer: &str) -> Result<MimeBundle, QuizError> {
    let verdict = check(id, answer)?;
    let question = &verdict.question;
    let mark = match (mark(&verdict.outcome), &question.form) {
        // The card must not give away what the next cell measures.
        (Mark::Right | Mark::Wrong, Form::Predict { .. }) => Mark::Predicted,
        (mark, _) => mark,
    };
    let clash = ledger::record(question.name(), mark, answer.trim());
    let far = Progress::of(&question.section).ok();
    Ok(match mark {
        Mark::Predicted => card::noted(&verdict, far.as_ref(), clash.as_ref()),
        _ => card::answered(&verdict, far.as_ref(), clash.as_ref()),
    })
}

fn mark(outcome: &Outcome) -> Mark {
    match outcome {
        Outcome::Correct { .. } => Mark::Right,
        Outcome::Wrong { .. } => Mark::Wrong,
        Outcome::Recorded => Mark::Recorded,
        Outcome::Unanswered { .. } => Mark::Untouched,
        Outcome::Unreadable { .. } => Mark::Unreadable,
    }
}

/// Shows what a run has measured beside the prediction that was given as the
/// answer to the question `id`, and the verdict on it.
///
/// ```
/// use twoaxes::prelude::*;
///
/// answer("workers-5", "2");
/// quiz::measured("workers-5", workers::simulate(8, 10, 2).speedup());
/// ```
pub fn measured(id: &str, value: f64) {
    show(&compared(id, value));
}

fn compared(id: &str, value: f64) -> Result<MimeBundle, QuizError> {
    let question = session::question(id)?;
    let Form::Predict { .. } = question.form else {
        return Err(QuizError::NoPrediction { id: id.to_owned() });
    };
    if !value.is_finite() {
        let far = Progress::of(&question.section).ok();
        return Ok(card::unmeasured(&question, far.as_ref()));
    }
    let answer = ledger::answer(question.name()).unwrap_or_else(|| UNANSWERED.to_owned());
    let likely = match &question.key {
        Some(Key {
            right: Right::Between { low, high, .. },
            ..
        }) => (low..=high).contains(&&value),
        _ => true,
    };
    let verdict = question.judge(&answer);
    ledger::judge(question.name(), mark(&verdict.outcome));
    let far = Progress::of(&question.section).ok();
    Ok(card::measured(&verdict, value, likely, far.as_ref()))
}

/// Judges an answer to the question `id`, and nothing else: it shows nothing
/// and notes nothing.
///
/// # Errors
///
/// [`QuizError::UnknownQuestion`] when there is no question of that id,
/// [`QuizError::UnknownVariant`] when what follows its colon is no order of its
/// options.
pub fn check(id: &str, answer: &str) -> Result<Verdict, QuizError> {
    Ok(session::question(id)?.judge(answer))
}

/// The question `id`, as a card with its prompt, its options, and how to
/// answer. As the last expression of a cell it shows itself, with its options to be
/// clicked: see [`answer`].
#[must_use]
pub fn question(id: &str) -> QuestionCard {
    QuestionCard(session::question(id))
}

/// Shows how the questions and exercises of a section stand in this session,
/// and returns how many of the questions are answered rightly.
///
/// ```
/// use twoaxes::prelude::*;
///
/// let points = progress("start");
/// assert!(points <= 4);
/// ```
pub fn progress(section: &str) -> u32 {
    let far = Progress::of(section);
    let right = far.as_ref().map_or(0, Progress::right);
    show(&far.map(|far| card::progress(&far)));
    right
}

/// Adds questions to this session: the content of a question file. Notebooks
/// for students hold such a call where the instructor's says
/// [`questions_from`].
pub fn questions(content: &str) {
    let added = session::add("the questions of this notebook", content);
    show(&added.map(|ids| card::loaded(&ids)).map_err(QuizError::from));
}

/// Adds the questions of the file at `path` to this session, keys and all.
pub fn questions_from(path: impl AsRef<Path>) {
    show(&read_questions(path.as_ref()));
}

fn read_questions(path: &Path) -> Result<MimeBundle, QuizError> {
    let file = path.display().to_string();
    let content = ordinary_text(path).map_err(|error| QuizError::Unreadable {
        file: file.clone(),
        why: error.to_string(),
    })?;
    Ok(card::loaded(&session::add(&file, &content)?))
}

/// The text of an ordinary file; a pipe would never end, and a disk image not
/// soon.
fn ordinary_text(path: &Path) -> io::Result<String> {
    let found = std::fs::metadata(path)?;
    if !found.is_file() {
        return Err(io::Error::other("it is not an ordinary file"));
    }
    if found.len() > LARGEST_FILE {
        return Err(io::Error::other("it has more than a million bytes"));
    }
    std::fs::read_to_string(path)
}

/// The largest question file, in bytes.
const LARGEST_FILE: u64 = 1_000_000;

/// The exercise of that id, as its file describes it.
pub(crate) fn find_exercise(id: &str) -> Result<Exercise, QuizError> {
    session::exercise(id)
}

/// Every question of the built-in bank.
///
/// # Errors
///
/// [`BankError`] when the bank breaks its rules, which a test of this crate
/// prevents.
pub fn bank() -> Result<&'static Bank, BankError> {
    load::built_in()
}

/// A question as a card, or the reason why there is none.
#[derive(Debug, Clone)]
pub struct QuestionCard(Result<Question, QuizError>);

impl QuestionCard {
    /// Shows the card as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
        if let Ok(question) = &self.0 {
            clickable::offer(question);
        }
    }
}

impl Rich for QuestionCard {
    fn mime_bundle(&self) -> MimeBundle {
        match &self.0 {
            Ok(question) => card::question(question),
            Err(error) => card::problem(error),
        }
    }
}
