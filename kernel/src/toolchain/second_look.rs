//! evcxr compiles a cell that failed a second time, without the closure around
//! the student's statements, to see whether the errors read better.
//!
//! They do for borrows, which the closure makes captures. All other errors read
//! the same, so then the second compilation is answered at once: told that it
//! succeeded, evcxr reports the errors of the first.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::rewrite::without_catch;

/// The source that evcxr is expected to send next.
const FILE: &str = "second-look.rs";

/// Errors about names, types and traits, which a closure does not change.
const SAME: [&str; 24] = [
    "E0023", "E0026", "E0027", "E0040", "E0061", "E0063", "E0107", "E0277", "E0308", "E0369",
    "E0403", "E0404", "E0405", "E0412", "E0423", "E0425", "E0432", "E0433", "E0560", "E0599",
    "E0604", "E0605", "E0609", "E0618",
];

/// Remembers what evcxr will ask after `written` failed with `diagnostics`.
pub fn expect(crate_directory: &Path, written: &str, diagnostics: &[Value]) {
    let same = diagnostics
        .iter()
        .filter(|message| message["level"] == "error" && !is_summary(message))
        .all(|message| {
            let code = message["code"]["code"].as_str();
            code.is_some_and(|code| SAME.contains(&code))
        });
    let Some((next, statements)) = without_catch(written).filter(|_| same) else {
        return;
    };
    // `return` and `?` leave the closure, not the function.
    if !statements.contains("return") && !statements.contains('?') {
        // Without the file, evcxr's question is answered by rustc.
        let _ = fs::write(path(crate_directory), next);
    }
}

/// Whether `written` is what was expected. It is expected once.
pub fn is_expected(crate_directory: &Path, written: &str) -> bool {
    let path = path(crate_directory);
    let expected = fs::read_to_string(&path);
    let _ = fs::remove_file(&path);
    expected.is_ok_and(|expected| expected == written)
}

fn path(crate_directory: &Path) -> PathBuf {
    crate_directory.join(FILE)
}

/// "aborting due to 2 previous errors" and the like.
fn is_summary(message: &Value) -> bool {
    let has_place = message["spans"]
        .as_array()
        .is_some_and(|spans| !spans.is_empty());
    message["code"].is_null() && !has_place
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WRITTEN: &str = "if !ok {return store;}\npub extern \"C\" fn run_user_code_7(\nb\nmatch std::panic::catch_unwind(\n  \
        std::panic::AssertUnwindSafe(||{\nlet y: i32 = \"\";\n})) { \n  Ok(_) => {}\n  Err(_) => {\n    \
        println!(\"EVCXR_PANIC_NOTIFICATION\");\n}}\nc\n";
    const SECOND: &str =
        "if !ok {return store;}\npub extern \"C\" fn run_user_code_7(\nb\nlet y: i32 = \"\";\nc\n";

    fn error(code: &str) -> Value {
        json!({"level": "error", "code": {"code": code}, "spans": [{}]})
    }

    #[test]
    fn only_errors_that_read_the_same_are_not_looked_at_twice() {
        let summary = json!({"level": "error", "code": null, "spans": []});
        let other = json!({"level": "error", "code": null, "spans": [{}]});
        let rows = [
            (
                vec![error("E0308"), summary.clone()],
                WRITTEN.to_owned(),
                true,
            ),
            (
                vec![error("E0308"), error("E0505")],
                WRITTEN.to_owned(),
                false,
            ),
            (vec![error("E0308"), other], WRITTEN.to_owned(), false),
            (
                vec![error("E0308")],
                WRITTEN.replace("let y", "return; let y"),
                false,
            ),
        ];
        for (diagnostics, written, expected) in rows {
            let directory = tempfile::tempdir().unwrap();
            expect(directory.path(), &written, &diagnostics);
            assert!(!is_expected(directory.path(), "something else"));
            expect(directory.path(), &written, &diagnostics);
            assert_eq!(
                is_expected(directory.path(), SECOND),
                expected,
                "{diagnostics:?}"
            );
            assert!(!is_expected(directory.path(), SECOND));
        }
    }
}
