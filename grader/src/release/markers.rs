//! The blocks that an instructor marks in a cell:
//!
//! ```text
//! // BEGIN SOLUTION          // BEGIN HIDDEN TESTS
//! // STUB: let total = 0;    assert_eq!(total, 40);
//! let total = a + b;         // END HIDDEN TESTS
//! // END SOLUTION
//! ```
//!
//! A solution gives way to its `STUB:` lines, hidden tests to nothing. The
//! phrases are nbgrader's, so its own tools find the same blocks.

use super::ReleaseError;
use crate::notebook::is_unseen;

const BEGIN_SOLUTION: &str = "BEGIN SOLUTION";
const END_SOLUTION: &str = "END SOLUTION";
const BEGIN_HIDDEN: &str = "BEGIN HIDDEN TESTS";
const END_HIDDEN: &str = "END HIDDEN TESTS";
const STUB: &str = "// STUB:";

/// What stands for a solution in code without a `STUB:` line. It compiles
/// wherever statements may stand.
const DEFAULT_STUB: &str = "todo!(\"write your code here\");";
/// The same in prose.
const DEFAULT_PROSE_STUB: &str = "*Write your answer here.*";

/// The block that a line stands in.
enum Inside {
    Nothing,
    Solution {
        begin: usize,
        indent: String,
        stubs: Vec<String>,
    },
    Hidden {
        begin: usize,
    },
}

/// The text without solutions and hidden tests.
pub(super) fn clear(source: &str, is_code: bool) -> Result<String, ReleaseError> {
    let mut kept = Vec::new();
    let mut inside = Inside::Nothing;
    let mut cleared = false;
    for (index, text) in source.split('\n').enumerate() {
        let line = index + 1;
        let marker = marker(text, line)?;
        inside = match (inside, marker) {
            (Inside::Nothing, None) => {
                if text.trim_start().starts_with(STUB) {
                    return Err(ReleaseError::StrayStub(line));
                }
                kept.push(text.to_owned());
                Inside::Nothing
            }
            (Inside::Nothing, Some(BEGIN_SOLUTION)) => Inside::Solution {
                begin: line,
                indent: indent(text).to_owned(),
                stubs: Vec::new(),
            },
            (Inside::Nothing, Some(BEGIN_HIDDEN)) => Inside::Hidden { begin: line },
            (
                Inside::Solution {
                    begin,
                    indent,
                    mut stubs,
                },
                None,
            ) => {
                stubs.extend(stub(text));
                Inside::Solution {
                    begin,
                    indent,
                    stubs,
                }
            }
            (Inside::Solution { indent, stubs, .. }, Some(END_SOLUTION)) => {
                cleared = true;
                kept.extend(stub_lines(&indent, stubs, is_code));
                Inside::Nothing
            }
            (Inside::Hidden { begin }, None) => Inside::Hidden { begin },
            (Inside::Hidden { .. }, Some(END_HIDDEN)) => {
                cleared = true;
                Inside::Nothing
            }
            (Inside::Nothing, Some(marker)) => {
                return Err(ReleaseError::EndWithoutBegin { line, marker });
            }
            (_, Some(marker)) => return Err(ReleaseError::Nested { line, marker }),
        };
    }
    match inside {
        Inside::Solution { begin: line, .. } => Err(ReleaseError::Unclosed {
            line,
            marker: BEGIN_SOLUTION,
        }),
        Inside::Hidden { begin: line } => Err(ReleaseError::Unclosed {
            line,
            marker: BEGIN_HIDDEN,
        }),
        Inside::Nothing if cleared => Ok(kept.join("\n").trim_end().to_owned()),
        Inside::Nothing => Ok(source.to_owned()),
    }
}

