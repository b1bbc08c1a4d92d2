//! Reading what a student typed, leniently.

use super::variant;

/// The places of options in the order in which they are named: `A, c`, `AC`,
/// `B > A`, `A and C`. `None` when something else stands there, or a letter
/// beyond the `options` that there are.
pub(super) fn places(text: &str, options: usize) -> Option<Vec<usize>> {
    let mut places = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || ",;+&/<>-→".contains(c)) {
        let word = word.trim_matches(['(', ')', '.', '[', ']', '"', '\'']);
        if word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("then") {
            continue;
        }
        for letter in word.chars() {
            places.push(variant::place(letter).filter(|place| *place < options)?);
        }
    }
    (!places.is_empty()).then_some(places)
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
    let text = without_separators(text.trim());
    // "inf" and "nan" are numbers to Rust and none to us.
    let last = text.chars().last()?;
    if !(last.is_ascii_digit() || last == '.') {
        return None;
    }
    text.parse().ok()
}

/// A number without what stands between its thousands: `10,999`, `10 999`,
/// `10_999`. What does not come in threes is left, and is no number then: `3,5`
/// may be meant as 3.5, or as two numbers. So may `0,143`: no thousands begin
/// with a zero.
fn without_separators(text: &str) -> String {
    let (whole, rest) = match text.find(['.', 'e', 'E']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    for separator in [',', ' ', '\u{a0}', '\u{202f}', '\''] {
        let mut groups = whole.trim_start_matches(['-', '+']).split(separator);
        let first = groups.next().unwrap_or_default();
        let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
        let in_threes = (1..=3).contains(&first.len())
            && digits(first)
            && !first.starts_with('0')
            && groups.clone().count() > 0
            && groups.all(|group| group.len() == 3 && digits(group));
        if in_threes {
            return format!("{}{rest}", whole.replace(separator, ""));
        }
    }
    text.replace('_', "")
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

/// How the bank says that code does not compile.
const NO: &str = "no";

/// Whether two texts say that code prints the same: that it does not compile in
/// any words, error codes in any case, other texts exactly.
pub(super) fn is_same_output(given: &str, text: &str) -> bool {
    let (given, text) = (printed(given), printed(text));
    given == text || (text == NO && is_no(&given)) || (is_error_code(&text) && names(&given, &text))
}

/// Whether `text` says that the code does not compile.
fn is_no(text: &str) -> bool {
    let plain = text.to_lowercase().replace('\u{2019}', "'");
    let plain = plain.trim_matches(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    // "No, because ..": but "no output" and "no compiler error" are something
    // else.
    let something_else = [
        "output",
        "error",
        "errors",
        "compile",
        "compiler",
        "compilation",
    ];
    let denies = match words.as_slice() {
        ["no", "compile"] | ["nope" | "error"] => true,
        ["no", next, ..] => !something_else.contains(next),
        ["no"] => true,
        _ => false,
    };
    let fails = [
        "not compile",
        "n't compile",
        "nt compile",
        "cannot compile",
        "fails to compile",
        "compilation fails",
        "compilation failed",
    ];
    let has_error = words.windows(2).enumerate().any(|(at, pair)| {
        let mut before = words.iter().take(at).rev().take(2);
        matches!(pair, ["compile" | "compiler" | "compilation", "error"])
            && !before.any(|word| matches!(*word, "no" | "0" | "without" | "any"))
    });
    denies || has_error || fails.iter().any(|words| plain.contains(words))
}

/// Whether the error code `code` stands somewhere in `text`, as it does in the
/// first line of the compiler's message.
fn names(text: &str, code: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| word.eq_ignore_ascii_case(code))
}

/// Whether `text` is like `E0382`.
fn is_error_code(text: &str) -> bool {
    text.len() == 5
        && text.starts_with(['E', 'e'])
        && text.chars().skip(1).all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_in_any_form() {
        let check = |input: &str, expected: Option<&[usize]>| {
            assert_eq!(places(input, 4).as_deref(), expected, "{input:?}");
        };
        check("B", Some(&[1]));
        check(" b ", Some(&[1]));
        check("(b)", Some(&[1]));
        check("c, A", Some(&[2, 0]));
        check("A;C", Some(&[0, 2]));
        check("A and C", Some(&[0, 2]));
        check("B > d -> A, then C", Some(&[1, 3, 0, 2]));
        check("ca", Some(&[2, 0]));
        check("A,A", Some(&[0, 0]));
        check("E", None);
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
        check("10,999", Some(10_999.0));
        check("-1 234 567.5 ticks", Some(-1_234_567.5));
        check("10\u{202f}999", Some(10_999.0));
        check("3,5", None);
        check("0,143", None);
        check("000,143", None);
        check("1,2,3", None);
        check("1,0000", None);
        check("1,000,", None);
        check("forty", None);
        check("ticks", None);
        check("é", None);
    }

    #[test]
    fn that_code_does_not_compile_can_be_said_in_any_words() {
        for words in [
            "no",
            "No.",
            "It doesn\u{2019}t compile",
            "compile error",
            "Does not compile!",
            "No, it does not compile",
            "no: the value has moved",
            "It doesnt compile",
            "compilation fails",
            "Does not compile: E0382",
            "`no`",
            "nope",
            "no because served is borrowed twice",
            "no - it was moved",
            "no (the value moved)",
            "there is a compiler error",
        ] {
            assert!(is_same_output(words, "no"), "{words}");
        }
        assert!(!is_same_output("error: 3", "no"));
        assert!(!is_same_output("no", "0"));
        assert!(!is_same_output("no output", "no"));
        assert!(!is_same_output("it compiles", "no"));
        assert!(!is_same_output("no compile error, it prints 3", "no"));
        assert!(!is_same_output("3, without a compiler error", "no"));
        assert!(!is_same_output("north", "no"));
        for words in ["E0382.", "error[E0382]", "error e0382: use of moved value"] {
            assert!(is_same_output(words, "E0382"), "{words}");
        }
        assert!(!is_same_output("E0277", "E0382"));
        assert!(is_same_output("e0382", "E0382"));
    }
}
