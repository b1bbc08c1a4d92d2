//! The quiz answers in a cell: calls `answer("question", "choice")`.
//!
//! Both arguments have to be literal, so that an answer can be read without
//! running what a student wrote.

use std::ops::Range;

use super::lexer::{Token, TokenKind, tokens};

/// A call of `answer` in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerCall {
    /// Both arguments are plain string literals.
    Literal(Answer),
    /// They are not, so nothing can be said without running the cell.
    Unclear {
        /// The line of the call, the first being 1.
        line: usize,
    },
}

/// An answer that stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The question's name in the bank.
    pub question: String,
    /// What the student chose; `?` for nothing yet.
    pub choice: String,
    /// Where the literal of the choice stands, with its quotes.
    pub span: Range<usize>,
}

/// Every call of `answer` in the code of a cell, from top to bottom.
#[must_use]
pub fn answer_calls(source: &str) -> Vec<AnswerCall> {
    let tokens: Vec<Token> = tokens(source)
        .into_iter()
        .filter(|token| token.kind != TokenKind::Comment)
        .collect();
    (0..tokens.len())
        .filter_map(|at| {
            let before = at.checked_sub(1).and_then(|at| tokens.get(at));
            call(source, before, tokens.get(at..)?)
        })
        .collect()
}

/// The line of the first comment that holds a call of `answer`. Nobody runs it,
/// but everybody reads it.
#[must_use]
pub fn answers_in_comments(source: &str) -> Option<usize> {
    tokens(source)
        .into_iter()
        .filter(|token| token.kind == TokenKind::Comment)
        .find(|token| {
            let text = source.get(token.span.clone()).unwrap_or_default();
            text.contains("answer(\"")
        })
        .map(|token| line_of(source, token.span.start))
}

/// The call that `tokens` begin with, if they begin with one.
fn call(source: &str, before: Option<&Token>, tokens: &[Token]) -> Option<AnswerCall> {
    let text = |token: &Token| source.get(token.span.clone()).unwrap_or_default();
    let (name, rest) = tokens.split_first()?;
    // A definition or a method of that name is somebody else's.
    let is_ours = !matches!(before.map(text), Some("fn" | "."));
    if text(name) != "answer" || !is_ours || rest.first().map(text) != Some("(") {
        return None;
    }
    let literal = literal(source, rest).unwrap_or(AnswerCall::Unclear {
        line: line_of(source, name.span.start),
    });
    Some(literal)
}

/// Reads `("question", "choice")`, with or without a comma at the end.
fn literal(source: &str, tokens: &[Token]) -> Option<AnswerCall> {
    let text = |token: &Token| source.get(token.span.clone());
    let [_, question, comma, choice, rest @ ..] = tokens else {
        return None;
    };
    if text(comma)? != "," {
        return None;
    }
    let end = match rest {
        [comma, end, ..] if text(comma)? == "," => end,
        [end, ..] => end,
        [] => return None,
    };
    if text(end)? != ")" {
        return None;
    }
    Some(AnswerCall::Literal(Answer {
        question: plain_string(text(question)?)?,
        choice: plain_string(text(choice)?)?,
        span: choice.span.clone(),
    }))
}

/// What a string literal says, if it has neither a prefix nor an escape.
fn plain_string(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('\\')).then(|| inner.to_owned())
}

fn line_of(source: &str, at: usize) -> usize {
    let before = source.get(..at).unwrap_or_default();
    before.matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_answers_are_found() {
        let check = |source, expected: &[(&str, &str)]| {
            let calls = answer_calls(source);
            let found: Vec<_> = calls
                .iter()
                .map(|call| match call {
                    AnswerCall::Literal(answer) => {
                        (answer.question.as_str(), answer.choice.as_str())
                    }
                    AnswerCall::Unclear { .. } => ("", "unclear"),
                })
                .collect();
            assert_eq!(found, expected, "{source}");
        };
        check(r#"answer("a-1", "B");"#, &[("a-1", "B")]);
        check("answer(\n  \"a\", // why\n  \"B\",\n)", &[("a", "B")]);
        check(
            r#"quiz::answer("a", "B"); answer("b", "?")"#,
            &[("a", "B"), ("b", "?")],
        );
        check(
            r#"let s = "answer(\"a\", \"B\")"; // answer("a", "B")"#,
            &[],
        );
        check(r#"fn answer(a: u8) {} x.answer("a", "B");"#, &[]);
        check(r#"answers("a", "B"); answer; my_answer("a", "b")"#, &[]);
        check(r#"answer("a", choice)"#, &[("", "unclear")]);
        check(r#"answer("a", "B".trim())"#, &[("", "unclear")]);
        check(r#"answer("a", "\x42")"#, &[("", "unclear")]);
        check(r#"answer("a""#, &[("", "unclear")]);
    }

    #[test]
    fn the_span_is_that_of_the_choice() {
        let source = r#"answer("é", "B");"#;
        let [AnswerCall::Literal(answer)] = &answer_calls(source)[..] else {
            panic!("one answer expected");
        };
        assert_eq!(&source[answer.span.clone()], "\"B\"");
    }

    #[test]
    fn an_answer_in_a_comment_is_noticed() {
        assert_eq!(answers_in_comments("x\n// answer(\"a\", \"B\")"), Some(2));
        assert_eq!(answers_in_comments("answer(\"a\", \"B\") // sure?"), None);
    }
}
