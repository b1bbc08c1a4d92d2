//! From an answer to a verdict.

use super::bank::{Form, Given, Key, Question, Right};
use super::load::BankError;
use super::variant::letter;
use super::{UNANSWERED, parse};

/// Longer answers are not read: no question needs them.
const LONGEST_ANSWER: usize = 2_000;

/// What became of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The question, as the student reads it.
    pub question: Question,
    /// The answer as it was given.
    pub answer: String,
    /// Right, wrong, or no answer to judge.
    pub outcome: Outcome,
}

/// Right, wrong, or no answer to judge.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is right.
    Correct {
        /// Why.
        explanation: String,
        /// Where to read more.
        reference: String,
    },
    /// It is an answer, and not the right one.
    Wrong {
        /// What to think about, for this very mistake.
        hint: String,
    },
    /// It is an answer, and nobody here knows whether it is right.
    Recorded,
    /// It is `"?"` or empty.
    Unanswered {
        /// How to answer.
        how: String,
    },
    /// It is no answer to a question of this kind.
    Unreadable {
        /// What was found and what is understood.
        why: String,
    },
}

impl Verdict {
    /// Whether the answer is right.
    #[must_use]
    pub const fn is_correct(&self) -> bool {
        matches!(self.outcome, Outcome::Correct { .. })
    }
}

/// Why there is no verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuizError {
    /// The bank has no question of that id.
    #[error("there is no question {id:?}; the nearest are {}", .near.join(", "))]
    UnknownQuestion {
        /// The id that was asked for.
        id: String,
        /// Ids that are like it.
        near: Vec<String>,
    },
    /// The part behind the colon is no order of the options.
    #[error(
        "{id:?} does not fit its question: behind the colon stand the {options} letters of its \
         options, each once; copy the line from the notebook that you were given"
    )]
    UnknownVariant {
        /// The id that was asked for.
        id: String,
        /// How many options the question has.
        options: usize,
    },
    /// The bank has no exercise of that id.
    #[error("there is no exercise {id:?}; the nearest are {}", .near.join(", "))]
    UnknownExercise {
        /// The id that was asked for.
        id: String,
        /// Ids that are like it.
        near: Vec<String>,
    },
    /// No question and no exercise belongs to that section.
    #[error("there is no section {name:?}; the nearest are {}", .near.join(", "))]
    UnknownSection {
        /// The name that was asked for.
        name: String,
        /// Names that are like it.
        near: Vec<String>,
    },
    /// A number was measured for a question that asks for no prediction.
    #[error(
        "question {id:?} asks for no prediction, so nothing can be measured for it; use the id of \
         the question above"
    )]
    NoPrediction {
        /// The id that was given.
        id: String,
    },
    /// A file of questions cannot be read.
    #[error("the question file {file} cannot be read: {why}")]
    Unreadable {
        /// The file's path.
        file: String,
        /// What the system said.
        why: String,
    },
    /// The bank itself is broken.
    #[error(transparent)]
    Bank(#[from] BankError),
}

impl Question {
    /// Judges `answer`. Any text is allowed; the verdict says what is wrong
    /// with it.
    #[must_use]
    pub fn judge(&self, answer: &str) -> Verdict {
        let trimmed = answer.trim();
        let outcome = if trimmed.is_empty() || trimmed == UNANSWERED {
            Outcome::Unanswered {
                how: format!("Replace \"?\" by {}, then run the cell.", self.how()),
            }
        } else if answer.len() > LONGEST_ANSWER {
            Outcome::Unreadable {
                why: format!("The answer is very long; expected is {}.", self.how()),
            }
        } else {
            match self.understand(trimmed) {
                Ok(given) => self.outcome(&given),
                Err(why) => Outcome::Unreadable { why },
            }
        };
        Verdict {
            question: self.clone(),
            answer: answer.to_owned(),
            outcome,
        }
    }

    /// What an answer looks like, to stand in a sentence.
    #[must_use]
    pub fn how(&self) -> String {
        let letters = || match self.form.options().len() {
            0 => "none".to_owned(),
            options => format!("A to {}", letter(options - 1)),
        };
        let number = |unit: &Option<String>| match unit {
            Some(unit) => format!("a number of {unit}, for example \"12\" or \"2.5\""),
            None => "a number, for example \"12\", \"2.5\" or \"5/3\"".to_owned(),
        };
        match &self.form {
            Form::Choice(_) => format!("one letter from {}", letters()),
            // An example would be the right answer in somebody's edition.
            Form::Choices(_) => format!(
                "every letter from {} that holds, with commas between them",
                letters()
            ),
            Form::Order(_) => format!(
                "all the letters {} in order, with commas between them",
                letters()
            ),
            Form::Number { unit } => number(unit),
            Form::Prints => "what the program prints, or \"no\" if it does not compile".to_owned(),
            Form::Predict { unit } => format!("your prediction, {}", number(unit)),
        }
    }

