//! From the TOML files to a [`Bank`], or to an error that names the place.
//!
//! The format, one table per question:
//!
//! ```toml
//! section = "barista"
//!
//! [[question]]
//! id = "barista-1"
//! kind = "choice"            # or "choices", "number", "prints"
//! prompt = "..."             # backticks mark code
//! answer = "B"               # "A,C" for choices, a number for number
//! explanation = "..."        # why the right answer is right
//! reference = "..."          # optional
//! [question.options.A]       # choice and choices
//! text = "..."
//! hint = "..."               # for each option but the right one of a choice
//! # number:  unit, tolerance or relative_tolerance (default 0), hint,
//! #          mistakes = [{ answer = 80, hint = "..." }]
//! # prints:  code, accept = ["E0382"], hint, mistakes = [{ answer = "2", .. }]
//! ```

use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use serde::Deserialize;
use toml::Spanned;

use super::bank::{Bank, Choice, Kind, Mistake, NumberMistake, Question, Tolerance};
use super::parse;

/// The built-in files: name and content.
pub(super) const FILES: &[(&str, &str)] = &[
    ("start.toml", include_str!("bank/start.toml")),
    ("barista.toml", include_str!("bank/barista.toml")),
];

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
        let mut questions = Vec::new();
        let mut ids = HashSet::new();
        for (file, content) in files {
            for (line, question) in read(file, content)? {
                if !ids.insert(question.id.clone()) {
                    return Err(BankError {
                        file: (*file).to_owned(),
                        line,
                        id: Some(question.id),
                        what: "the id is taken: give it another".to_owned(),
                    });
                }
                questions.push(question);
            }
        }
        Ok(Self { questions })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    section: String,
    question: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    kind: KindName,
    prompt: String,
    code: Option<String>,
    #[serde(default)]
    options: BTreeMap<String, OptionEntry>,
    answer: Scalar,
    #[serde(default)]
    accept: Vec<String>,
    unit: Option<String>,
    tolerance: Option<f64>,
    relative_tolerance: Option<f64>,
    #[serde(default)]
    mistakes: Vec<MistakeEntry>,
    hint: Option<String>,
    explanation: String,
    reference: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum KindName {
    Choice,
    Choices,
    Number,
    Prints,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionEntry {
    text: String,
    hint: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MistakeEntry {
    answer: Scalar,
    hint: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Number(f64),
    Text(String),
}

fn read(file: &str, content: &str) -> Result<Vec<(usize, Question)>, BankError> {
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
    let mut questions = Vec::new();
    for entry in parsed.question {
        let line = line_of(entry.span().start);
        let entry = entry.into_inner();
        let id = entry.id.clone();
        let question = question(&parsed.section, entry).map_err(|what| BankError {
            file: file.to_owned(),
            line,
            id: Some(id),
            what,
        })?;
        questions.push((line, question));
    }
    Ok(questions)
}

fn question(section: &str, mut entry: Entry) -> Result<Question, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if entry.id.is_empty() || !entry.id.chars().all(plain) {
        return Err("an id has lowercase letters, digits and hyphens only".to_owned());
    }
    if entry.prompt.trim().is_empty() || entry.explanation.trim().is_empty() {
        return Err("prompt and explanation must not be empty".to_owned());
    }
    check_fields(&entry)?;
    let kind = match entry.kind {
        KindName::Choice => choice(&mut entry)?,
        KindName::Choices => choices(&mut entry)?,
        KindName::Number => number(&mut entry)?,
        KindName::Prints => prints(&mut entry)?,
    };
    Ok(Question {
        id: entry.id,
        section: section.to_owned(),
        prompt: entry.prompt.trim().to_owned(),
        code: entry.code,
        kind,
        explanation: entry.explanation.trim().to_owned(),
        reference: entry.reference,
    })
}

/// Refuses fields that say nothing for a question of this kind: they would be
/// a slip of the author's.
fn check_fields(entry: &Entry) -> Result<(), String> {
    use KindName::{Choice, Choices, Number, Prints};
    let rules: [(&str, bool, &[KindName]); 7] = [
        ("options", !entry.options.is_empty(), &[Choice, Choices]),
        ("accept", !entry.accept.is_empty(), &[Prints]),
        ("unit", entry.unit.is_some(), &[Number]),
        ("tolerance", entry.tolerance.is_some(), &[Number]),
        (
            "relative_tolerance",
            entry.relative_tolerance.is_some(),
            &[Number],
        ),
        ("mistakes", !entry.mistakes.is_empty(), &[Number, Prints]),
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

fn choice(entry: &mut Entry) -> Result<Kind, String> {
    let (options, right) = options(entry)?;
    let [answer] = right[..] else {
        return Err("the answer of a choice is one letter".to_owned());
    };
    let bare = |o: &&Choice| o.letter != answer && o.hint.is_empty();
    if let Some(option) = options.iter().find(bare) {
        return Err(format!("option {} is wrong and has no hint", option.letter));
    }
    Ok(Kind::Choice { options, answer })
}

fn choices(entry: &mut Entry) -> Result<Kind, String> {
    let (options, answer) = options(entry)?;
    if let Some(option) = options.iter().find(|option| option.hint.is_empty()) {
        return Err(format!("option {} has no hint", option.letter));
    }
    Ok(Kind::Choices { options, answer })
}

fn options(entry: &mut Entry) -> Result<(Vec<Choice>, Vec<char>), String> {
    let mut options = Vec::new();
    for ((name, option), letter) in std::mem::take(&mut entry.options)
        .into_iter()
        .zip('A'..='Z')
    {
        if name != letter.to_string() {
            return Err(format!(
                "option {name:?} should be {letter}: letters go A, B, C"
            ));
        }
        options.push(Choice {
            letter,
            text: option.text,
            hint: option.hint.unwrap_or_default(),
        });
    }
    if options.len() < 2 {
        return Err("it needs two options or more".to_owned());
    }
    let Scalar::Text(text) = &entry.answer else {
        return Err("the answer is a letter in quotes, such as \"B\"".to_owned());
    };
    let right = parse::letters(text).unwrap_or_default();
    if right.is_empty() || !right.iter().all(|r| options.iter().any(|o| o.letter == *r)) {
        return Err(format!("the answer {text:?} is not among the options"));
    }
    Ok((options, right))
}

fn number(entry: &mut Entry) -> Result<Kind, String> {
    let tolerance = match (entry.tolerance, entry.relative_tolerance) {
        (Some(_), Some(_)) => return Err("give one kind of tolerance, not both".to_owned()),
        (None, Some(share)) => Tolerance::Relative(share),
        (most, None) => Tolerance::Absolute(most.unwrap_or(0.0)),
    };
    let (Tolerance::Absolute(size) | Tolerance::Relative(size)) = tolerance;
    let number = |scalar: &Scalar| match scalar {
        Scalar::Number(value) if value.is_finite() => Ok(*value),
        _ => Err("answers to a number question are numbers without quotes".to_owned()),
    };
    let answer = number(&entry.answer)?;
    if !(size.is_finite() && size >= 0.0) {
        return Err("a tolerance is 0 or more".to_owned());
    }
    let mut mistakes = Vec::new();
    for mistake in entry.mistakes.drain(..) {
        let wrong = number(&mistake.answer)?;
        if tolerance.allows(wrong, answer) {
            return Err(format!(
                "the mistake {wrong} is within the tolerance of {answer}"
            ));
        }
        mistakes.push(NumberMistake {
            answer: wrong,
            hint: mistake.hint,
        });
    }
    Ok(Kind::Number {
        answer,
        tolerance,
        unit: entry.unit.take(),
        mistakes,
        hint: required_hint(entry)?,
    })
}

fn prints(entry: &mut Entry) -> Result<Kind, String> {
    if entry
        .code
        .as_ref()
        .is_none_or(|code| code.trim().is_empty())
    {
        return Err("a question on what code prints needs the code".to_owned());
    }
    let text = |scalar: Scalar| match scalar {
        Scalar::Text(text) => Ok(text),
        Scalar::Number(_) => Err("answers on what code prints are in quotes".to_owned()),
    };
    let mut mistakes = Vec::new();
    for mistake in entry.mistakes.drain(..) {
        mistakes.push(Mistake {
            answer: text(mistake.answer)?,
            hint: mistake.hint,
        });
    }
    let answer = std::mem::replace(&mut entry.answer, Scalar::Number(0.0));
    Ok(Kind::Prints {
        answer: text(answer)?,
        accept: std::mem::take(&mut entry.accept),
        mistakes,
        hint: required_hint(entry)?,
    })
}

fn required_hint(entry: &mut Entry) -> Result<String, String> {
    entry
        .hint
        .take()
        .filter(|hint| !hint.trim().is_empty())
        .ok_or_else(|| "it needs a hint for wrong answers that nobody foresaw".to_owned())
}
