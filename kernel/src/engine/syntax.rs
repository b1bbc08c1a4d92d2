//! Mistakes that evcxr would pass over in silence.

use std::str::FromStr;

use proc_macro2::{Spacing, TokenStream, TokenTree};

use super::commands;

/// Where a `let` has no pattern: line and column (from 1) of what stands in its
/// place. evcxr drops such a statement without a word.
pub fn let_without_pattern(code: &str) -> Option<(usize, usize)> {
    search(TokenStream::from_str(&without_commands(code)).ok()?)
}

/// Commands stand before the code and are not Rust; blank lines keep count.
pub fn without_commands(code: &str) -> String {
    let lines = code.lines();
    let lines = lines.map(|line| if is_command(line) { "" } else { line });
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Whether a cell has a `let` that outlives it, or something that only evcxr
/// can tell. A `let` inside of braces or of a macro defines nothing, and `:clear` and
/// what we do ourselves asks for nothing.
pub fn may_define_variables(code: &str) -> bool {
    let is_let = |token: TokenTree| matches!(token, TokenTree::Ident(word) if word == "let");
    let asks = |line: &str| is_command(line) && commands::asks_for_types(line);
    code.lines().any(asks)
        || TokenStream::from_str(&without_commands(code))
            .map_or(true, |tokens| tokens.into_iter().any(is_let))
}

fn search(tokens: TokenStream) -> Option<(usize, usize)> {
    let mut after_let = false;
    for token in tokens {
        if after_let && ends_pattern(&token) {
            let start = token.span().start();
            return Some((start.line, start.column + 1));
        }
        after_let = matches!(&token, TokenTree::Ident(word) if word == "let");
    }
    None
}

/// Whether a pattern cannot begin here. (`::` begins the path of one.)
fn ends_pattern(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => match punct.as_char() {
            '=' | ';' => true,
            ':' => punct.spacing() == Spacing::Alone,
            _ => false,
        },
        _ => false,
    }
}

fn is_command(line: &str) -> bool {
    line.trim_start().starts_with([':', '!', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_come_from_a_let_of_the_cell_itself() {
        for (code, expected) in [
            ("1 + 1", false),
            ("let x = 1;", true),
            ("f(); let x = 1;", true),
            ("fn f() { let x = 1; }", false),
            ("{ let x = 1; x }", false),
            ("println!(\"let\");", false),
            ("if let Some(x) = y { x }", true),
            (":vars", true),
            (":clear", false),
            ("!grep 'let x' file", false),
            ("!ls\nlet x = 1;", true),
            (":clear\nlet x = 1;", true),
            ("'", true),
        ] {
            assert_eq!(may_define_variables(code), expected, "{code}");
        }
    }

    #[test]
    fn a_let_needs_a_pattern() {
        for (code, expected) in [
            ("let = 3;", Some((1, 5))),
            ("let x = 3;", None),
            ("let _ = 3;", None),
            (
                "let ::std::option::Option::Some(x) = y else { return };",
                None,
            ),
            ("let x = 1;\nlet ;", Some((2, 5))),
            (":dep rand\nlet = 1;", Some((2, 5))),
            ("\"let = 3;\"", None),
            ("let (a, b) = (1, 2);", None),
        ] {
            assert_eq!(let_without_pattern(code), expected, "{code}");
        }
    }
}
