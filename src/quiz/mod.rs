//! Questions, answers, verdicts.
//!
//! The questions live in TOML files under `bank/`, which are built into the
//! crate. A cell answers one with `answer("barista-1", "B");` and sees at once
//! whether that is right, and if not, a hint that fits the mistake. [`check`]
//! is the same as a pure function, for the grader.
//!
//! This room uses [`crate::notebook`] to show cards and nothing of the
//! simulators. It judges only what it is handed: it reads no output of a cell,
//! keeps no score, and never fails on any answer.

mod bank;
mod card;
mod judge;
mod load;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt::Display;

pub use bank::{Bank, Choice, Kind, Mistake, NumberMistake, Question, Tolerance};
pub use judge::{Outcome, QuizError, Verdict};
pub use load::BankError;

use crate::notebook;

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
pub fn answer(id: &str, answer: impl Display) {
    show(id, &answer.to_string());
}

/// Apart from [`answer`] so that a cell does not compile it again.
fn show(id: &str, answer: &str) {
    match check(id, answer) {
        Ok(verdict) => notebook::display(&verdict),
        Err(error) => notebook::display(&card::problem(&error)),
    }
}

/// Judges an answer to the question `id` of the built-in bank, and nothing
/// else: it shows nothing.
///
/// # Errors
///
/// [`QuizError::UnknownQuestion`] when the bank has no question of that id.
pub fn check(id: &str, answer: &str) -> Result<Verdict, QuizError> {
    Ok(find(id)?.judge(answer))
}

/// The question `id` of the built-in bank, as a card with its prompt, its
/// options, and how to answer. As the last expression of a cell it shows
/// itself.
#[must_use]
pub fn question(id: &str) -> QuestionCard {
    QuestionCard(find(id))
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

fn find(id: &str) -> Result<&'static Question, QuizError> {
    let bank = bank()?;
    bank.question(id).ok_or_else(|| QuizError::UnknownQuestion {
        id: id.to_owned(),
        near: bank.near(id),
    })
}

/// A question as a card, or the reason why there is none.
#[derive(Debug, Clone)]
pub struct QuestionCard(Result<&'static Question, QuizError>);

impl QuestionCard {
    /// Shows the card as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl notebook::Rich for QuestionCard {
    fn mime_bundle(&self) -> notebook::MimeBundle {
        match &self.0 {
            Ok(question) => card::question(question),
            Err(error) => card::problem(error),
        }
    }
}
