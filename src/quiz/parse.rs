//! Reading what a student typed, leniently.

/// Letters such as `A, c` or `AC`, in order and without repetition.
pub(super) fn letters(text: &str) -> Option<Vec<char>> {
    let mut letters = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || ",;+&/".contains(c)) {
        let word = word.trim_matches(['(', ')', '.', '[', ']', '"', '\'']);
        if word.eq_ignore_ascii_case("and") {
            continue;
        }
        for letter in word.chars() {
            if !letter.is_ascii_alphabetic() {
                return None;
            }
            letters.push(letter.to_ascii_uppercase());
        }
    }
    letters.sort_unstable();
    letters.dedup();
    (!letters.is_empty()).then_some(letters)
}

/// A finite number such as `40`, `1_000`, `2.5`, `1e3`, `5/3` or, if the
/// question counts ticks, `40 ticks`.
pub(super) fn number(text: &str, unit: Option<&str>) -> Option<f64> {
    let mut text = text.trim();
    if let Some(unit) = unit
        && let Some(cut) = text.len().checked_sub(unit.len())
        && text.is_char_boundary(cut)
        && text[cut..].eq_ignore_ascii_case(unit)
    {
        text = text[..cut].trim_end();
    }
    let value = match text.split_once('/') {
        Some((above, below)) => plain(above)? / plain(below)?,
        None => plain(text)?,
    };
    value.is_finite().then_some(value)
}

fn plain(text: &str) -> Option<f64> {
    let text = text.trim();
    // "inf" and "nan" are numbers to Rust and none to us.
    let last = text.chars().last()?;
    if !(last.is_ascii_digit() || last == '.') {
        return None;
    }
    text.replace('_', "").parse().ok()
}

/// What a program prints, without what nobody sees: space at the end of lines
/// and empty lines around them.
pub(super) fn printed(text: &str) -> String {
    let text = text.replace("\\n", "\n");
    let lines: Vec<&str> = text
        .trim_matches(['\n', '\r'])
        .lines()
        .map(str::trim_end)
        .collect();
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_in_any_form() {
        let check = |input: &str, expected: Option<&str>| {
            let got = letters(input).map(|letters| letters.into_iter().collect::<String>());
            assert_eq!(got.as_deref(), expected, "{input:?}");
        };
        check("B", Some("B"));
        check(" b ", Some("B"));
        check("(b)", Some("B"));
        check("c, A", Some("AC"));
        check("A;C", Some("AC"));
        check("A and C", Some("AC"));
        check("ca", Some("AC"));
        check("A,A", Some("A"));
        check("", None);
        check("1", None);
        check("é", None);
    }

    #[test]
    fn numbers_are_read_in_any_form() {
        let check = |input: &str, expected| {
            assert_eq!(number(input, Some("ticks")), expected, "{input:?}");
        };
        check("40", Some(40.0));
        check(" 40 Ticks", Some(40.0));
        check("1_000", Some(1000.0));
        check("4e1", Some(40.0));
        check("5/2", Some(2.5));
        check("-3.", Some(-3.0));
        check("1/0", None);
        check("inf", None);
        check("NaN", None);
        check("3,5", None);
        check("forty", None);
        check("ticks", None);
        check("é", None);
    }
}