/// The marker that a line is, if it is one.
fn marker(text: &str, line: usize) -> Result<Option<&'static str>, ReleaseError> {
    let letters = letters(text);
    let mentioned = [BEGIN_SOLUTION, END_SOLUTION, BEGIN_HIDDEN, END_HIDDEN]
        .into_iter()
        .find(|marker| mentions(text, &letters, marker));
    match mentioned {
        Some(marker) if text.trim().strip_prefix("// ") == Some(marker) => Ok(Some(marker)),
        Some(marker) => Err(ReleaseError::UnclearMarker { line, marker }),
        None if begins_like_one(text) => Err(ReleaseError::UnknownMarker(line)),
        None => Ok(None),
    }
}

/// Whether a line has the words of a marker, in whatever spelling: small
/// letters, one test for several, and other or no signs between the words.
fn mentions(text: &str, letters: &[Letter], marker: &str) -> bool {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let sought: Vec<char> = marker
        .trim_end_matches('S')
        .chars()
        .filter(|c| *c != ' ')
        .collect();
    words.to_uppercase().contains(marker)
        || letters.windows(sought.len()).any(|found| {
            let begins = found.first().is_some_and(|letter| letter.begins);
            begins
                && found
                    .iter()
                    .map(|letter| letter.upper)
                    .eq(sought.iter().copied())
        })
}

/// A character of a line without what separates words.
struct Letter {
    upper: char,
    /// Whether no letter and no digit stands before it.
    begins: bool,
}

