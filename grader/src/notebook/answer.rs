//! The quiz answers in a cell: calls `answer("question", "choice")`.
//!
//! Both arguments have to be literal, so that an answer can be read without
//! running what a student wrote: a string each, or a number or a character as
//! the answer.

use std::ops::Range;

use super::lexer::{Token, TokenKind, code_tokens, tokens};

/// The most tokens from an answer to the end of its call: a sign, a number cut
/// at its point and its exponent's sign, a comma, the bracket. Looking further
/// would make a text of nothing but beginnings of calls cost the square of its
/// length.
const LONGEST_CHOICE: usize = 8;

/// A call of `answer` in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerCall {
    /// Both arguments are literals.
    Literal(Answer),
    /// They are not, so nothing can be said without running the cell.
    Unclear {
        /// Where the call begins; see [`line_of`].
        at: usize,
    },
}

/// An answer that stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The question's name in the bank.
    pub question: String,
    /// Where the literal of the question's name stands, with its quotes.
    pub question_span: Range<usize>,
    /// What the student chose; `?` for nothing yet.
    pub choice: String,
    /// Where the literal of the choice stands, with its quotes if it has any.
    pub span: Range<usize>,
}

/// Every call of `answer` in the code of a cell, from top to bottom.
#[must_use]
pub fn answer_calls(source: &str) -> Vec<AnswerCall> {
    let tokens = code_tokens(source);
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
            let mut code = text.split_whitespace().collect::<String>();
            code.retain(|c| c != '#');
            code.contains("answer(\"") || code.contains("answer(r\"")
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
        at: name.span.start,
    });
    Some(literal)
}

/// Reads `("question", choice)`, with or without a comma at the end.
fn literal(source: &str, tokens: &[Token]) -> Option<AnswerCall> {
    let text = |token: &Token| source.get(token.span.clone());
    let [_, question, comma, rest @ ..] = tokens else {
        return None;
    };
    if text(comma)? != "," {
        return None;
    }
    let (choice, span) = literal_argument(source, rest)?;
    Some(AnswerCall::Literal(Answer {
        question: string_value(text(question)?)?,
        question_span: question.span.clone(),
        choice,
        span,
    }))
}

/// Reads the last argument of a call if it is one literal, and says where it
/// stands. `tokens` begin with it.
pub(super) fn literal_argument(source: &str, rest: &[Token]) -> Option<(String, Range<usize>)> {
    let text = |token: &Token| source.get(token.span.clone());
    let mut near = rest.iter().take(LONGEST_CHOICE);
    let end = near.position(|token| text(token) == Some(")"))?;
    let choice = match rest.get(..end)? {
        [choice @ .., comma] if text(comma)? == "," => choice,
        choice => choice,
    };
    let span = choice.first()?.span.start..choice.last()?.span.end;
    let written = source.get(span.clone())?;
    let choice = match choice {
        [string] if string.kind == TokenKind::Str => string_value(written)?,
        [letter] if written.starts_with('\'') => char_value(text(letter)?)?,
        _ => number(written)?,
    };
    Some((choice, span))
}

/// What a string literal says; `None` for byte and C strings and for escapes
/// that Rust does not know.
pub(super) fn string_value(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('r') {
        let inner = raw.trim_start_matches('#');
        let hashes = raw.len() - inner.len();
        let inner = inner.strip_prefix('"')?;
        let end = inner.len().checked_sub(hashes + 1)?;
        return inner.get(..end).map(str::to_owned);
    }
    unescape(literal.strip_prefix('"')?.strip_suffix('"')?)
}

/// What a character literal says, as a text.
fn char_value(literal: &str) -> Option<String> {
    unescape(literal.strip_prefix('\'')?.strip_suffix('\'')?)
}

fn unescape(text: &str) -> Option<String> {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        value.push_str(rest.get(..at)?);
        let mut after = rest.get(at + 1..)?.chars();
        match after.next()? {
            'n' => value.push('\n'),
            't' => value.push('\t'),
            'r' => value.push('\r'),
            '0' => value.push('\0'),
            same @ ('\\' | '"' | '\'') => value.push(same),
            '\n' => after = after.as_str().trim_start().chars(),
            _ => return None,
        }
        rest = after.as_str();
    }
    value.push_str(rest);
    Some(value)
}

/// The types that may stand behind a whole number.
const WHOLE: [&str; 12] = [
    "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize",
];

/// A number as a cell shows it when it runs: decimal digits, with a sign, a
/// point, an exponent or a type behind it. `answer` takes what `Display` makes
/// of its argument, so `1_000_i32` and `1e3` both are `1000` here.
fn number(written: &str) -> Option<String> {
    let (sign, digits) = match written.strip_prefix('-') {
        Some(digits) => ("-", digits.trim_start()),
        None => ("", written),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let digits = digits.replace('_', "");
    let plain = |suffix: &str| digits.strip_suffix(suffix);
    let typed = WHOLE.into_iter().find_map(plain);
    let whole = typed.unwrap_or(&digits);
    if whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(match whole.trim_start_matches('0') {
            "" => "0".to_owned(),
            whole => format!("{sign}{whole}"),
        });
    }
    let value = match (typed, plain("f32"), plain("f64")) {
        (Some(_), ..) => return None,
        // `2.f64` asks the number 2 for a field.
        (None, Some(float), _) | (None, _, Some(float)) if float.ends_with('.') => return None,
        (None, Some(float), _) => float.parse::<f32>().ok()?.to_string(),
        (None, _, float) => float.unwrap_or(&digits).parse::<f64>().ok()?.to_string(),
    };
    Some(format!("{sign}{value}"))
}

