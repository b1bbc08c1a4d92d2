//! Mistakes that evcxr would pass over in silence.

use std::ops::Range;
use std::str::FromStr;

use proc_macro2::{Spacing, TokenStream, TokenTree};

use super::{brackets, commands};

/// The first mistake: what it is, and at which line and column (from 1).
pub fn mistake(code: &str) -> Option<(String, (usize, usize))> {
    let rust = without_commands(code);
    if let Some((message, at)) = brackets::mistake(&rust) {
        let before = rust.get(..at)?;
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count();
        return Some((message, (1 + before.matches('\n').count(), 1 + column)));
    }
    let at = let_without_pattern(TokenStream::from_str(&rust).ok()?)?;
    Some(("expected a pattern after `let`".to_owned(), at))
}

/// Commands stand before the code and are not Rust; blanks keep every place.
pub fn without_commands(code: &str) -> String {
    let mut at_top = true;
    let mut rust = String::with_capacity(code.len());
    for line in code.split_inclusive('\n') {
        at_top &= commands::is_above_rust(line.trim());
        if at_top && is_command(line) {
            let text = line.trim_end_matches(['\r', '\n']);
            rust.extend(std::iter::repeat_n(' ', text.len()));
            rust.push_str(&line[text.len()..]);
        } else {
            rust.push_str(line);
        }
    }
    rust
}

/// Where the comments of `rust` are, in bytes; none where it cannot be read.
pub fn comments(rust: &str) -> Vec<Range<usize>> {
    let Ok(tokens) = TokenStream::from_str(rust) else {
        return Vec::new();
    };
    let mut code: Vec<Range<usize>> = Vec::new();
    let mut within = vec![tokens];
    while let Some(tokens) = within.pop() {
        for token in tokens {
            if let TokenTree::Group(group) = &token {
                code.extend([group.span_open(), group.span_close()].map(|span| span.byte_range()));
                within.push(group.stream());
            } else {
                code.push(token.span().byte_range());
            }
        }
    }
    code.push(rust.len()..rust.len());
    code.sort_by_key(|range| range.start);
    let mut comments = Vec::new();
    let mut end = 0;
    for range in code {
        let between = rust.get(end..range.start).unwrap_or_default();
        if between.contains('/') {
            let start = range.start - between.trim_start().len();
            comments.push(start..start + between.trim().len());
        }
        end = end.max(range.end);
    }
    comments
}

/// Whether a cell has a `let` that outlives it, or something that only evcxr
/// can tell. A `let` inside of braces or of a macro defines nothing, and `:clear` and
/// what we do ourselves asks for nothing.
pub fn may_define_variables(code: &str) -> bool {
    let is_let = |token: TokenTree| matches!(token, TokenTree::Ident(word) if word == "let");
    let asks = |line: &str| is_command(line) && commands::asks_for_types(line);
    let above_rust = |line: &&str| commands::is_above_rust(line.trim());
    code.lines().take_while(above_rust).any(asks)
        || TokenStream::from_str(&without_commands(code))
            .map_or(true, |tokens| tokens.into_iter().any(is_let))
}

/// Where a `let` has no pattern. evcxr drops such a statement without a word.
fn let_without_pattern(tokens: TokenStream) -> Option<(usize, usize)> {
    let mut last_let = None;
    for token in tokens {
        if last_let.is_some() && ends_pattern(&token) {
            let start = token.span().start();
            return Some((start.line, start.column + 1));
        }
        last_let = match &token {
            TokenTree::Ident(word) if word == "let" => Some(word.span().end()),
            _ => None,
        };
    }
    last_let.map(|end| (end.line, end.column + 1))
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
    line.trim_start().starts_with([':', '!'])
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
            ("f(\n!x);\nlet y = 1;", true),
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
            ("let x =\n    !0u8;\nlet = 1;", Some((3, 5))),
            ("let x =\n    !(0u8\n);\nlet = 1;", Some((4, 5))),
            ("\"let = 3;\"", None),
            ("let (a, b) = (1, 2);", None),
            ("let", Some((1, 4))),
            ("1;\nlet // a", Some((2, 4))),
        ] {
            let expected = expected.map(|at| ("expected a pattern after `let`".to_owned(), at));
            assert_eq!(mistake(code), expected, "{code}");
        }
    }

    #[test]
    fn brackets_are_looked_at_below_commands() {
        for (code, at) in [
            ("!echo '}'\n1;\n  é}", (3, 4)),
            (":timeit\n}\n1 + {", (2, 1)),
            ("1\n/* :vars", (2, 1)),
        ] {
            assert_eq!(mistake(code).map(|(_, at)| at), Some(at), "{code}");
        }
        assert_eq!(mistake("!echo '}'"), None);
    }

    #[test]
    fn commands_are_blanked_above_rust_only() {
        for (code, expected) in [
            (":dep é\r\n// :a\n!ls\n1", "       \r\n// :a\n   \n1"),
            ("let x =\n!y;", "let x =\n!y;"),
            ("f(a)\n::b()", "f(a)\n::b()"),
            ("", ""),
        ] {
            assert_eq!(without_commands(code), expected);
        }
    }

    #[test]
    fn comments_are_told_from_code() {
        for (code, expected) in [
            ("// a\nf(1 / 2); // b", vec!["// a", "// b"]),
            ("f(/* é */ \"// c\")", vec!["/* é */"]),
            ("/// d\nfn f() {} //", vec!["//"]),
            ("a", vec![]),
            ("'", vec![]),
        ] {
            let found = comments(code);
            let texts: Vec<&str> = found.into_iter().map(|range| &code[range]).collect();
            assert_eq!(texts, expected, "{code}");
        }
    }
}
