//! The literal texts in a cell's code, each with the call that it stands in.

use super::answer::{literal_argument, string_value};
use super::lexer::{Token, TokenKind, code_tokens};

/// A literal text in the code of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// What it says.
    pub text: String,
    /// Where it begins; see [`super::line_of`].
    pub at: usize,
    /// The function whose first argument it is.
    pub function: Option<String>,
    /// What else that function is given.
    pub beside: Beside,
}

/// What stands in a call behind its first argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    Nothing,
    /// One more literal, and no more.
    Literal,
    /// Something that is known only when the cell runs, or no call at all.
    Other,
}

/// Every literal text in the code of a cell, from top to bottom. What stands in
/// comments is none.
#[must_use]
pub fn literals(source: &str) -> Vec<Literal> {
    let tokens = code_tokens(source);
    let text = |token: &Token| source.get(token.span.clone()).unwrap_or_default();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if token.kind != TokenKind::Str {
            continue;
        }
        let Some(value) = string_value(text(token)) else {
            continue;
        };
        let before = |back: usize| index.checked_sub(back).and_then(|at| tokens.get(at));
        let opens = before(1).is_some_and(|token| text(token) == "(");
        let function = before(2).filter(|token| opens && token.kind == TokenKind::Word);
        found.push(Literal {
            text: value,
            at: token.span.start,
            function: function.map(|token| text(token).to_owned()),
            beside: beside(source, tokens.get(index + 1..).unwrap_or_default()),
        });
    }
    found
}

fn beside(source: &str, rest: &[Token]) -> Beside {
    let text = |token: &Token| source.get(token.span.clone()).unwrap_or_default();
    match rest {
        [end, ..] if text(end) == ")" => Beside::Nothing,
        [comma, end, ..] if text(comma) == "," && text(end) == ")" => Beside::Nothing,
        [comma, more @ ..] if text(comma) == "," && literal_argument(source, more).is_some() => {
            Beside::Literal
        }
        _ => Beside::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_found_with_their_calls() {
        let check = |source: &str, expected: &[(&str, Option<&str>, Beside)]| {
            let found = literals(source);
            let found: Vec<_> = found
                .iter()
                .map(|literal| {
                    let function = literal.function.as_deref();
                    (literal.text.as_str(), function, literal.beside)
                })
                .collect();
            assert_eq!(found, expected, "{source}");
        };
        check(
            "exercise(\"a\").points()",
            &[("a", Some("exercise"), Beside::Nothing)],
        );
        check(
            "quiz::check(\"a\", \"C\",)",
            &[
                ("a", Some("check"), Beside::Literal),
                ("C", None, Beside::Nothing),
            ],
        );
        check(
            "measured(\"a\", -2.5); measured(\n  r#\"a\"#, // why\n  f(2))",
            &[
                ("a", Some("measured"), Beside::Literal),
                ("a", Some("measured"), Beside::Other),
            ],
        );
        check("(answer)(\"a\", 'C')", &[("a", None, Beside::Literal)]);
        check("let id = \"a\"; // \"b\"", &[("a", None, Beside::Other)]);
        check("f(b\"a\")", &[]);
    }
}