    /// The answer as one to a question of this form, or why it is none.
    pub(super) fn understand(&self, answer: &str) -> Result<Given, String> {
        let expected = || format!("{answer:?} cannot be read; expected is {}.", self.how());
        let options = self.form.options().len();
        match &self.form {
            Form::Choice(_) | Form::Choices(_) => {
                let mut places = parse::places(answer, options).ok_or_else(expected)?;
                places.sort_unstable();
                places.dedup();
                if matches!(self.form, Form::Choice(_)) && places.len() > 1 {
                    return Err(format!(
                        "{answer:?} names {} options, and the question has one right answer: \
                         choose one letter.",
                        places.len()
                    ));
                }
                Ok(Given::Options(places))
            }
            Form::Order(_) => {
                let places = parse::places(answer, options).ok_or_else(expected)?;
                let mut sorted = places.clone();
                sorted.sort_unstable();
                if !sorted.into_iter().eq(0..options) {
                    return Err(expected());
                }
                Ok(Given::Options(places))
            }
            Form::Number { unit } | Form::Predict { unit } => {
                let number = parse::number(answer, unit.as_deref()).ok_or_else(expected)?;
                Ok(Given::Number(number))
            }
            Form::Prints => Ok(Given::Text(answer.to_owned())),
        }
    }

    fn outcome(&self, given: &Given) -> Outcome {
        let Some(key) = &self.key else {
            return Outcome::Recorded;
        };
        match key.hint_for(given, &self.form) {
            Some(hint) => Outcome::Wrong { hint },
            None => Outcome::Correct {
                explanation: key.explanation.clone(),
                reference: key.reference.clone(),
            },
        }
    }
}

impl Key {
    /// What to say to `given`; `None` if it is right.
    fn hint_for(&self, given: &Given, form: &Form) -> Option<String> {
        let (is_right, otherwise) = match (&self.right, given) {
            (Right::Options(right), Given::Options(places)) => match form {
                Form::Order(_) => (places == right, self.first_out_of_place(places, right)),
                Form::Choices(_) => return self.differing(places, right),
                _ => (places == right, self.option_hint(places.first())),
            },
            (Right::Number { value, tolerance }, Given::Number(number)) => {
                (tolerance.allows(*number, *value), self.hint.clone())
            }
            (
                Right::Between {
                    low,
                    high,
                    below,
                    above,
                },
                Given::Number(number),
            ) => (
                (low..=high).contains(&number),
                if number < low { below } else { above }.clone(),
            ),
            (Right::Text { text, accept }, Given::Text(printed)) => {
                let mut known = [text].into_iter().chain(accept);
                (
                    known.any(|text| parse::is_same_output(printed, text)),
                    self.hint.clone(),
                )
            }
            // The loader makes keys that fit their form.
            _ => (false, self.hint.clone()),
        };
        let known = self
            .mistakes
            .iter()
            .find(|m| self.is_same(&m.answer, given));
        (!is_right).then(|| known.map_or(otherwise, |mistake| mistake.hint.clone()))
    }

    fn is_same(&self, mistake: &Given, given: &Given) -> bool {
        match (mistake, given) {
            (Given::Number(wrong), Given::Number(number)) => match &self.right {
                Right::Number { tolerance, .. } => tolerance.allows(*number, *wrong),
                _ => (wrong - number).abs() <= 0.02 * wrong.abs(),
            },
            (Given::Text(wrong), Given::Text(text)) => parse::is_same_output(text, wrong),
            _ => mistake == given,
        }
    }

    /// The hint of the first option that is wrongly in, else of the first that
    /// is wrongly out, if any.
    fn differing(&self, given: &[usize], right: &[usize]) -> Option<String> {
        let places = 0..self.option_hints.len();
        let too_many = places
            .clone()
            .find(|place| given.contains(place) && !right.contains(place));
        let missing = places
            .clone()
            .find(|place| !given.contains(place) && right.contains(place));
        match (too_many, missing) {
            (Some(place), missing) => Some(format!(
                "{} does not hold. {}{}",
                letter(place),
                self.option_hint(Some(&place)),
                match missing {
                    Some(_) => " And something is missing.",
                    None => "",
                }
            )),
            // Naming a missing option would give it away; its hint points there.
            (None, Some(place)) => Some(format!(
                "Something is missing. {}",
                self.option_hint(Some(&place))
            )),
            (None, None) => None,
        }
    }

    fn option_hint(&self, place: Option<&usize>) -> String {
        let hint = place.and_then(|place| self.option_hints.get(*place));
        hint.cloned().unwrap_or_default()
    }

    /// The hint of the first thing that stands where another belongs.
    fn first_out_of_place(&self, given: &[usize], right: &[usize]) -> String {
        let mut pairs = given.iter().zip(right);
        match pairs.position(|(given, right)| given != right) {
            Some(at) => format!(
                "Look at place {}. {}",
                at + 1,
                self.option_hint(given.get(at))
            ),
            None => String::new(),
        }
    }
}
