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

/// What a cell asks that begins with a question mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Help<'a> {
    /// About this name, or what stands at the end of it; a macro's has its `!`.
    Of(&'a str),
    /// About this command.
    Command(&'a str),
    /// Something else, or more than one thing.
    Unclear,
}

/// What `?name` or `??name`, alone in its cell, asks about.
pub fn help_request(code: &str) -> Option<Help<'_>> {
    let asked = code.trim().strip_prefix('?')?;
    let asked = asked.strip_prefix('?').unwrap_or(asked).trim();
    let is_command = asked.starts_with(':') && !asked.starts_with("::");
    if (is_command || matches!(asked, "!" | "?")) && !asked.contains(char::is_whitespace) {
        return Some(Help::Command(asked));
    }
    let mut name = asked.trim_end_matches([';', ' ']);
    for empty in ["()", "[]", "{}"] {
        name = name.strip_suffix(empty).unwrap_or(name);
    }
    if name.ends_with('>') {
        name = name.split('<').next().unwrap_or(name);
        name = name.trim_end_matches(':');
    }
    let is_name = name.trim_end_matches('!').ends_with(is_part);
    Some(match is_name && !name.contains(char::is_whitespace) {
        true => Help::Of(name),
        false => Help::Unclear,
    })
}

/// Whether `name` is one of evcxr's own, in its text or in ours.
pub fn is_generated(name: &str) -> bool {
    name.starts_with("evcxr_") || name.starts_with("Evcxr")
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
            ("?Vec", Some(Help::Of("Vec"))),
            (" ??Vec::new ", Some(Help::Of("Vec::new"))),
            ("?Vec;", Some(Help::Of("Vec"))),
            ("?Vec<i32>", Some(Help::Of("Vec"))),
            ("?Vec::<i32>;", Some(Help::Of("Vec"))),
            ("?Vec::new()", Some(Help::Of("Vec::new"))),
            ("?v.iter().map", Some(Help::Of("v.iter().map"))),
            ("?println!", Some(Help::Of("println!"))),
            ("?vec![];", Some(Help::Of("vec!"))),
            ("?:time", Some(Help::Command(":time"))),
            ("?!", Some(Help::Command("!"))),
            ("??", Some(Help::Unclear)),
            ("?::std::vec::Vec", Some(Help::Of("::std::vec::Vec"))),
            ("?", Some(Help::Unclear)),
            ("?a b", Some(Help::Unclear)),
            ("?Vec\n1 + 1", Some(Help::Unclear)),
            ("?1 + 1", Some(Help::Unclear)),
            ("f()?", None),
            ("Vec?", None),
        ] {
            assert_eq!(help_request(code), expected, "{code}");
        }
    }
}
