//! evcxr's own messages in a student's words.

use serde_json::Value;

use super::failure;
use super::interface::Failure;

/// evcxr's words around what our stand-in for cargo said: a `:dep` crate does
/// not compile, for example.
const UNPARSED: &str = "Compilation failed, but no parsable errors were found. STDERR:\n";
const UNPARSED_END: &str = "\nSTDOUT:";

/// The failure for `message` about `statement`, if it is one that evcxr has its own words for.
pub fn failure(message: &str, statement: &str) -> Option<Failure> {
    not_built(message).or_else(|| variable(message, statement))
}

fn not_built(message: &str) -> Option<Failure> {
    let said = message.strip_prefix(UNPARSED)?;
    let said = said
        .rsplit_once(UNPARSED_END)
        .map_or(said, |(said, _)| said);
    // What was logged before the error is no part of it.
    let error = match said.find("error: ") {
        Some(start) if start == 0 || said[..start].ends_with('\n') => &said[start + 7..],
        _ => said,
    };
    if error.trim().is_empty() {
        let value = "the compiler was ended before it had compiled the cell";
        let note = "run the cell again; the system ends programs when memory is short";
        return Some(failure::failure("CompileError", value, Some(note)));
    }
    let (first, rest) = error.trim().split_once('\n').unwrap_or((error.trim(), ""));
    let rest = Some(rest).filter(|rest| !rest.is_empty());
    Some(failure::failure("CompileError", first, rest))
}

/// The failure for the compiler's `help` about names in the types of variables, which evcxr
/// writes out in code of its own.
pub fn not_imported(help: &Value) -> Option<Failure> {
    let spans = help["spans"].as_array().into_iter().flatten();
    let uses = spans.filter_map(|span| span["suggested_replacement"].as_str());
    let uses: Vec<String> = uses
        .map(str::trim)
        .filter(|text| text.starts_with("use "))
        .map(|text| format!("`{text}`"))
        .collect();
    if uses.is_empty() {
        return None;
    }
    let value = "the type of a variable has a name that is not imported, so it cannot be kept for the \
                 next cell";
    let note = format!("import it in a line above: {}", uses.join(" or "));
    Some(failure::failure("VariableError", value, Some(&note)))
}

/// What to do about a panic, where its message does not say so.
pub fn panic(message: &str, has_crates: impl FnOnce() -> bool) -> Option<String> {
    if !message.contains("there is no reactor running") {
        return None;
    }
    let mut note = "cells run in tokio's runtime from the first one on that awaits something, so \
         await it here: `tokio::spawn(...).await?`"
        .to_owned();
    // A `:dep` crate that uses tokio brings a copy of its own.
    if has_crates() {
        note.push_str(
            "\n  a crate with a tokio of its own needs that one's runtime: add it under another \
             name (`:dep own_tokio = { package = \"tokio\", version = \"1\", features = \
             [\"full\"] }`) and use `own_tokio::runtime::Runtime::new()?.block_on(...)` instead \
             of `await`",
        );
    }
    Some(note)
}

/// What evcxr says of a variable that it cannot keep.
struct Unkept {
    /// Words of its message, and one of these in the statement, if there are any.
    says: &'static str,
    statement: &'static [&'static str],
    /// `{}` is the name.
    value: &'static str,
    note: &'static str,
}

/// The first that fits counts.
const UNKEPT: [Unkept; 6] = [
    Unkept {
        says: "is a closure",
        statement: &[],
        value: "`{}` is a closure, which cannot be kept for the next cell",
        note: "box it (`let {}: Box<dyn Fn(i32) -> i32> = Box::new(...)`), or wrap the lines that \
               need it in braces { } so that it ends with the cell",
    },
    Unkept {
        says: "non-static lifetime",
        statement: &[".lock()", ".try_lock()", ".read()", ".write()"],
        value: "`{}` holds a lock, and borrows it, so it cannot be kept for the next cell",
        note: "wrap the lines that need it in braces { }: at the closing one the lock is let go",
    },
    Unkept {
        says: "non-static lifetime",
        statement: &[],
        value: "`{}` borrows from something else, so it cannot be kept for the next cell",
        note: "keep a value of its own (`clone`, `to_owned`, `Arc`), or wrap the lines that need it \
               in braces { } so that it ends with the cell",
    },
    Unkept {
        says: "Future",
        statement: &[],
        value: "`{}` is a future, which cannot be kept for the next cell",
        note: "await it to have its value: `let {} = ... .await;`; to have it go on meanwhile, \
               keep the handle of `tokio::spawn(...)`",
    },
    Unkept {
        says: "cannot be persisted",
        statement: &[],
        value: "`{}` has a type without a name, so it cannot be kept for the next cell",
        note: "give it a type with a name (`collect` it, or `Box<dyn ...>`), or wrap the lines that \
               need it in braces { } so that it ends with the cell",
    },
    Unkept {
        says: "determine type",
        statement: &[],
        value: "the type of `{}` cannot be told from this cell",
        note: "write it down: `let {}: ... = ...`",
    },
];

