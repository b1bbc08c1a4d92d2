//! What rustc warns of in a cell that compiles, as far as it is worth telling.
//!
//! A warning is told when it says that code may not do what it seems to. Style (names,
//! parentheses) is not the lesson, and what a cell defines or imports without using it is
//! what cells are for: a later one may use it. Whose line a warning is about, only the
//! engine knows, since only it has the cell's text.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::parts::Parts;
use super::prune::Needed;
use crate::bridge::{Item, MOST_WARNINGS, Warning};

/// What of a span says where it is.
const PLACE: [&str; 6] = [
    "file_name",
    "line_start",
    "line_end",
    "column_start",
    "column_end",
    "text",
];

/// The lints whose warnings are told.
const TOLD: [&str; 52] = [
    // Something is made or computed for nothing.
    "unused_variables",
    "unused_assignments",
    "unused_mut",
    "unused_must_use",
    "unused_labels",
    "unused_unsafe",
    "unused_allocation",
    "path_statements",
    "noop_method_call",
    "map_unit_fn",
    "double_negations",
    // It never comes to that, or always.
    "unreachable_code",
    "unreachable_patterns",
    "unconditional_recursion",
    "irrefutable_let_patterns",
    "unused_comparisons",
    "invalid_nan_comparisons",
    "useless_ptr_null_checks",
    "uninhabited_static",
    // A number or a range is another one than it seems.
    "overlapping_range_endpoints",
    "non_contiguous_range_endpoints",
    "overflowing_literals",
    // Another value is changed, dropped or compared than it seems.
    "const_item_mutation",
    "const_item_interior_mutations",
    "dropping_references",
    "dropping_copy_types",
    "forgetting_references",
    "forgetting_copy_types",
    "let_underscore_lock",
    "suspicious_double_ref_op",
    "for_loops_over_fallibles",
    "ambiguous_wide_pointer_comparisons",
    "unpredictable_function_pointer_comparisons",
    "function_item_references",
    "function_casts_as_integer",
    "named_arguments_used_positionally",
    "non_fmt_panics",
    "array_into_iter",
    "boxed_slice_into_iter",
    "break_with_label_and_loop",
    "drop_bounds",
    "dyn_drop",
    // Undefined behaviour, or near it.
    "static_mut_refs",
    "dangling_pointers_from_locals",
    "dangling_pointers_from_temporaries",
    "invalid_value",
    "invalid_from_utf8",
    "integer_to_ptr_transmutes",
    "unnecessary_transmutes",
    "unsafe_op_in_unsafe_fn",
    "clashing_extern_declarations",
    // Whoever wrote what is used says so.
    "deprecated",
];

/// What is kept with the object of a cell.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// What it was made from.
    pub(super) source: String,
    pub(super) warnings: Vec<Warning>,
}

