//! What no student may read yet: the keys to questions whose feedback comes
//! later.
//!
//! Two things give a key away. Its words, wherever they stand: they are
//! compared sentence by sentence, without regard to line breaks, signs and
//! capitals. And a call with the question's id and an answer, wherever it
//! stands: so code names the id in its `answer` only, and where nothing else is
//! said with it. What an author says about an id in words of their own is not
//! understood here.

use serde_json::Value;
use twoaxes::quiz::{Bank, Feedback, Key, Question, Right};

use super::ReleaseError;
use crate::notebook::{
    AnswerCall, Beside, Cell, Literal, answer_calls, is_answer_alone, is_unseen, line_of, literals,
};

/// A sentence of fewer characters may stand anywhere.
const TELLING: usize = 20;

/// The keys that a release must not give away.
pub(super) struct Secrets(Vec<Secret>);

struct Secret {
    id: String,
    sentences: Vec<Sentence>,
}

struct Sentence {
    /// As the key has it.
    text: String,
    /// As it is compared.
    plain: String,
}

/// The questions of a bank whose keys are here and are not for students yet.
pub(super) fn secret(bank: &Bank) -> impl Iterator<Item = &Question> {
    let questions = bank.questions().iter();
    questions.filter(|question| question.feedback == Feedback::Later && question.key.is_some())
}

impl Secrets {
    pub(super) fn of(bank: &Bank) -> Self {
        let secrets = secret(bank).map(|question| Secret {
            id: question.id.clone(),
            sentences: telling(question),
        });
        Self(secrets.collect())
    }

    /// Refuses a text that says what a key says.
    pub(super) fn check_words(&self, text: &str) -> Result<(), ReleaseError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let text = plain(text);
        for secret in &self.0 {
            let mut sentences = secret.sentences.iter();
            if let Some(said) = sentences.find(|sentence| text.contains(&sentence.plain)) {
                return Err(ReleaseError::KeyInText(
                    secret.id.clone(),
                    said.text.clone(),
                ));
            }
        }
        Ok(())
    }

    /// Refuses a cell, as students would get it, that gives a key away.
    pub(super) fn check_cell(&self, cell: &Cell) -> Result<(), ReleaseError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let metadata = Value::Object(cell.metadata.clone());
        let beside = format!("{metadata}\n{}", Value::Object(cell.extra.clone()));
        self.check_words(&cell.source)?;
        self.check_words(&beside)?;
        if let Some((id, at)) = self.answered_call(&beside) {
            let said = beside.get(at..).unwrap_or_default().chars().take(40);
            return Err(ReleaseError::KeyInText(id, said.collect()));
        }
        if cell.is_code() {
            match self.answered(&cell.source) {
                Some(_) if is_answer_alone(&cell.source) => {}
                Some(id) => return Err(ReleaseError::BesideAnswer(id)),
                None => self.check_literals(&cell.source)?,
            }
        }
        match self.answered_call(&cell.source) {
            Some((id, at)) => Err(ReleaseError::KeyInCode {
                line: line_of(&cell.source, at),
                id,
            }),
            None => Ok(()),
        }
    }

    /// The first of these questions that a code cell answers.
    fn answered(&self, source: &str) -> Option<String> {
        answer_calls(source).into_iter().find_map(|call| {
            let AnswerCall::Literal(answer) = call else {
                return None;
            };
            self.named(&answer.question)
        })
    }

    /// Refuses code that names a question where more may be said about it.
    fn check_literals(&self, source: &str) -> Result<(), ReleaseError> {
        for literal in literals(source) {
            if let Some(id) = self.named(&literal.text)
                && !is_harmless(&literal)
            {
                let line = line_of(source, literal.at);
                return Err(ReleaseError::KeyInCode { line, id });
            }
        }
        Ok(())
    }

    /// The first call with a question's id and an answer, wherever it stands: in
    /// prose, a comment, a string or metadata nobody runs it, and everybody
    /// reads it.
    fn answered_call(&self, text: &str) -> Option<(String, usize)> {
        self.0.iter().find_map(|Secret { id, .. }| {
            let mut places = text.match_indices(id.as_str());
            let (at, _) = places.find(|(at, _)| {
                let before = text.get(..*at).unwrap_or_default();
                let after = text.get(at + id.len()..).unwrap_or_default();
                is_answered_call(before, after)
            })?;
            Some((id.clone(), at))
        })
    }

    /// The question of this id, with or without an order of its options.
    fn named(&self, id: &str) -> Option<String> {
        let name = id.split(':').next().unwrap_or_default().trim();
        let mut secrets = self.0.iter();
        secrets.find(|s| s.id == name).map(|s| s.id.clone())
    }
}

/// Calls that say nothing about the answer: an exercise or a section of the same
/// name, the question's card, and a measurement that is made when the cell runs.
fn is_harmless(literal: &Literal) -> bool {
    match literal.function.as_deref() {
        Some("exercise" | "progress" | "question") => literal.beside == Beside::Nothing,
        Some("measured") => literal.beside == Beside::Other,
        _ => false,
    }
}

/// What may surround the text of a string literal, escaped or not.
const QUOTES: [char; 5] = ['"', '\'', '\\', '\u{201c}', '\u{201d}'];

/// How far behind an id an answer is looked for.
const CALL: usize = 200;

