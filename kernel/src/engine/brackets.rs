//! Brackets and comments that do not close. evcxr wraps a cell into a function, and drops what
//! stands behind a bracket that closes it, without a word; of one that stays open the compiler
//! speaks about generated code.

use ra_ap_parser::LexedStr;
use ra_ap_syntax::{Edition, SyntaxKind};

/// What is wrong in `rust`, and at which byte.
pub fn mistake(rust: &str) -> Option<(String, usize)> {
    let tokens = LexedStr::new(Edition::CURRENT, rust);
    let mut open: Vec<(&str, usize)> = Vec::new();
    for token in 0..tokens.len() {
        let (text, at) = (tokens.text(token), tokens.text_start(token));
        match tokens.kind(token) {
            SyntaxKind::L_PAREN | SyntaxKind::L_BRACK | SyntaxKind::L_CURLY => {
                open.push((text, at));
            }
            SyntaxKind::R_PAREN | SyntaxKind::R_BRACK | SyntaxKind::R_CURLY => match open.pop() {
                Some((opening, _)) if closing(opening) == text => {}
                Some((opening, start)) => {
                    let line = 1 + rust.get(..start)?.matches('\n').count();
                    let due = closing(opening);
                    return Some((
                        format!(
                            "`{text}` where `{due}` has to close the `{opening}` of line {line}"
                        ),
                        at,
                    ));
                }
                None => return Some((format!("`{text}` closes nothing: none is open"), at)),
            },
            SyntaxKind::COMMENT if tokens.error(token).is_some() => {
                return Some(("this comment does not end: `*/` is missing".to_owned(), at));
            }
            // What looks open behind it may be its text.
            _ if tokens.error(token).is_some() => return None,
            _ => {}
        }
    }
    let (opening, at) = open.pop()?;
    let due = closing(opening);
    Some((format!("`{opening}` is not closed: `{due}` is missing"), at))
}

fn closing(opening: &str) -> &str {
    match opening {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

#[cfg(test)]
mod tests {
    use super::mistake;

    #[test]
    fn what_does_not_close_is_told_with_its_place() {
        for (rust, expected) in [
            ("f(&[1, (2)]); { 3 }", None),
            ("}", Some(("`}` closes nothing: none is open", 0))),
            ("let x = 1;\n}\nf();", Some(("`}` closes nothing", 11))),
            ("} fn f() {", Some(("`}` closes nothing", 0))),
            ("é)", Some(("`)` closes nothing", 2))),
            (
                "f(\n[1)",
                Some(("`)` where `]` has to close the `[` of line 2", 5)),
            ),
            ("fn f() {", Some(("`{` is not closed: `}` is missing", 7))),
            ("f([1,", Some(("`[` is not closed", 2))),
            ("/* a\n1", Some(("this comment does not end", 0))),
            ("/* /* */ {\n1", Some(("this comment does not end", 0))),
            ("/* /* */ { */ 1", None),
            ("// }\n\"}\"; r#\"\"}\"#; '}'; b'{'", None),
            ("fn f<'a>(x: &'a u8) {}", None),
            // The compiler says that the text does not end.
            ("f(\"}", None),
            ("x}\"", Some(("`}` closes nothing", 1))),
        ] {
            let found = mistake(rust);
            let is_expected = match (&found, expected) {
                (Some((message, at)), Some((words, place))) => {
                    message.starts_with(words) && *at == place
                }
                (None, None) => true,
                _ => false,
            };
            assert!(is_expected, "{rust}: {found:?}");
        }
    }
}
