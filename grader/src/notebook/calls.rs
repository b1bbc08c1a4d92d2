//! Calls by which a cell says what it is: `exercise("..")`, `progress("..")`,
//! `questions_from("..")`.

use std::ops::Range;

use super::answer::string_value;
use super::lexer::{Token, TokenKind, code_tokens};

/// A call whose first argument is a literal text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// What the text says.
    pub text: String,
    /// Where the function's name stands.
    pub name: Range<usize>,
    /// Where the literal stands, with its quotes.
    pub span: Range<usize>,
}

/// A call of a function of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// With a literal text as its first argument.
    Literal(Argument),
    /// With something that is known only when the cell runs.
    Unclear {
        /// Where the call begins; see [`super::line_of`].
        at: usize,
    },
}

/// Every call of the function `name` in the code of a cell, from top to bottom.
#[must_use]
pub fn calls(source: &str, name: &str) -> Vec<Call> {
    let tokens = code_tokens(source);
    let text = |token: &Token| source.get(token.span.clone()).unwrap_or_default();
    let mut found = Vec::new();
    for (index, window) in tokens.windows(3).enumerate() {
        let [function, bracket, argument] = window else {
            continue;
        };
        let before = index.checked_sub(1).and_then(|before| tokens.get(before));
        // A definition or a method of that name is somebody else's.
        let is_ours = !matches!(before.map(text), Some("fn" | "."));
        if text(function) != name || text(bracket) != "(" || !is_ours {
            continue;
        }
        let value = (argument.kind == TokenKind::Str).then(|| string_value(text(argument)));
        found.push(match value.flatten() {
            Some(value) => Call::Literal(Argument {
                text: value,
                name: function.span.clone(),
                span: argument.span.clone(),
            }),
            None => Call::Unclear {
                at: function.span.start,
            },
        });
    }
    found
}

/// As [`calls`], without those whose first argument is no literal text.
#[must_use]
pub fn first_arguments(source: &str, name: &str) -> Vec<Argument> {
    let calls = calls(source, name).into_iter();
    calls
        .filter_map(|call| match call {
            Call::Literal(argument) => Some(argument),
            Call::Unclear { .. } => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_with_a_text_are_found() {
        let check = |source: &str, expected: &[&str]| {
            let found = first_arguments(source, "exercise");
            let texts: Vec<&str> = found
                .iter()
                .map(|argument| argument.text.as_str())
                .collect();
            assert_eq!(texts, expected, "{source}");
            for argument in &found {
                assert_eq!(&source[argument.name.clone()], "exercise");
                assert!(source[argument.span.clone()].contains(&argument.text));
            }
        };
        check(r#"exercise("a-1").points()"#, &["a-1"]);
        check(
            "exercise::exercise(\n    // which one\n    \"a\",\n); exercise(r#\"b\"#)",
            &["a", "b"],
        );
        check(r#"exercise(id); x.exercise("a"); fn exercise("b")"#, &[]);
        check(r#"// exercise("a")"#, &[]);
        check("exercise(", &[]);
        assert_eq!(
            calls("a; exercise(format!(\"x\"))", "exercise"),
            [Call::Unclear { at: 3 }]
        );
    }
}
