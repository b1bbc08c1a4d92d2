//! evcxr's own messages in a student's words.

use super::failure;
use super::interface::Failure;

const BRACES: &str = "wrap the lines that need it in braces { } so that it ends with the cell";

/// evcxr's words around what our stand-in for cargo said: a `:dep` crate does
/// not compile, for example.
const UNPARSED: &str = "Compilation failed, but no parsable errors were found. STDERR:\n";
const UNPARSED_END: &str = "\nSTDOUT:";

/// The failure for `message`, if it is one that evcxr has its own words for.
pub fn failure(message: &str) -> Option<Failure> {
    not_built(message).or_else(|| variable(message))
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

/// What to do about a panic, where its message does not say so.
pub fn panic(message: &str) -> Option<&'static str> {
    // A `:dep` crate that uses tokio brings a copy of its own.
    message.contains("there is no reactor running").then_some(
        "a crate with a tokio of its own needs that one's runtime: add it under another name \
         (`:dep own_tokio = { package = \"tokio\", version = \"1\", features = [\"full\"] }`) and \
         use `own_tokio::runtime::Runtime::new()?.block_on(...)` instead of `await`",
    )
}

/// A message about a variable.
fn variable(message: &str) -> Option<Failure> {
    let name = message
        .split_once("variable `")
        .and_then(|(_, rest)| rest.split_once('`'))
        .map(|(name, _)| name)?;
    let (value, note) = if message.contains("is a closure") {
        (
            format!("`{name}` is a closure, which cannot be kept for the next cell"),
            format!("box it (`let {name}: Box<dyn Fn(i32) -> i32> = Box::new(...)`), or {BRACES}"),
        )
    } else if message.contains("non-static lifetime") {
        (
            format!("`{name}` borrows from something else, so it cannot be kept for the next cell"),
            format!("keep a value of its own (`clone`, `to_owned`, `Arc`), or {BRACES}"),
        )
    } else if message.contains("cannot be persisted") {
        (
            format!("`{name}` has a type without a name, so it cannot be kept for the next cell"),
            format!("give it a type with a name (`collect` it, or `Box<dyn ...>`), or {BRACES}"),
        )
    } else if message.contains("determine type") {
        (
            format!("the type of `{name}` cannot be told from this cell"),
            format!("write it down: `let {name}: ... = ...`"),
        )
    } else {
        return None;
    };
    Some(failure::failure("VariableError", &value, Some(&note)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_evcxrs_messages_has_our_words() {
        for (message, expected) in [
            (
                "The variable `f` is a closure, which cannot be persisted.\nYou can however",
                "`f` is a closure",
            ),
            (
                "The variable `r` contains a reference with a non-static lifetime so\ncan't be",
                "`r` borrows from something else",
            ),
            (
                "The variable `i` has type `impl Iterator` which cannot be persisted.\nYou might",
                "`i` has a type without a name",
            ),
            (
                "Couldn't automatically determine type of variable `v`.\nPlease give it",
                "the type of `v` cannot be told",
            ),
        ] {
            let failure = failure(message).unwrap();
            assert!(failure.value.starts_with(expected), "{}", failure.value);
            assert!(!failure.traceback.concat().contains("evcxr"));
        }
        assert_eq!(failure("no such thing"), None);
    }

    #[test]
    fn a_panic_for_want_of_a_runtime_has_a_way_out() {
        let message = "there is no reactor running, must be called from ...";
        assert!(panic(message).is_some_and(|note| note.contains("own_tokio")));
        assert_eq!(panic("index out of bounds"), None);
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
            let failure = failure(&format!("{UNPARSED}{said}\nSTDOUT:\n")).unwrap();
            assert_eq!(failure.value, value);
            let report = failure.traceback.join("\n");
            assert!(report.contains(rest) && !report.contains("STD"), "{report}");
        }
    }
}
