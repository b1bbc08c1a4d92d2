//! From the TOML files to a [`Bank`], or to an error that names the place.
//!
//! The format, one table per question or exercise:
//!
//! ```toml
//! section = "barista"
//! feedback = "now"           # or "later": for the whole file
//!
//! [[question]]
//! id = "barista-1"
//! kind = "choice"            # or choices, order, number, prints, predict
//! prompt = "..."             # backticks mark code
//! answer = "B"               # "A,C" for choices and order, a number for number
//! explanation = "..."        # why the right answer is right
//! reference = "..."          # author, title, year
//! [question.options.A]       # choice, choices and order
//! text = "..."
//! hint = "..."               # for each option but the right one of a choice
//! # all but choice, choices: mistakes = [{ answer = 80, hint = "..." }]
//! # number:  hint, unit, tolerance or relative_tolerance (default 0)
//! # prints:  hint, code, accept = ["E0382"]
//! # predict: low, high, below, above (hints), unit, and no answer
//!
//! [[exercise]]
//! id = "barista-robin"
//! title = "Write round robin"
//! points = 6
//! repair = true              # students get code that is wrong; default false
//! ```
//!
//! A question whose feedback comes later may lack its key (`answer`,
//! `explanation`, `reference`, hints): then an answer is taken down and not
//! judged. That is how such a question reaches students.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::OnceLock;

use serde::Deserialize;
use toml::Spanned;

use super::bank::{Bank, Exercise, Feedback, Form, Given, Question, nearest};
use super::key;
use super::parse;

/// The built-in files: name and content.
pub(super) const FILES: &[(&str, &str)] = &[
    ("start.toml", include_str!("bank/start.toml")),
    ("barista.toml", include_str!("bank/barista.toml")),
    ("model.toml", include_str!("bank/model.toml")),
    ("workers.toml", include_str!("bank/workers.toml")),
    ("quadrants.toml", include_str!("bank/quadrants.toml")),
    ("pitfalls.toml", include_str!("bank/pitfalls.toml")),
    ("final.toml", include_str!("bank/final.toml")),
];

/// Cells are named after the question they answer, and a cell's name has 64
/// letters at most.
const LONGEST_ID: usize = 48;

/// What is wrong with a question file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("question bank, {file} line {line}{}: {what}", .id.as_ref().map(|id| format!(", question {id:?}")).unwrap_or_default())]
pub struct BankError {
    /// The file's name.
    pub file: String,
    /// The line, from 1: of the mistake if it is one of TOML, else of the
    /// question.
    pub line: usize,
    /// The question, if it is known.
    pub id: Option<String>,
    /// What is wrong and what to do.
    pub what: String,
}

/// The bank that is built into the crate, read once.
pub(super) fn built_in() -> Result<&'static Bank, BankError> {
    static BANK: OnceLock<Result<Bank, BankError>> = OnceLock::new();
    BANK.get_or_init(|| Bank::from_files(FILES))
        .as_ref()
        .map_err(Clone::clone)
}

impl Bank {
    /// Reads question files, each given as (name, content).
    ///
    /// # Errors
    ///
    /// [`BankError`] for the first thing that breaks the format.
    pub fn from_files(files: &[(&str, &str)]) -> Result<Self, BankError> {
        let mut bank = Self::default();
        let mut ids = HashSet::new();
        for (file, content) in files {
            read(file, content, &mut ids, &mut bank)?;
        }
        Ok(bank)
    }

    /// The built-in files and these ones, as one bank.
    ///
    /// # Errors
    ///
    /// [`BankError`] for the first thing that breaks the format, such as an id
    /// that the built-in bank has already.
    pub fn with_built_in(files: &[(&str, &str)]) -> Result<Self, BankError> {
        Self::from_files(&[FILES, files].concat())
    }