/// Whether an id stands as the first of several arguments, and another one is a
/// literal, or has one in it.
fn is_answered_call(before: &str, after: &str) -> bool {
    let opened = before.trim_end_matches(QUOTES);
    let name = opened.trim_end_matches(|c: char| c.is_whitespace() || "r#&".contains(c));
    // The order of a student's options.
    let after = match after.strip_prefix(':') {
        Some(order) => order.trim_start_matches(|c: char| c.is_ascii_uppercase()),
        None => after,
    };
    let closed = after.trim_start_matches(QUOTES);
    let next = closed.trim_start_matches(|c: char| c.is_whitespace() || c == '#');
    let is_quoted = opened.len() < before.len() && closed.len() < after.len();
    let (Some(function), Some(more)) = (name.strip_suffix('('), next.strip_prefix(',')) else {
        return false;
    };
    let more: String = more.chars().take(CALL).collect();
    let argument = more.split(')').next().unwrap_or_default();
    // What is measured when the cell runs says nothing, and a number does.
    let is_computed =
        || argument.trim().parse::<f64>().is_err() && !argument.trim().starts_with(QUOTES);
    if !is_quoted || (function.ends_with("measured") && is_computed()) {
        return false;
    }
    let is_open =
        argument.trim_matches(|c: char| c.is_whitespace() || c == ',' || QUOTES.contains(&c));
    is_open != "?" && argument.contains(|c: char| c.is_ascii_digit() || QUOTES.contains(&c))
}

/// What of a question's key is long enough to be known again, and is not told
/// by the question itself.
fn telling(question: &Question) -> Vec<Sentence> {
    let told = plain(&question.markdown());
    let mut sentences = Vec::new();
    for text in question.key.iter().flat_map(texts) {
        let whole = [text].into_iter();
        for part in whole.chain(split(text)) {
            let plain = plain(part);
            let is_telling = plain.trim().chars().count() >= TELLING;
            if is_telling && !told.contains(&plain) {
                sentences.push(Sentence {
                    text: part.trim().to_owned(),
                    plain,
                });
            }
        }
    }
    sentences
}

/// All texts of a key but its reference, which a notebook may have for other
/// reasons.
fn texts(key: &Key) -> Vec<&str> {
    let mut texts = vec![key.explanation.as_str(), key.hint.as_str()];
    texts.extend(key.option_hints.iter().map(String::as_str));
    texts.extend(key.mistakes.iter().map(|mistake| mistake.hint.as_str()));
    match &key.right {
        Right::Between { below, above, .. } => texts.extend([below.as_str(), above.as_str()]),
        Right::Text { text, .. } => texts.push(text),
        Right::Options(_) | Right::Number { .. } => {}
    }
    texts
}

/// The sentences of a text.
fn split(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(['.', '!', '?']) {
        let after = text.get(at + 1..).unwrap_or_default();
        if after.is_empty() || after.starts_with(char::is_whitespace) {
            sentences.extend(text.get(start..=at));
            start = at + 1;
        }
    }
    sentences.extend(text.get(start..));
    sentences
}

/// The words of a text, in small letters, with a space before and behind each.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len() + 2);
    plain.push(' ');
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c.is_alphanumeric() {
            plain.extend(c.to_lowercase());
        } else if c.is_whitespace() || !is_unseen(c) {
            // A line break as it stands in a string of code or of JSON.
            if c == '\\' {
                characters.next_if(|next| matches!(next, 'n' | 'r' | 't'));
            }
            if !plain.ends_with(' ') {
                plain.push(' ');
            }
        }
    }
    if !plain.ends_with(' ') {
        plain.push(' ');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_without_what_stands_between_them() {
        let check = |text: &str, expected: &str| assert_eq!(plain(text), expected, "{text:?}");
        check("", " ");
        check("Two  cups\n// are `more`.", " two cups are more ");
        check("two\\ncups\\\\nare", " two cups are ");
        check("t\u{200b}wo\u{2028}cups", " two cups ");
    }

    #[test]
    fn sentences_end_where_one_sees_it() {
        let check = |text: &str, expected: &[&str]| assert_eq!(split(text), expected);
        check("One. Two? Three", &["One.", " Two?", " Three"]);
        check("2.5 ms!", &["2.5 ms!", ""]);
    }

    #[test]
    fn an_answer_beside_an_id_is_seen() {
        let check = |text: &str, expected: bool| {
            let (before, after) = text.split_once("exam-1").unwrap();
            assert_eq!(is_answered_call(before, after), expected, "{text}");
        };
        check("`answer(\"exam-1\", \"C\");`", true);
        check("answer( r#\"exam-1\"# , 40)", true);
        check("(answer)('exam-1:CAB', 'C')", true);
        check("\"answer(\\\"exam-1\\\", \\\"C\\\")\"", true);
        check("check(\u{201c}exam-1\u{201d}, \u{201c}C\u{201d})", true);
        check("[(\"exam-1\", String::from(\"C\"))]", true);
        check("`answer(\"exam-1\", \"?\");`", false);
        check("answer(\"exam-1\", ..)", false);
        check("the question \"exam-1\", worth 2 points", false);
        check("(see \"exam-1\", which is hard)", false);
        check("(exam-1, 2 points)", false);
        check("measured(\"exam-1\", 2.0 * time)", false);
    }
}
