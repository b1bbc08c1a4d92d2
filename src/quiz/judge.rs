//! From an answer to a verdict.

use super::bank::{Choice, Kind, Question};
use super::load::BankError;
use super::{UNANSWERED, parse};

/// Longer answers are not read: no question needs them.
const LONGEST_ANSWER: usize = 2_000;

/// What became of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The question's id.
    pub id: String,
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
        reference: Option<String>,
    },
    /// It is an answer, and not the right one.
    Wrong {
        /// What to think about, for this very mistake.
        hint: String,
    },
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
                how: format!("Replace \"?\" by {}, then run the cell.", self.form()),
            }
        } else if answer.len() > LONGEST_ANSWER {
            Outcome::Unreadable {
                why: format!("The answer is very long; expected is {}.", self.form()),
            }
        } else {
            self.outcome(trimmed)
        };
        Verdict {
            id: self.id.clone(),
            answer: answer.to_owned(),
            outcome,
        }
    }

    /// What an answer looks like, to stand in a sentence.
    #[must_use]
    pub fn form(&self) -> String {
        match &self.kind {
            Kind::Choice { options, .. } => format!("one letter from {}", range(options)),
            Kind::Choices { options, .. } => format!(
                "every letter from {} that holds, for example \"A,B\"",
                range(options)
            ),
            Kind::Number { unit, .. } => match unit {
                Some(unit) => format!("a number of {unit}, for example \"12\" or \"2.5\""),
                None => "a number, for example \"12\", \"2.5\" or \"5/3\"".to_owned(),
            },
            Kind::Prints { .. } => {
                "what the program prints, or \"no\" if it does not compile".to_owned()
            }
        }
    }

    fn outcome(&self, answer: &str) -> Outcome {
        let hint = match &self.kind {
            Kind::Choice {
                options,
                answer: right,
            } => match parse::letters(answer).as_deref() {
                Some([letter]) => match option(options, *letter) {
                    None => return self.unreadable(answer),
                    Some(picked) => (letter != right).then(|| picked.hint.clone()),
                },
                _ => return self.unreadable(answer),
            },
            Kind::Choices {
                options,
                answer: right,
            } => match parse::letters(answer) {
                Some(letters) if letters.iter().all(|l| option(options, *l).is_some()) => {
                    differing(options, &letters, right)
                }
                _ => return self.unreadable(answer),
            },
            Kind::Number {
                answer: right,
                tolerance,
                unit,
                mistakes,
                hint,
            } => {
                let Some(given) = parse::number(answer, unit.as_deref()) else {
                    return self.unreadable(answer);
                };
                let near = |value| tolerance.allows(given, value);
                let known = mistakes.iter().find(|mistake| near(mistake.answer));
                let hint = known.map_or(hint, |mistake| &mistake.hint);
                (!near(*right)).then(|| hint.clone())
            }
            Kind::Prints {
                answer: right,
                accept,
                mistakes,
                hint,
            } => {
                let same = |text: &str| is_same_output(answer, text);
                let correct = same(right) || accept.iter().any(|other| same(other));
                let known = mistakes.iter().find(|mistake| same(&mistake.answer));
                let hint = known.map_or(hint, |mistake| &mistake.hint);
                (!correct).then(|| hint.clone())
            }
        };
        match hint {
            Some(hint) => Outcome::Wrong { hint },
            None => Outcome::Correct {
                explanation: self.explanation.clone(),
                reference: self.reference.clone(),
            },
        }
    }

    fn unreadable(&self, answer: &str) -> Outcome {
        Outcome::Unreadable {
            why: format!("{answer:?} cannot be read; expected is {}.", self.form()),
        }
    }
}

/// `no` and error codes in any case; printed text exactly.
fn is_same_output(given: &str, text: &str) -> bool {
    let (given, text) = (parse::printed(given), parse::printed(text));
    let word = |t: &str| t.eq_ignore_ascii_case("no") || is_error_code(t);
    given == text || (word(&text) && given.eq_ignore_ascii_case(&text))
}

/// Whether `text` is like `E0382`.
fn is_error_code(text: &str) -> bool {
    text.len() == 5
        && text.starts_with(['E', 'e'])
        && text.chars().skip(1).all(|c| c.is_ascii_digit())
}

fn option(options: &[Choice], letter: char) -> Option<&Choice> {
    options.iter().find(|option| option.letter == letter)
}

/// The hint of the first option that is wrongly in or out, if any.
fn differing(options: &[Choice], given: &[char], right: &[char]) -> Option<String> {
    let wrong = |o: &&Choice| given.contains(&o.letter) != right.contains(&o.letter);
    let first = options.iter().find(wrong)?;
    let what = if given.contains(&first.letter) {
        "does not hold"
    } else {
        "is missing"
    };
    // Naming a missing option would give it away; its hint points there.
    Some(if what == "is missing" {
        format!("Something is missing. {}", first.hint)
    } else {
        format!("{} {what}. {}", first.letter, first.hint)
    })
}

fn range(options: &[Choice]) -> String {
    match (options.first(), options.last()) {
        (Some(first), Some(last)) => format!("{} to {}", first.letter, last.letter),
        _ => "none".to_owned(),
    }
}
