//! Just enough of Rust's lexical grammar to tell code from strings and
//! comments. A cell need not compile, or even be Rust: any text has tokens.

use std::ops::Range;

/// One token and where it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub span: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// An identifier, a keyword or a number.
    Word,
    /// A string literal of any sort, with its quotes.
    Str,
    Comment,
    /// Any other character, alone. A character literal is one of these.
    Mark,
}

/// The tokens of `text` without its comments.
pub(super) fn code_tokens(text: &str) -> Vec<Token> {
    let mut found = tokens(text);
    found.retain(|token| token.kind != TokenKind::Comment);
    found
}

/// The tokens of `text`, without the white space between them.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = first(rest);
        if let Some(kind) = kind {
            tokens.push(Token {
                kind,
                span: at..at + length,
            });
        }
        at += length;
    }
    tokens
}

/// The kind (`None` for white space) and the length in bytes of what `rest`
/// begins with. The length is never 0 for a text that is not empty.
fn first(rest: &str) -> (Option<TokenKind>, usize) {
    if rest.starts_with("//") {
        return (Some(TokenKind::Comment), until(rest, '\n'));
    }
    if rest.starts_with("/*") {
        return (Some(TokenKind::Comment), block_comment(rest));
    }
    if let Some(length) = string(rest) {
        return (Some(TokenKind::Str), length);
    }
    let Some(c) = rest.chars().next() else {
        return (None, 0);
    };
    if c == '\'' {
        return (Some(TokenKind::Mark), quote(rest));
    }
    if is_word(c) {
        return (Some(TokenKind::Word), while_true(rest, is_word));
    }
    let kind = (!c.is_whitespace()).then_some(TokenKind::Mark);
    (kind, c.len_utf8())
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn while_true(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

fn until(text: &str, end: char) -> usize {
    text.find(end).unwrap_or(text.len())
}

/// The length of a block comment; they nest, and one may lack its end.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of the string literal that `rest` begins with, if it does.
fn string(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "r"]
        .into_iter()
        .find(|prefix| rest.starts_with(prefix));
    if let Some(prefix) = prefix
        && let Some(length) = raw_string(rest.get(prefix.len()..)?)
    {
        return Some(prefix.len() + length);
    }
    let prefix = usize::from(rest.starts_with(['b', 'c']));
    let body = rest.get(prefix..)?.strip_prefix('"')?;
    Some(prefix + 1 + escaped(body, '"'))
}

/// The length of `#"..."#`, any number of `#`.
fn raw_string(rest: &str) -> Option<usize> {
    let hashes = while_true(rest, |c| c == '#');
    let body = rest.get(hashes..)?.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(hashes + 1 + length)
}

/// The length up to and with the first `end` that no backslash escapes.
fn escaped(body: &str, end: char) -> usize {
    let mut characters = body.char_indices();
    while let Some((at, c)) = characters.next() {
        if c == end {
            return at + c.len_utf8();
        }
        if c == '\\' {
            characters.next();
        }
    }
    body.len()
}

/// The length of a character literal, or of the quote that opens a lifetime.
fn quote(rest: &str) -> usize {
    let mut characters = rest.chars().skip(1);
    match (characters.next(), characters.next()) {
        (Some('\\'), _) => 1 + escaped(rest.get(1..).unwrap_or_default(), '\''),
        (Some(c), Some('\'')) => 2 + c.len_utf8(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[(TokenKind, &str)]) {
        let found: Vec<_> = tokens(text)
            .into_iter()
            .map(|token| (token.kind, &text[token.span]))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn code_strings_and_comments_are_told_apart() {
        use TokenKind::{Comment, Mark, Str, Word};
        check(
            "a1 (b)",
            &[(Word, "a1"), (Mark, "("), (Word, "b"), (Mark, ")")],
        );
        check(
            "x // \"y\"\nz",
            &[(Word, "x"), (Comment, "// \"y\""), (Word, "z")],
        );
        check("/* /* */ */ a", &[(Comment, "/* /* */ */"), (Word, "a")]);
        check(r#""a\"b" c"#, &[(Str, r#""a\"b""#), (Word, "c")]);
        check(r##"r#"a"b"# c"##, &[(Str, r##"r#"a"b"#"##), (Word, "c")]);
        check(r#"br"\" b"x""#, &[(Str, r#"br"\""#), (Str, r#"b"x""#)]);
        check(
            "'\"' 'a \"b\"",
            &[(Mark, "'\"'"), (Mark, "'"), (Word, "a"), (Str, "\"b\"")],
        );
        check(r"'\'' a", &[(Mark, r"'\''"), (Word, "a")]);
        check(
            "r#type rest",
            &[(Word, "r"), (Mark, "#"), (Word, "type"), (Word, "rest")],
        );
        check("\"open", &[(Str, "\"open")]);
        check("/* open", &[(Comment, "/* open")]);
    }

    proptest! {
        #[test]
        fn any_text_has_tokens_in_order(text in "[ab/*'\"\\\\r#\n é]{0,40}") {
            let mut at = 0;
            for token in tokens(&text) {
                prop_assert!(token.span.start >= at && token.span.end > token.span.start);
                prop_assert!(text.get(token.span.clone()).is_some());
                at = token.span.end;
            }
        }
    }
}