fn letters(text: &str) -> Vec<Letter> {
    let mut letters = Vec::new();
    let mut begins = true;
    for c in text.chars().filter(|c| !is_unseen(*c)) {
        let separates = c.is_whitespace() || c.is_control() || c == '_' || is_dash(c);
        if !separates {
            letters.extend(c.to_uppercase().map(|upper| Letter { upper, begins }));
        }
        begins = !c.is_alphanumeric();
    }
    letters
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Whether a line is a comment that begins as markers do, such as
/// `// BEGIN SOLUTOIN`.
fn begins_like_one(text: &str) -> bool {
    let seen: String = text.chars().filter(|c| !is_unseen(*c)).collect();
    let comment = seen.trim().strip_prefix("//").unwrap_or_default();
    let first = comment.trim_start().split(|c: char| !c.is_alphanumeric());
    matches!(first.into_iter().next(), Some("BEGIN" | "END"))
}

/// The line that a `STUB:` line stands for.
fn stub(text: &str) -> Option<String> {
    let line = text.trim_start().strip_prefix(STUB)?;
    Some(line.strip_prefix(' ').unwrap_or(line).to_owned())
}

fn stub_lines(indent: &str, stubs: Vec<String>, is_code: bool) -> Vec<String> {
    if stubs.is_empty() {
        let stub = if is_code {
            DEFAULT_STUB
        } else {
            DEFAULT_PROSE_STUB
        };
        return vec![format!("{indent}{stub}")];
    }
    stubs
        .into_iter()
        .map(|stub| format!("{indent}{stub}").trim_end().to_owned())
        .collect()
}

fn indent(text: &str) -> &str {
    let end = text.len() - text.trim_start().len();
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blocks_are_cleared() {
        let check = |source, expected: &str| {
            assert_eq!(clear(source, true).unwrap(), expected, "{source}");
        };
        check("a\n\n", "a\n\n");
        check(
            "fn f() -> u8 {\n    // BEGIN SOLUTION\n    // STUB: 0\n    7\n    // END SOLUTION\n}",
            "fn f() -> u8 {\n    0\n}",
        );
        check(
            "// BEGIN SOLUTION\n// STUB: let a = 0;\n// STUB:     // think\nlet a = 1;\n// END SOLUTION",
            "let a = 0;\n    // think",
        );
        check(
            "  // BEGIN SOLUTION\n  7\n  // END SOLUTION\nrest",
            "  todo!(\"write your code here\");\nrest",
        );
        check(
            "a\n// BEGIN HIDDEN TESTS\nb\n// END HIDDEN TESTS\nc",
            "a\nc",
        );
        check("a\n\n// BEGIN HIDDEN TESTS\nb\n// END HIDDEN TESTS\n", "a");
        check("// STUBBORN", "// STUBBORN");
        check("let append_solution = 1;", "let append_solution = 1;");
        check(
            "// begin with the end. Solutions follow.",
            "// begin with the end. Solutions follow.",
        );
    }

    #[test]
    fn prose_has_its_own_stub() {
        let source = "// BEGIN SOLUTION\nBecause.\n// END SOLUTION";
        assert_eq!(clear(source, false).unwrap(), "*Write your answer here.*");
    }

    #[test]
    fn blocks_that_do_not_close_or_look_odd_are_refused() {
        let check = |source: &str, expected: &str| {
            let error = clear(source, true).unwrap_err().to_string();
            assert_eq!(error, expected);
        };
        check(
            "a\n// BEGIN SOLUTION",
            "line 2: `BEGIN SOLUTION` has no end",
        );
        check(
            "// BEGIN HIDDEN TESTS",
            "line 1: `BEGIN HIDDEN TESTS` has no end",
        );
        check(
            "// END SOLUTION",
            "line 1: `END SOLUTION` has no block to end",
        );
        check(
            "// BEGIN SOLUTION\n// BEGIN HIDDEN TESTS",
            "line 2: `BEGIN HIDDEN TESTS` stands inside another block",
        );
        check(
            "// BEGIN SOLUTION\n// END HIDDEN TESTS",
            "line 2: `END HIDDEN TESTS` stands inside another block",
        );
        for odd in [
            "//BEGIN SOLUTION",
            "### BEGIN SOLUTION",
            "// begin  solution",
            "x; // BEGIN SOLUTION",
            "// BEGINSOLUTION",
            "// BEGIN_SOLUTION",
            "// BEGIN-SOLUTION",
            "// BEGIN\u{2013}SOLUTION",
            "// Begin Solutions",
            "// BEGIN\u{200b} SOLUTION",
            "// BE\u{200b}GIN SOLUTION",
            "// begin_solution",
        ] {
            check(
                odd,
                "line 1: write `// BEGIN SOLUTION` alone on its line, or reword it",
            );
        }
        for odd in [
            "// BEGIN HIDDEN TEST",
            "// BEGINHIDDENTESTS",
            "// BEGIN_HIDDEN_TEST",
            "// Begin hidden test",
        ] {
            check(
                odd,
                "line 1: write `// BEGIN HIDDEN TESTS` alone on its line, or reword it",
            );
        }
        for odd in [
            "// BEGIN SOLUTOIN",
            "//END HIDEN TESTS",
            "  // BEGIN: tests",
        ] {
            check(
                odd,
                "line 1: a comment that begins with BEGIN or END looks like a marker and is none; \
                 the markers are `// BEGIN SOLUTION` and `// BEGIN HIDDEN TESTS`, and END for BEGIN",
            );
        }
        check(
            "// STUB: 0",
            "line 1: a `// STUB:` line stands outside a solution",
        );
    }

    proptest! {
        #[test]
        fn what_is_cleared_has_nothing_left_to_clear(
            lines in prop::collection::vec(prop_oneof![
                Just("  // BEGIN SOLUTION"), Just("// END SOLUTION"), Just("// STUB: x"),
                Just("// BEGIN HIDDEN TESTS"), Just("// END HIDDEN TESTS"), Just("secret"),
            ], 0..12),
        ) {
            if let Ok(cleared) = clear(&lines.join("\n"), true) {
                prop_assert!(!cleared.contains("BEGIN") && !cleared.contains("END"));
                prop_assert_eq!(clear(&cleared, true).unwrap(), cleared);
            }
        }

        #[test]
        fn any_text_is_cleared_or_refused(text in any::<String>()) {
            let _ = clear(&text, true);
        }
    }
}