/// Whether the code of a cell is one call of `answer` with two literals, and
/// nothing beside it, not even a comment.
#[must_use]
pub fn is_answer_alone(source: &str) -> bool {
    let tokens = tokens(source);
    let text = |token: &Token| source.get(token.span.clone()).unwrap_or_default();
    let is_path = |token: &Token| matches!(text(token), "twoaxes" | "quiz" | ":");
    let name = tokens.iter().take_while(|token| is_path(token)).count();
    let call = tokens.get(name..).and_then(|rest| call(source, None, rest));
    let Some(AnswerCall::Literal(answer)) = call else {
        return false;
    };
    tokens
        .iter()
        .filter(|token| token.span.start >= answer.span.end)
        .all(|token| matches!(text(token), "," | ")" | ";"))
}

/// The line of the first place where the function `answer` is used in another
/// way than called: under another name, it would not be seen.
#[must_use]
pub fn renamed_answer(source: &str) -> Option<usize> {
    let tokens = code_tokens(source);
    let text = |at: usize| {
        let token = tokens.get(at)?;
        source.get(token.span.clone())
    };
    let is_renamed = |at: &usize| {
        let names_it = text(*at) == Some("answer")
            && tokens
                .get(*at)
                .is_some_and(|token| token.kind == TokenKind::Word);
        let is_value = at.checked_sub(1).and_then(text) == Some("=") && text(at + 1) == Some(";");
        names_it && (text(at + 1) == Some("as") || is_value)
    };
    let at = (0..tokens.len()).find(is_renamed)?;
    Some(line_of(source, tokens.get(at)?.span.start))
}

/// The line in which byte `at` of a text stands, the first being 1.
#[must_use]
pub fn line_of(source: &str, at: usize) -> usize {
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
        check(r#"answer("a", b"B")"#, &[("", "unclear")]);
        check(r#"answer("a", 1 + 1)"#, &[("", "unclear")]);
        check(r#"answer("a", f(2))"#, &[("", "unclear")]);
        check(r#"answer("a", )"#, &[("", "unclear")]);
        check(r#"answer("a""#, &[("", "unclear")]);
        check(r#"answer("a", 20+20)"#, &[("", "unclear")]);
        check(r#"answer("a", 40u7)"#, &[("", "unclear")]);
        check(r#"answer("a", 2.5u8)"#, &[("", "unclear")]);
        check(r#"answer("a", 2.f64)"#, &[("", "unclear")]);
        check(r#"answer("a", u8)"#, &[("", "unclear")]);
        check(r#"answer("a", 0x28)"#, &[("", "unclear")]);
    }

    #[test]
    fn an_answer_is_read_as_rust_reads_it() {
        let check = |choice: &str, expected: &str| {
            let source = format!("answer(\"q\", {choice});");
            let [AnswerCall::Literal(answer)] = &answer_calls(&source)[..] else {
                panic!("one answer expected in {source}");
            };
            assert_eq!(answer.choice, expected, "{source}");
            assert_eq!(&source[answer.span.clone()], choice);
        };
        check("40", "40");
        check("'B'", "B");
        check("-2.5", "-2.5");
        check("1e3", "1000");
        check("1e-3", "0.001");
        check("-1.5e-3f64", "-0.0015");
        check("1_000", "1000");
        check("40u64", "40");
        check("007usize", "7");
        check("-40i8", "-40");
        check("- 40", "-40");
        check("-0", "0");
        check("1_000_i32", "1000");
        check("2.5f64", "2.5");
        check("0.1f32", "0.1");
        check("40f32", "40");
        check("40.0", "40");
        check(r#""1\n2""#, "1\n2");
        check(r#""a \"b\" \\""#, r#"a "b" \"#);
        check("\"1\\\n   2\"", "12");
        check(r##"r#"a"b\n"#"##, r#"a"b\n"#);
        check(r#"r"x""#, "x");
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
    fn hostile_text_costs_no_more_than_its_length() {
        for piece in ["answer(\"a\",", "r#", "'\\", "/*", "\"\\"] {
            let _ = answer_calls(&piece.repeat(300_000));
        }
    }

    #[test]
    fn an_answer_in_a_comment_is_noticed() {
        assert_eq!(answers_in_comments("x\n// answer(\"a\", \"B\")"), Some(2));
        assert_eq!(
            answers_in_comments("/* answer (\n r#\"a\"#, \"B\") */"),
            Some(1)
        );
        assert_eq!(answers_in_comments("answer(\"a\", \"B\") // sure?"), None);
    }

    #[test]
    fn an_answer_alone_has_nothing_beside_it() {
        let check = |source, expected| assert_eq!(is_answer_alone(source), expected, "{source}");
        check("answer(\"a\", \"B\");", true);
        check("\nquiz::answer(\n    \"a\",\n    -2.5,\n)", true);
        check("answer(\"a\", \"B\"); // because", false);
        check("// because\nanswer(\"a\", \"B\");", false);
        check("answer(\"a\", /* because */ \"B\");", false);
        check("answer(\"a\", \"B\"); let b = \"because\";", false);
        check("let why = \"because\"; answer(\"a\", \"B\");", false);
        check("answer(\"a\", b)", false);
        check("", false);
    }

    #[test]
    fn answer_under_another_name_is_noticed() {
        let check = |source, expected| assert_eq!(renamed_answer(source), expected, "{source}");
        check("\nuse quiz::answer as say;", Some(2));
        check("let say = answer;", Some(1));
        check("let answer = 42; answer + 1", None);
        check("use quiz::answer;", None);
        check("// let say = answer;", None);
        check("let x = \"answer\" as y;", None);
    }
}