    /// At most five ids of questions that are most like `id`.
    #[must_use]
    pub fn near(&self, id: &str) -> Vec<String> {
        nearest(
            id,
            self.questions.iter().map(|question| question.id.as_str()),
        )
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    section: String,
    #[serde(default)]
    feedback: FeedbackName,
    #[serde(default)]
    question: Vec<Spanned<Entry>>,
    #[serde(default)]
    exercise: Vec<Spanned<ExerciseEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    id: String,
    pub(super) kind: KindName,
    prompt: String,
    code: Option<String>,
    #[serde(default)]
    pub(super) options: BTreeMap<String, OptionEntry>,
    feedback: Option<FeedbackName>,
    pub(super) answer: Option<Scalar>,
    #[serde(default)]
    pub(super) accept: Vec<String>,
    unit: Option<String>,
    pub(super) tolerance: Option<f64>,
    pub(super) relative_tolerance: Option<f64>,
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
    pub(super) below: Option<String>,
    pub(super) above: Option<String>,
    #[serde(default)]
    pub(super) mistakes: Vec<MistakeEntry>,
    pub(super) hint: Option<String>,
    pub(super) explanation: Option<String>,
    pub(super) reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExerciseEntry {
    id: String,
    title: String,
    points: u32,
    #[serde(default)]
    repair: bool,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum KindName {
    Choice,
    Choices,
    Order,
    Number,
    Prints,
    Predict,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Default)]
#[serde(rename_all = "lowercase")]
enum FeedbackName {
    #[default]
    Now,
    Later,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionEntry {
    text: String,
    pub(super) hint: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MistakeEntry {
    pub(super) answer: Scalar,
    pub(super) hint: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Scalar {
    Number(f64),
    Text(String),
}

fn read(
    file: &str,
    content: &str,
    ids: &mut HashSet<String>,
    bank: &mut Bank,
) -> Result<(), BankError> {
    let line_of = |offset: usize| {
        let before = content.bytes().take(offset);
        1 + before.filter(|byte| *byte == b'\n').count()
    };
    let parsed: File = toml::from_str(content).map_err(|error| BankError {
        file: file.to_owned(),
        line: line_of(error.span().map_or(0, |span| span.start)),
        id: None,
        what: error.message().to_owned(),
    })?;
    let mut check_id = |id: &str, span: Range<usize>, made: Result<(), String>| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let what = if id.is_empty() || !id.chars().all(plain) {
            Err("an id has lowercase letters, digits and hyphens only".to_owned())
        } else if id.len() > LONGEST_ID {
            Err(format!(
                "an id has at most {LONGEST_ID} letters: it names cells and files"
            ))
        } else if !ids.insert(id.to_owned()) {
            Err("the id is taken: give it another".to_owned())
        } else {
            made
        };
        what.map_err(|what| BankError {
            file: file.to_owned(),
            line: line_of(span.start),
            id: Some(id.to_owned()),
            what,
        })
    };
    for entry in parsed.question {
        let span = entry.span();
        let entry = entry.into_inner();
        let id = entry.id.clone();
        let made = question(&parsed.section, parsed.feedback, entry);
        let problem = made.as_ref().map(|_| ()).map_err(Clone::clone);
        check_id(&id, span, problem)?;
        bank.questions.extend(made);
    }
    for entry in parsed.exercise {
        let span = entry.span();
        let ExerciseEntry {
            id,
            title,
            points,
            repair,
        } = entry.into_inner();
        let problem = match points {
            0 => Err("an exercise gives at least 1 point".to_owned()),
            _ if title.trim().is_empty() => Err("title must not be empty".to_owned()),
            _ => Ok(()),
        };
        check_id(&id, span, problem)?;
        bank.exercises.push(Exercise {
            id,
            section: parsed.section.clone(),
            title: title.trim().to_owned(),
            points,
            repair,
        });
    }
    Ok(())
}

fn question(section: &str, of_file: FeedbackName, mut entry: Entry) -> Result<Question, String> {
    if entry.prompt.trim().is_empty() {
        return Err("prompt must not be empty".to_owned());
    }
    check_fields(&entry)?;
    let form = form(&mut entry)?;
    let feedback = match entry.feedback.unwrap_or(of_file) {
        FeedbackName::Now => Feedback::Now,
        FeedbackName::Later => Feedback::Later,
    };
    let key = key::read(&mut entry, &form, feedback)?;
    Ok(Question {
        id: entry.id,
        section: section.to_owned(),
        prompt: entry.prompt.trim().to_owned(),
        code: entry.code.map(|code| code.trim_matches('\n').to_owned()),
        form,
        feedback,
        key,
    })
}

/// Refuses fields that say nothing for a question of this kind: they would be
/// a slip of the author's.
fn check_fields(entry: &Entry) -> Result<(), String> {
    use KindName::{Choice, Choices, Number, Order, Predict, Prints};
    let rules: [(&str, bool, &[KindName]); 12] = [
        (
            "options",
            !entry.options.is_empty(),
            &[Choice, Choices, Order],
        ),
        (
            "answer",
            entry.answer.is_some(),
            &[Choice, Choices, Order, Number, Prints],
        ),
        ("accept", !entry.accept.is_empty(), &[Prints]),
        ("unit", entry.unit.is_some(), &[Number, Predict]),
        ("tolerance", entry.tolerance.is_some(), &[Number]),
        (
            "relative_tolerance",
            entry.relative_tolerance.is_some(),
            &[Number],
        ),
        ("low", entry.low.is_some(), &[Predict]),
        ("high", entry.high.is_some(), &[Predict]),
        ("below", entry.below.is_some(), &[Predict]),
        ("above", entry.above.is_some(), &[Predict]),
        (
            "mistakes",
            !entry.mistakes.is_empty(),
            &[Order, Number, Prints, Predict],
        ),
        ("hint", entry.hint.is_some(), &[Number, Prints]),
    ];
    match rules
        .iter()
        .find(|(_, given, kinds)| *given && !kinds.contains(&entry.kind))
    {
        Some((field, ..)) => Err(format!("{field:?} has no meaning for this kind: remove it")),
        None => Ok(()),
    }
}

fn form(entry: &mut Entry) -> Result<Form, String> {
    Ok(match entry.kind {
        KindName::Choice => Form::Choice(options(entry)?),
        KindName::Choices => Form::Choices(options(entry)?),
        KindName::Order => Form::Order(options(entry)?),
        KindName::Number => Form::Number {
            unit: entry.unit.take(),
        },
        KindName::Predict => Form::Predict {
            unit: entry.unit.take(),
        },
        KindName::Prints => {
            let code = entry.code.as_deref().unwrap_or_default();
            if code.trim().is_empty() {
                return Err("a question on what code prints needs the code".to_owned());
            }
            Form::Prints
        }
    })
}

fn options(entry: &Entry) -> Result<Vec<String>, String> {
    if !(2..=26).contains(&entry.options.len()) {
        return Err("it needs two options or more, and 26 at most".to_owned());
    }
    let lettered = entry.options.iter().zip('A'..='Z');
    lettered
        .map(|((name, option), letter)| match name {
            name if *name != letter.to_string() => Err(format!(
                "option {name:?} should be {letter}: letters go A, B, C"
            )),
            _ if option.text.trim().is_empty() => Err(format!("option {letter} has no text")),
            _ => Ok(option.text.trim().to_owned()),
        })
        .collect()
}

/// An answer in a file, as one to a question of this form.
pub(super) fn given(scalar: &Scalar, form: &Form) -> Result<Given, String> {
    match (form, scalar) {
        (Form::Choice(options) | Form::Choices(options) | Form::Order(options), _) => {
            let Scalar::Text(text) = scalar else {
                return Err("the answer is a letter in quotes, such as \"B\"".to_owned());
            };
            let places = parse::places(text, options.len());
            let mut places =
                places.ok_or_else(|| format!("the answer {text:?} is not among the options"))?;
            if !matches!(form, Form::Order(_)) {
                places.sort_unstable();
                places.dedup();
            }
            Ok(Given::Options(places))
        }
        (Form::Number { .. } | Form::Predict { .. }, Scalar::Number(number))
            if number.is_finite() =>
        {
            Ok(Given::Number(*number))
        }
        (Form::Number { .. } | Form::Predict { .. }, _) => {
            Err("answers to a number question are numbers without quotes".to_owned())
        }
        (Form::Prints, Scalar::Text(text)) => Ok(Given::Text(text.clone())),
        (Form::Prints, Scalar::Number(_)) => {
            Err("answers on what code prints are in quotes".to_owned())
        }
    }
}
