//! What a notebook adds to the compiler's help: mistakes of those who learn, and
//! of those who answer a question.

use std::str::FromStr;

use proc_macro2::TokenStream;

use super::syntax;
use super::told::{Says, Told};

/// Functions of the helper crate that every notebook calls.
const CALLED: [&str; 3] = ["answer", "exercise", "progress"];

/// A word processor, and some keyboards, put these in the place of `"` and `'`.
const CURLY: [char; 8] = ['“', '”', '„', '‟', '‘', '’', '‚', '‛'];

/// A sentence for the student, where there is one.
pub fn hint(told: &Told<'_>) -> Option<&'static str> {
    let (message, source) = (told.message, told.source);
    if is_about_curly_quotes(message) {
        return Some("quotes in a program are straight: write \"B\", not “B”");
    }
    match told.code? {
        "E0425" if name_in(message).is_some_and(|name| is_answer(name, source)) => {
            Some("an answer stands in quotes: `answer(\"name\", \"B\");`")
        }
        "E0061" if has_grouped_digits(source) => {
            Some("a comma ends a number: write `10_000` or `10000`, not `10,000`")
        }
        "E0061" | "E0277" if told.is_in_call_of("answer") => Some(
            "`answer` takes a question's name and one answer, in quotes, and several letters stand \
             in one pair of quotes: `answer(\"name\", \"B\");` or `answer(\"name\", \"B,D\");`",
        ),
        "E0618" if CALLED.iter().any(|name| told.is_in_call_of(name)) => Some(
            "a variable of that name hides the course's function: give the variable another name \
             where it is defined, then restart the kernel and run the cells above",
        ),
        // The compiler has found it.
        "E0405" | "E0412" | "E0422" | "E0423" | "E0425" | "E0432" | "E0433"
            if told.says(&Says::Note("consider importing")) =>
        {
            None
        }
        "E0432" | "E0433" if told.says(&Says::Label("unlinked crate")) => Some(
            "a crate from crates.io needs a line such as `:dep rand = \"0.9\"` before it is used. For \
             a module of a cell above, run that cell first",
        ),
        "E0425" if name_in(message).is_some_and(|name| told.is_variable(name)) => Some(
            "a variable of a cell, which a function does not see: give the function a parameter \
             for it, and pass it",
        ),
        "E0405" | "E0412" | "E0422" | "E0423" | "E0425" | "E0433"
            if message.ends_with("in this scope") =>
        {
            Some(
                "if a cell above defines it, run that cell first (Run -> Run All Above Selected Cell)",
            )
        }
        "E0282" if told.is_in_last_value() => Some(
            "a cell shows its last value, and nothing tells what this one is: write `;` behind it \
             if there is nothing to show",
        ),
        "E0658" if message.contains("`!` type") => {
            Some("a closure that never returns needs a type: write `|| -> () { ... }`")
        }
        _ => None,
    }
}

/// The names of the cell's own `let`s that give just a name. Of a cell whose brackets do not
/// match nothing is known.
pub fn variables(code: &str) -> Vec<String> {
    let rust = syntax::without_commands(code);
    let tokens = TokenStream::from_str(&rust).unwrap_or_default();
    let words: Vec<String> = tokens.into_iter().map(|token| token.to_string()).collect();
    let after_let = words.split(|word| word == "let").skip(1);
    after_let
        .filter_map(|pattern| pattern.iter().find(|word| *word != "mut"))
        .filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        .cloned()
        .collect()
}

impl Told<'_> {
    fn is_variable(&self, name: &str) -> bool {
        self.variables.iter().any(|variable| variable == name)
    }

    /// Whether the marked place is in what the cell ends with, and gives as its value.
    fn is_in_last_value(&self) -> bool {
        let behind = self.at.as_ref().and_then(|at| self.source.get(at.end..));
        behind.is_some_and(|behind| !behind.contains(';'))
    }

    /// Whether the marked place is in a call of the function `name`.
    fn is_in_call_of(&self, name: &str) -> bool {
        let Some(at) = &self.at else {
            return false;
        };
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        self.source.match_indices(name).any(|(start, _)| {
            let (before, call) = self.source.split_at(start);
            let arguments = call.get(name.len()..).unwrap_or_default();
            let length = name.len() + arguments_length(arguments);
            arguments.starts_with('(')
                && !before.ends_with(is_part)
                && (start..start + length).contains(&at.start)
        })
    }
}

