//! Cursor positions: Jupyter counts Unicode code points, Rust counts bytes.

/// The byte offset of the code point number `position`; the end when there are
/// fewer.
pub(super) fn to_bytes(text: &str, position: usize) -> usize {
    text.char_indices()
        .nth(position)
        .map_or(text.len(), |(offset, _)| offset)
}

/// How many code points begin before the byte `offset`. An offset inside a code
/// point counts it.
pub(super) fn to_code_points(text: &str, offset: usize) -> usize {
    text.char_indices()
        .take_while(|(start, _)| *start < offset)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn emoji_and_combining_marks() {
        // e + combining acute is two code points; the family emoji is five.
        for (text, position, offset) in [
            ("", 0, 0),
            ("abc", 2, 2),
            ("é", 1, 2),
            ("e\u{301}x", 1, 1),
            ("e\u{301}x", 2, 3),
            ("🦀.len()", 1, 4),
            ("🦀.len()", 2, 5),
            ("👨\u{200d}👩\u{200d}👧;", 5, 18),
            ("日本", 1, 3),
        ] {
            assert_eq!(to_bytes(text, position), offset, "{text} {position}");
            assert_eq!(to_code_points(text, offset), position, "{text} {offset}");
        }
        assert_eq!(
            to_bytes("ab", 99),
            2,
            "a cursor beyond the end is at the end"
        );
        assert_eq!(to_code_points("ab", 99), 2);
    }

    proptest! {
        #[test]
        fn there_and_back(text in ".{0,40}", position in 0usize..50) {
            let offset = to_bytes(&text, position);
            prop_assert!(text.is_char_boundary(offset));
            prop_assert_eq!(to_code_points(&text, offset), position.min(text.chars().count()));
        }
    }
}
