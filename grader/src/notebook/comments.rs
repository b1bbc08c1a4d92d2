//! Code without its comments.

use super::lexer::{TokenKind, tokens};

/// The same code with blanks for comments, so that every token stays at its line
/// and column.
#[must_use]
pub fn without_comments(code: &str) -> String {
    let mut made = String::with_capacity(code.len());
    let mut at = 0;
    for token in tokens(code) {
        if token.kind != TokenKind::Comment {
            continue;
        }
        made.push_str(code.get(at..token.span.start).unwrap_or_default());
        let comment = code.get(token.span.clone()).unwrap_or_default();
        made.extend(comment.chars().map(|c| match c {
            '\n' | '\r' => c,
            _ => ' ',
        }));
        at = token.span.end;
    }
    made.push_str(code.get(at..).unwrap_or_default());
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_stay_where_they_are() {
        let check = |code: &str, expected: &str| assert_eq!(without_comments(code), expected);
        check("a /* é\n */ b // c\nd", "a     \n    b     \nd");
        check("\"// no\" '/' r#\"/*\"#", "\"// no\" '/' r#\"/*\"#");
        check("/// doc\nfn f() {}", "       \nfn f() {}");
    }
}