/// How long the arguments at the beginning of `text` are, with their parentheses.
fn arguments_length(text: &str) -> usize {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (offset, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            '(' if !in_text => depth += 1,
            ')' if !in_text => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return offset + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// Whether the compiler stumbled over a quote that is not `"` or `'`. What else
/// it says about the cell then comes from that.
pub fn is_about_curly_quotes(message: &str) -> bool {
    let quoted = message.strip_prefix("unknown start of token: \\u{");
    let number = quoted.and_then(|rest| rest.split_once('}'));
    number
        .and_then(|(number, _)| u32::from_str_radix(number, 16).ok())
        .and_then(char::from_u32)
        .is_some_and(|c| CURLY.contains(&c))
}

/// What the compiler's message puts into its first pair of backticks.
fn name_in(message: &str) -> Option<&str> {
    message.split('`').nth(1)
}

/// Whether the cell answers a question with that name, without quotes.
fn is_answer(name: &str, source: &str) -> bool {
    let calls = source.split("answer(").skip(1);
    calls
        .filter_map(|call| call.split(')').next()?.split_once(','))
        // What stands within a call of its own is none of the answers.
        .flat_map(|(_, answers)| {
            answers
                .split(',')
                .take_while(|answer| !answer.contains('('))
        })
        .any(|answer| answer.trim() == name)
}

/// Whether a number stands there with commas between its thousands.
fn has_grouped_digits(source: &str) -> bool {
    let mut parts = source.split(',').peekable();
    while let Some(before) = parts.next() {
        let digits = |c: char| c.is_ascii_digit();
        let after = parts.peek().map_or("", |after| after);
        let group = after.chars().take_while(|c| digits(*c)).count();
        if before.ends_with(digits) && group == 3 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::told::Label;
    use super::*;

    /// `|` in `marked` is where the compiler's mark begins.
    fn check(code: &str, message: &str, marked: &str, expected: &str) {
        let source = marked.replacen('|', "", 1);
        let at = marked.find('|').map(|at| at..at + 1);
        let told = Told {
            code: Some(code).filter(|code| !code.is_empty()),
            message,
            source: &source,
            at,
            ..Told::default()
        };
        let hint = hint(&told).unwrap_or_default();
        let fits = if expected.is_empty() {
            hint.is_empty()
        } else {
            hint.contains(expected)
        };
        assert!(fits, "{marked}: {hint}");
    }

    #[test]
    fn an_answer_of_the_wrong_kind_is_told_how_answers_look() {
        let kinds = "several letters stand in one pair of quotes";
        for (code, marked, expected) in [
            ("E0277", r#"answer("b-4", |["B", "D"]);"#, kinds),
            ("E0277", r#"answer("b-4", |Some("B"));"#, kinds),
            (
                "E0277",
                "answer(\n    \"b-4\",\n    |vec![\"B\"],\n);",
                kinds,
            ),
            ("E0061", r#"|answer("b-4", "B", "D");"#, kinds),
            ("E0061", r#"|answer("b-1");"#, kinds),
            ("E0061", r#"let a = f(1); answer(")", |f(2), "D")"#, kinds),
            (
                "E0061",
                r#"answer("b-1", 10|,000);"#,
                "a comma ends a number",
            ),
            ("E0061", r#"answer("b-1", "B"); |f(1)"#, ""),
            ("E0061", r#"|my_answer("b-1")"#, ""),
            ("E0061", r#"poll.|answer("b-1")"#, ""),
            ("E0277", r#"answer("b-4", "B"); |f(["B", "D"]);"#, ""),
            ("E0277", "answer(", ""),
            ("E0308", r#"answer(|1, "B");"#, ""),
        ] {
            check(code, "", marked, expected);
        }
    }

    #[test]
    fn a_variable_that_hides_a_function_is_named_as_the_cause() {
        let message = "expected function, found `i32`";
        check(
            "E0618",
            message,
            r#"|answer("b-1", "B");"#,
            "hides the course's",
        );
        check(
            "E0618",
            message,
            r#"|exercise("b-1")"#,
            "hides the course's",
        );
        check("E0618", message, "let n = 4; |n(1)", "");
    }

    #[test]
    fn a_name_that_is_missing_is_told_where_it_may_be() {
        let scope = |name: &str| format!("cannot find value `{name}` in this scope");
        let variables = ["total".to_owned()];
        let (import, similar) = (
            "consider importing this struct",
            "a similar name exists: `x`",
        );
        let unlinked = "use of unresolved module or unlinked crate `rand`";
        for (code, message, label, note, expected) in [
            ("E0425", scope("x"), "", "", "run that cell first"),
            ("E0425", scope("x"), "", similar, "run that cell first"),
            (
                "E0425",
                scope("total"),
                "",
                "",
                "give the function a parameter",
            ),
            ("E0433", scope("Mutex"), "", import, ""),
            (
                "E0425",
                "cannot find function `spwan` in module `std::thread`".to_owned(),
                "",
                similar,
                "",
            ),
            ("E0433", scope("rand"), unlinked, "", ":dep rand"),
            ("E0433", scope("thread"), unlinked, import, ""),
            (
                "E0432",
                "unresolved import `rand`".to_owned(),
                unlinked,
                "",
                ":dep rand",
            ),
            (
                "E0432",
                "unresolved import `std::sync::Mutx`".to_owned(),
                "no `Mutx` in `sync`",
                "",
                "",
            ),
        ] {
            let label = Label {
                text: label,
                before: "",
                marked: "",
            };
            let told = Told {
                code: Some(code),
                message: &message,
                labels: vec![label],
                notes: vec![note],
                variables: &variables,
                ..Told::default()
            };
            let hint = hint(&told).unwrap_or_default();
            assert_eq!(hint.is_empty(), expected.is_empty(), "{message}: {hint}");
            assert!(hint.contains(expected), "{message}: {hint}");
        }
    }

    #[test]
    fn variables_are_those_of_the_cell_itself() {
        for (code, expected) in [
            ("let a = 1; let mut b: u8 = 2;", vec!["a", "b"]),
            (":dep x\nfn f() { let a = 1; }", vec![]),
            ("let (a, b) = c;", vec![]),
            ("let", vec![]),
            ("{ let a = 1;", vec![]),
        ] {
            assert_eq!(variables(code), expected, "{code}");
        }
    }

    #[test]
    fn a_last_value_of_no_type_needs_a_semicolon() {
        for (marked, expected) in [
            ("spawn(||| panic!()).join().unwrap()", "write `;`"),
            ("f(); |g()", "write `;`"),
            ("let x = |Vec::new();", ""),
            ("fn f() { let x = |Vec::new(); }", ""),
        ] {
            check("E0282", "type annotations needed", marked, expected);
        }
    }

    #[test]
    fn curly_quotes_are_called_so() {
        for (message, expected) in [
            ("unknown start of token: \\u{201c}", "straight"),
            ("unknown start of token: \\u{201d}", "straight"),
            ("unknown start of token: \\u{2019}", "straight"),
            ("unknown start of token: \\u{b2}", ""),
            ("unknown start of token: \\u{", ""),
            ("unknown start of token: \\u{ffffffffff}", ""),
            ("mismatched types", ""),
        ] {
            check("", message, "answer(“b-1”, “B”);", expected);
        }
    }

    #[test]
    fn an_answer_without_quotes_is_known_by_its_place() {
        let check = |name, source, expected| assert_eq!(is_answer(name, source), expected);
        check("B", "answer(\"barista-1\", B);", true);
        check("B", "answer(\n  \"barista-1\",\n  B,\n);", true);
        check("D", "answer(\"barista-4\", B, D);", true);
        check(
            "sum",
            "let total = sum;\nanswer(\"barista-1\", \"B\");",
            false,
        );
        check("B", "answer(", false);
    }

    #[test]
    fn commas_between_thousands_are_seen() {
        for source in ["answer(\"a\", 10,999)", "f(1,234)"] {
            assert!(has_grouped_digits(source), "{source}");
        }
        for source in ["f(1, 234)", "f(10, 99)", "f(a,100)", "f(1,1000)", ""] {
            assert!(!has_grouped_digits(source), "{source}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_searched(source in "(answer\\(|\\PC|[()\"\\\\]){0,20}", at in 0_usize..40) {
            let told = Told { code: Some("E0277"), source: &source, at: Some(at..at), ..Told::default() };
            let _ = hint(&told);
        }
    }
}
