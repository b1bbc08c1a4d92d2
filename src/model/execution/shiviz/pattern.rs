//! Regular expressions in JavaScript's style, for the `regex` crate.

use regex::{Regex, RegexBuilder};

use super::{ShivizError, ShivizFault, at};

/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 1000;

/// The most memory of a compiled pattern, in bytes. A step through the text
/// takes no longer than this is large.
const MAX_COMPILED: usize = 256 << 10;

pub(super) fn compiled(pattern: &str) -> Result<Regex, ShivizError> {
    if pattern.len() > MAX_PATTERN {
        let what = format!("a pattern of {} bytes", pattern.len());
        let limit = MAX_PATTERN;
        return Err(at(0, ShivizFault::TooLarge { what, limit }));
    }
    RegexBuilder::new(&translated(pattern))
        .multi_line(true)
        .size_limit(MAX_COMPILED)
        .build()
        .map_err(|error| at(0, ShivizFault::Pattern(error.to_string())))
}

/// JavaScript takes a brace that starts no repetition, and a bracket inside of
/// a class, for itself; here both need a backslash.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut in_class = false;
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                out.push(c);
                out.extend(rest.next());
                continue;
            }
            '[' if in_class => out.push('\\'),
            '[' => in_class = true,
            ']' => in_class = false,
            '&' | '~' if in_class => out.push('\\'),
            '{' if !in_class && !starts_repetition(rest.as_str()) => out.push('\\'),
            _ => {}
        }
        out.push(c);
    }
    out
}

/// Whether `rest`, which follows a brace, is `3}`, `3,}` or `3,5}` and so on.
fn starts_repetition(rest: &str) -> bool {
    let Some((inside, _)) = rest.split_once('}') else {
        return false;
    };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_translated() {
        let check = |pattern: &str, expected: &str| assert_eq!(translated(pattern), expected);
        check(r"(?<clock>{.*})", r"(?<clock>\{.*})");
        check(r"(?<clock>\{.*\})", r"(?<clock>\{.*\})");
        check(r"a{2}b{2,}c{2,3}d{,3}e{x}", r"a{2}b{2,}c{2,3}d\{,3}e\{x}");
        check(r"[^[{&]{2}", r"[^\[{\&]{2}");
        check(r"\[[a]\{", r"\[[a]\{");
    }

    #[test]
    fn patterns_of_other_tools_can_be_used() {
        for pattern in [
            super::super::TEXT_FIRST,
            super::super::HOST_FIRST,
            r"(?<timestamp>\d+) (?<host>\S*) (?<clock>{.*})\n(?<event>.*)",
            r"(?<host>\S*) (?<clock>{.*})\ (?<event>.*)",
            r"^(?<date>(\d{2}:){2}\d{2}\.\d{6}) \/(?<path>[^\/]*): (?<event>.*)$",
        ] {
            assert!(compiled(pattern).is_ok(), "{pattern}");
        }
    }
}