impl Kept {
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn written(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

/// What of `diagnostics` about `parts` is told.
pub(super) fn told(diagnostics: &[Value], parts: &Parts<'_>) -> Vec<Warning> {
    let told = diagnostics.iter();
    let mut told: Vec<Warning> = told.filter_map(|message| warning(message, parts)).collect();
    // Statements are the cell's own; an item may be that of an earlier one.
    told.sort_by_key(|warning| warning.item.is_some());
    told.truncate(MOST_WARNINGS);
    told
}

/// Where the warnings of the session's items are, within the crate's directory.
const FILE: &str = "warnings.json";

/// `warnings` about what of `parts` is `needed`, then the earlier ones about the items that
/// were left out: a cell that is run again says the same again. Remembers them in the crate's
/// directory for the next cell.
pub(super) fn with_earlier(
    mut warnings: Vec<Warning>,
    parts: &Parts<'_>,
    needed: &Needed,
    directory: &Path,
) -> Vec<Warning> {
    let path = directory.join(FILE);
    let earlier: BTreeMap<String, Vec<Warning>> = fs::read(&path)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default();
    let mut by_item: BTreeMap<String, Vec<Warning>> = BTreeMap::new();
    for warning in &warnings {
        if let Some(item) = &warning.item {
            let of_item = by_item.entry(item.text.clone()).or_default();
            of_item.push(warning.clone());
        }
    }
    for (item, needed) in parts.items.iter().zip(&needed.items) {
        if let Some(before) = earlier.get(&item.text).filter(|_| !needed) {
            warnings.extend_from_slice(before);
            by_item.insert(item.text.clone(), before.clone());
        }
    }
    if by_item != earlier {
        // Without it, a cell that is run again says less.
        let written = serde_json::to_vec(&by_item)
            .map_err(anyhow::Error::from)
            .and_then(|text| Ok(fs::write(&path, text)?));
        if let Err(error) = written {
            tracing::debug!("the warnings are not remembered: {error}");
        }
    }
    warnings.truncate(MOST_WARNINGS);
    warnings
}

fn warning(message: &Value, parts: &Parts<'_>) -> Option<Warning> {
    let lint = message["code"]["code"].as_str()?;
    if message["level"] != "warning" || !TOLD.contains(&lint) {
        return None;
    }
    let spans: Vec<Value> = message["spans"]
        .as_array()?
        .iter()
        .filter_map(span)
        .collect();
    let primary = spans.iter().find(|span| span["is_primary"] == true)?;
    let line = usize::try_from(primary["line_start"].as_u64()?).ok()?;
    let index = line.checked_sub(1)?;
    let item = parts.items.iter().find(|item| item.lines.contains(&index));
    if item.is_none() && !parts.function.contains(&index) {
        return None;
    }
    Some(Warning {
        lint: lint.to_owned(),
        told: json!({
            "message": message["message"],
            "spans": spans,
            "children": message["children"],
        }),
        item: item.map(|item| Item {
            line: item.lines.start + 1,
            text: item.text.clone(),
        }),
    })
}

/// `span` in the cell's source: that of a macro is where the macro is called. Of what is wrong
/// within a macro of a library, rustc says nothing.
fn span(span: &Value) -> Option<Value> {
    let mut at = span;
    while !at["file_name"].as_str()?.starts_with("cells/") {
        at = &at["expansion"]["span"];
    }
    let mut told = serde_json::Map::new();
    for field in ["is_primary", "label"] {
        told.insert(field.to_owned(), span[field].clone());
    }
    for field in PLACE {
        told.insert(field.to_owned(), at[field].clone());
    }
    Some(told.into())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const SOURCE: &str = "#![allow(unused_imports)]\n\
        fn twice(n: u32) -> u32 {\n    2 * n\n}\n\
        #[unsafe(no_mangle)]\n\
        pub extern \"C\" fn twoaxes_cell(evcxr_variable_store: *mut u8) -> *mut u8 {\n\
        twice(1);\n\
        evcxr_variable_store\n}\n";

    fn diagnostic(level: &str, lint: &str, file: &str, line: usize) -> Value {
        json!({
            "level": level,
            "message": "m",
            "code": {"code": lint},
            "spans": [{
                "is_primary": true,
                "file_name": file,
                "line_start": line,
                "expansion": null,
            }],
            "children": [],
            "rendered": "long",
        })
    }

    #[test]
    fn what_says_that_code_does_something_else_is_told() {
        let parts = Parts::of(SOURCE).unwrap();
        let in_item = Some(Item {
            line: 2,
            text: "fn twice(n: u32) -> u32 {\n    2 * n\n}".to_owned(),
        });
        for (level, lint, file, line, expected) in [
            (
                "warning",
                "unused_must_use",
                "cells/a/lib.rs",
                7,
                Some(None),
            ),
            (
                "warning",
                "unused_variables",
                "cells/a/lib.rs",
                3,
                Some(in_item),
            ),
            ("warning", "non_snake_case", "cells/a/lib.rs", 7, None),
            ("warning", "dead_code", "cells/a/lib.rs", 2, None),
            ("error", "unused_must_use", "cells/a/lib.rs", 7, None),
            ("warning", "unused_must_use", "/lib/macros.rs", 7, None),
            ("warning", "unused_must_use", "cells/a/lib.rs", 1, None),
            ("warning", "unused_must_use", "cells/a/lib.rs", 0, None),
            ("warning", "unused_must_use", "cells/a/lib.rs", 99, None),
        ] {
            let found = told(&[diagnostic(level, lint, file, line)], &parts);
            let items: Vec<_> = found.iter().map(|warning| warning.item.clone()).collect();
            assert_eq!(items.first().cloned(), expected, "{lint} {file} {line}");
            assert!(
                found
                    .iter()
                    .all(|warning| warning.told["rendered"].is_null())
            );
        }
        let mut in_macro = diagnostic("warning", "unreachable_code", "/lib/macros.rs", 99);
        in_macro["spans"][0]["expansion"] = json!({
            "span": {"file_name": "cells/a/lib.rs", "line_start": 7},
        });
        let found = told(&[in_macro], &parts);
        assert_eq!(found[0].told["spans"][0]["line_start"], 7);
        let mut many =
            vec![diagnostic("warning", "deprecated", "cells/a/lib.rs", 3); 2 * MOST_WARNINGS];
        many.push(diagnostic(
            "warning",
            "unused_must_use",
            "cells/a/lib.rs",
            7,
        ));
        let found = told(&many, &parts);
        assert_eq!(found.len(), MOST_WARNINGS);
        assert_eq!(found[0].lint, "unused_must_use");
        assert_eq!(told(&[Value::Null, json!({})], &parts), []);
    }

    #[test]
    fn what_was_said_of_an_item_that_is_left_out_is_said_again() {
        let folder = tempfile::tempdir().unwrap();
        let parts = Parts::of(SOURCE).unwrap();
        let about = |line| {
            told(
                &[diagnostic("warning", "deprecated", "cells/a/lib.rs", line)],
                &parts,
            )
        };
        let with_earlier = |warnings, needed: bool| {
            let needed = Needed {
                items: vec![needed; parts.items.len()],
                variables: Vec::new(),
            };
            with_earlier(warnings, &parts, &needed, folder.path())
        };
        assert_eq!(with_earlier(Vec::new(), false), []);
        assert!(!folder.path().join(FILE).exists());
        assert_eq!(with_earlier(about(3), true), about(3));
        for _ in 0..2 {
            let both = [about(7), about(3)].concat();
            assert_eq!(with_earlier(about(7), false), both);
        }
        assert_eq!(with_earlier(about(7), true), about(7));
        assert_eq!(with_earlier(Vec::new(), false), []);
    }

    #[test]
    fn what_is_kept_with_an_object_comes_back() {
        let parts = Parts::of(SOURCE).unwrap();
        let kept = Kept {
            source: "é\n\"{}\"".to_owned(),
            warnings: told(
                &[diagnostic("warning", "deprecated", "cells/a/lib.rs", 3)],
                &parts,
            ),
        };
        assert_eq!(kept.warnings.len(), 1);
        assert_eq!(Kept::read(&kept.written().unwrap()), Some(kept));
        assert_eq!(Kept::read("fn f() {}"), None);
    }

    #[test]
    fn rustc_knows_every_lint_that_is_told() {
        let help = Command::new("rustc").args(["-W", "help"]).output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let known: Vec<String> = help
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .map(|name| name.replace('-', "_"))
            .collect();
        for lint in TOLD {
            assert!(known.iter().any(|name| name == lint), "{lint}");
        }
        let mut once = TOLD.to_vec();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), TOLD.len());
    }
}
