//! White space and other characters that nobody sees.

use super::lexer::{TokenKind, tokens};

/// Code without white space at the ends of its lines and without empty lines
/// around it. What stands in a string stays as it is.
#[must_use]
pub fn without_trailing_blanks(code: &str) -> String {
    let mut strings = tokens(code)
        .into_iter()
        .filter(|token| token.kind == TokenKind::Str)
        .map(|token| token.span)
        .peekable();
    let mut kept = String::with_capacity(code.len());
    let mut start = 0;
    for line in code.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\r', '\n']).len();
        // Strings that end before this line does are of no more interest.
        while strings.next_if(|string| string.end <= end).is_some() {}
        let in_string = strings.peek().is_some_and(|string| string.start < end);
        match in_string {
            true => kept.push_str(line),
            false => {
                kept.push_str(line.trim_end());
                kept.push('\n');
            }
        }
        start += line.len();
    }
    kept.trim_matches('\n').to_owned()
}

/// Whether a character has no width, or turns the direction of writing.
#[must_use]
pub fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blanks_go_except_in_strings() {
        let check = |code: &str, expected: &str| {
            assert_eq!(without_trailing_blanks(code), expected, "{code:?}");
        };
        check("\n\na;  \r\n\nb;\t\n\n", "a;\n\nb;");
        check("f(\"x  \ny \");  \nz", "f(\"x  \ny \");\nz");
        check("// \"x  \ny  ", "// \"x\ny");
        check("", "");
    }

    proptest! {
        #[test]
        fn twice_is_once(pieces in prop::collection::vec("[a \\n]{0,3}|\"[a \\n]{0,4}\"|// [a\"]? ?\n", 0..6)) {
            let once = without_trailing_blanks(&pieces.concat());
            prop_assert_eq!(without_trailing_blanks(&once), once);
        }

        #[test]
        fn only_blanks_go(code in any::<String>()) {
            let seen = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(seen(&without_trailing_blanks(&code)), seen(&code));
        }
    }
}
