//! A source in the form that is the same in every session.
//!
//! evcxr keeps items and variables in hash maps, so two sessions that did the
//! same generate the same lines in another order. Order means nothing among
//! items, nor among the generated lines for variables; it does among the
//! student's statements, which stay as they are.

use std::collections::BTreeSet;

use super::parts::Parts;
use super::prune::Needed;

const STORE: &str = "evcxr_variable_store.put_variable::<";

/// What of `parts` is `needed`, in the form that is compared.
pub fn normal(parts: &Parts<'_>, needed: &Needed) -> String {
    let of_item = |line: &usize| parts.items.iter().any(|item| item.lines.contains(line));
    let elsewhere = (0..parts.lines.len())
        .filter(|line| !parts.function.contains(line) && !of_item(line))
        .map(|line| parts.lines[line]);
    // Of two equal `use` lines, one is enough.
    let mut rest: BTreeSet<&str> = elsewhere.filter(|line| !line.trim().is_empty()).collect();
    let items = parts.items.iter().zip(&needed.items);
    rest.extend(
        items
            .filter(|(_, needed)| **needed)
            .map(|(item, _)| item.text.as_str()),
    );

    let mut variables = Vec::new();
    for (variable, needed) in parts.variables.iter().zip(&needed.variables) {
        if *needed {
            variables.extend(variable.lines.map(|line| parts.lines[line]));
        }
    }
    variables.sort_unstable();

    let of_variable = |line: &usize| parts.variables.iter().any(|v| v.lines.contains(line));
    let mut function: Vec<&str> = parts
        .function
        .clone()
        .filter(|line| !of_variable(line))
        .map(|line| parts.lines[line])
        .collect();
    // The variables that the cell defines are stored side by side, too.
    for run in function.chunk_by_mut(|a, b| a.starts_with(STORE) && b.starts_with(STORE)) {
        if run.len() > 1 {
            run.sort_unstable();
        }
    }
    let blocks: Vec<&str> = rest.into_iter().chain(variables).chain(function).collect();
    // A line never holds this character alone, so blocks cannot run together.
    blocks.join("\n\u{0}\n")
}
