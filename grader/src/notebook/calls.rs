//! Calls by which a cell says what it is: `exercise("..")`, `progress("..")`,
//! `questions_from("..")`.

use std::ops::Range;

use super::answer::string_value;
use super::lexer::{Token, TokenKind, tokens};

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

/// The first argument of every call of the function `name` in the code of a
/// cell, from top to bottom; calls whose first argument is no literal text are
/// left out.
#[must_use]
pub fn first_arguments(source: &str, name: &str) -> Vec<Argument> {
    let tokens: Vec<Token> = tokens(source)
        .into_iter()
        .filter(|token| token.kind != TokenKind::Comment)
        .collect();
    let text = |token: &Token| source.get(token.span.clone()).unwrap_or_default();
    let mut found = Vec::new();
    for (index, window) in tokens.windows(3).enumerate() {
        let [function, bracket, argument] = window else {
            continue;
        };
        let before = index.checked_sub(1).and_then(|before| tokens.get(before));
        // A definition or a method of that name is somebody else's.
        let is_ours = !matches!(before.map(text), Some("fn" | "."));
        let is_call = text(function) == name && text(bracket) == "(" && is_ours;
        if !is_call || argument.kind != TokenKind::Str {
            continue;
        }
        if let Some(value) = string_value(text(argument)) {
            found.push(Argument {
                text: value,
                name: function.span.clone(),
                span: argument.span.clone(),
            });
        }
    }
    found
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
    }
}
