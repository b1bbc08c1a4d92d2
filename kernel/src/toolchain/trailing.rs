//! Errors in the expression that ends a cell, in the form in which evcxr takes
//! them for what they are.
//!
//! evcxr first shows that expression by a line of its own. When the line does not
//! compile, evcxr writes it another way, in which it knows the student's lines,
//! and reports what rustc says about those. But when the error has a note about
//! an item of an earlier cell ("function defined here"), evcxr takes the note
//! for the error, neither writes anything anew nor reports the error. So such a
//! note is passed on without its place.

use std::ops::Range;

use serde_json::Value;

use super::rewrite::trailing_lines;

/// What evcxr is told of `diagnostics` about the source `written`.
pub fn told(written: &str, mut diagnostics: Vec<Value>) -> Vec<Value> {
    let Some(lines) = trailing_lines(written) else {
        return diagnostics;
    };
    for error in &mut diagnostics {
        if error["level"] == "error" && is_in(&lines, error) {
            hide_places_of_notes(error);
        }
    }
    diagnostics
}

/// Whether `error` is about one of `lines`, counted from 1.
fn is_in(lines: &Range<usize>, error: &Value) -> bool {
    let spans = error["spans"].as_array().into_iter().flatten();
    spans
        .filter(|span| span["is_primary"] == true)
        .filter_map(in_cell)
        .filter_map(|span| usize::try_from(span["line_start"].as_u64()?).ok())
        .any(|line| lines.contains(&line))
}

/// Where `span` is in the cell's source: a macro's is where the macro is called.
fn in_cell(span: &Value) -> Option<&Value> {
    let mut span = span;
    while !span["file_name"].as_str()?.ends_with("lib.rs") {
        span = &span["expansion"]["span"];
    }
    Some(span)
}

fn hide_places_of_notes(error: &mut Value) {
    let notes = error.get_mut("children").and_then(Value::as_array_mut);
    let spans = notes
        .into_iter()
        .flatten()
        .filter_map(|note| note.get_mut("spans")?.as_array_mut())
        .flatten()
        .filter_map(Value::as_object_mut);
    for span in spans {
        span.insert("file_name".to_owned(), Value::Null);
        span.insert("expansion".to_owned(), Value::Null);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WRITTEN: &str = "fn ticks(r: u64) -> u64 { r }\n\
        pub extern \"C\" fn run_user_code_7(\n\
        let a = ticks(1, 2);\n\
        (\n\
        ticks(\n1, 2)\n\
        ).evcxr_display();\n\
        }\n";

    fn span(line: u64) -> Value {
        json!({"file_name": "cells/0/lib.rs", "line_start": line, "is_primary": true, "expansion": null})
    }

    fn error(span: Value) -> Value {
        let note = json!({"level": "note", "spans": [self::span(1)]});
        json!({"level": "error", "spans": [span], "children": [note]})
    }

    #[test]
    fn only_the_notes_about_the_last_expression_lose_their_place() {
        let called = json!({"file_name": "/std/macros.rs", "line_start": 900, "is_primary": true,
            "expansion": {"span": span(5)}});
        let other = WRITTEN.replace(".evcxr_display()", "");
        let nowhere = json!({"file_name": "/std/macros.rs", "line_start": 5, "is_primary": true,
            "expansion": null});
        for (written, span, loses) in [
            (WRITTEN, span(5), true),
            (WRITTEN, span(6), true),
            (WRITTEN, called, true),
            (WRITTEN, span(3), false),
            (WRITTEN, span(8), false),
            (WRITTEN, nowhere, false),
            (other.as_str(), span(5), false),
        ] {
            let before = error(span);
            let told = told(written, vec![before.clone()]);
            let note = &told[0]["children"][0]["spans"][0];
            assert_eq!(note["file_name"].is_null(), loses, "{before}");
            assert_eq!(told[0]["spans"], before["spans"]);
        }
    }

    #[test]
    fn warnings_and_odd_messages_stay_as_they_are() {
        let messages = vec![
            json!({"level": "warning"}),
            json!({"level": "error"}),
            json!(7),
        ];
        assert_eq!(told(WRITTEN, messages.clone()), messages);
    }
}