/// A message about a variable.
fn variable(message: &str, statement: &str) -> Option<Failure> {
    let name = message
        .split_once("variable `")
        .and_then(|(_, rest)| rest.split_once('`'))
        .map(|(name, _)| name)?;
    let unkept = UNKEPT.iter().find(|unkept| {
        let has = |call: &&str| statement.contains(call);
        message.contains(unkept.says)
            && (unkept.statement.is_empty() || unkept.statement.iter().any(has))
    })?;
    let [value, note] = [unkept.value, unkept.note].map(|text| text.replace("{}", name));
    Some(failure::failure("VariableError", &value, Some(&note)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_of_evcxrs_messages_has_our_words() {
        let borrows = |name: &str| {
            format!(
                "The variable `{name}` contains a reference with a non-static lifetime so\ncan't"
            )
        };
        let unnamed = |what: &str| {
            format!("The variable `i` has type `{what}` which cannot be persisted.\nYou might")
        };
        for (message, statement, expected, note) in [
            (
                "The variable `f` is a closure, which cannot be persisted.\nYou can".to_owned(),
                "let f = |x| x;",
                "`f` is a closure",
                "`let f: Box<dyn Fn",
            ),
            (borrows("r"), "let r = &v;", "`r` borrows from", "`clone`"),
            (
                borrows("g"),
                "let g = m.lock().unwrap();",
                "`g` holds a lock",
                "braces",
            ),
            (
                unnamed("impl Iterator"),
                "",
                "`i` has a type without a name",
                "collect",
            ),
            (
                unnamed("impl Future<Output = i32>"),
                "",
                "`i` is a future",
                "`let i = ... .await;`",
            ),
            (
                "Couldn't automatically determine type of variable `v`.\nPlease".to_owned(),
                "",
                "the type of `v` cannot be told",
                "`let v: ... = ...`",
            ),
        ] {
            let failure = failure(&message, statement).unwrap();
            assert!(failure.value.starts_with(expected), "{}", failure.value);
            let report = failure.traceback.concat();
            assert!(
                report.contains(note) && !report.contains("evcxr"),
                "{report}"
            );
        }
        assert_eq!(failure("no such thing", ""), None);
    }

    #[test]
    fn what_is_not_imported_is_told_with_the_line_that_imports_it() {
        let help = |replacement: &str| json!({"spans": [{"suggested_replacement": replacement}]});
        let failure = not_imported(&help("use std::error::Error;\n")).unwrap();
        let report = failure.traceback.concat();
        assert!(
            report.contains("above: `use std::error::Error;`"),
            "{report}"
        );
        assert_eq!(not_imported(&help("x")), None);
        assert_eq!(not_imported(&json!({})), None);
    }

    #[test]
    fn a_panic_for_want_of_a_runtime_has_a_way_out() {
        let message = "there is no reactor running, must be called from ...";
        for has_crates in [false, true] {
            let note = panic(message, || has_crates).unwrap();
            assert!(note.contains("await it here"), "{note}");
            assert_eq!(note.contains("own_tokio"), has_crates, "{note}");
        }
        assert_eq!(panic("index out of bounds", || true), None);
    }

    #[test]
    fn what_the_stand_in_for_cargo_says_is_told_as_it_is() {
        for (said, value, rest) in [
            ("error: no crate\n", "no crate", ""),
            (
                "WARN built again\nerror: `x` does not compile:\nerror[E1]: b\n",
                "`x` does not compile:",
                "error[E1]: b",
            ),
            ("rustc crashed\n", "rustc crashed", ""),
            (
                "",
                "the compiler was ended before it had compiled the cell",
                "run the cell again",
            ),
        ] {
            let failure = failure(&format!("{UNPARSED}{said}\nSTDOUT:\n"), "").unwrap();
            assert_eq!(failure.value, value);
            let report = failure.traceback.join("\n");
            assert!(report.contains(rest) && !report.contains("STD"), "{report}");
        }
    }
}
