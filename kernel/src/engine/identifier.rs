//! The identifier at a cursor, and `?name` help requests.

/// The end of the identifier that `cursor` stands in or behind, or of the one
/// before an opening parenthesis there. Byte offsets; `None` if there is none.
pub fn end_at(code: &str, cursor: usize) -> Option<usize> {
    let cursor = floor(code, cursor);
    let after = code[cursor..]
        .char_indices()
        .find(|(_, c)| !is_part(*c))
        .map_or(code.len(), |(offset, _)| cursor + offset);
    let before = code[..after].trim_end_matches(['(', '!', ' ']);
    before.ends_with(is_part).then_some(before.len())
}

/// The name that `?name`, `??name` or `name?` on a line of its own asks about.
pub fn help_request(code: &str) -> Option<&str> {
    let code = code.trim();
    let name = code
        .strip_prefix("??")
        .or_else(|| code.strip_prefix('?'))
        .map(str::trim)?;
    let is_path = !name.is_empty() && name.chars().all(|c| is_part(c) || c == ':' || c == '.');
    is_path.then_some(name)
}

/// The part of an identifier that stands before `cursor`: byte offsets, the same where
/// there is none.
pub fn begun_at(code: &str, cursor: usize) -> (usize, usize) {
    let end = floor(code, cursor);
    (end - last(&code[..end]).len(), end)
}

/// The identifier at the end of `text`, empty if there is none.
pub fn last(text: &str) -> &str {
    let before = text.trim_end_matches(is_part);
    &text[before.len()..]
}

pub fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The nearest boundary between characters at or before `offset`.
fn floor(code: &str, offset: usize) -> usize {
    let mut offset = offset.min(code.len());
    while !code.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_identifier_at_a_cursor() {
        let check = |code: &str, cursor, expected: Option<&str>| {
            assert_eq!(
                end_at(code, cursor).map(|end| &code[..end]),
                expected,
                "{code} at {cursor}"
            );
        };
        check("Vec::new()", 0, Some("Vec"));
        check("Vec::new()", 6, Some("Vec::new"));
        check("Vec::new()", 9, Some("Vec::new"));
        check("println!(", 9, Some("println"));
        check("é.len", 1, Some("é"));
        check("", 0, None);
        check("1 + ", 4, None);
        check("x", 99, Some("x"));
    }

    #[test]
    fn help_requests() {
        for (code, expected) in [
            ("?Vec", Some("Vec")),
            (" ??Vec::new ", Some("Vec::new")),
            ("?", None),
            ("f()?", None),
            ("?a b", None),
        ] {
            assert_eq!(help_request(code), expected, "{code}");
        }
    }
}
