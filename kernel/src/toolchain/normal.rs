//! A source in the form that is the same in every session.
//!
//! evcxr keeps items and variables in hash maps, so two sessions that did the
//! same generate the same lines in another order. Order means nothing among
//! items, nor among the generated lines for variables; it does among the
//! student's statements, which stay as they are.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::parts::Parts;
use super::prune::Needed;

const STORE: &str = "evcxr_variable_store.put_variable::<";

/// Between blocks. No line holds this character alone, so blocks of one source
/// cannot pass for those of another.
const SEPARATOR: &str = "\n\u{0}\n";

/// A source in normal form, and where its lines are in the source.
pub struct Normal {
    pub text: String,
    /// For each line of all blocks, its line in the source, from 0.
    lines: Vec<usize>,
}

impl Normal {
    /// What of `parts` is `needed`.
    pub fn of(parts: &Parts<'_>, needed: &Needed) -> Self {
        let blocks = blocks(parts, needed);
        let texts: Vec<String> = blocks
            .iter()
            .map(|block| {
                let lines: Vec<&str> = block.iter().map(|line| parts.lines[*line]).collect();
                lines.join("\n")
            })
            .collect();
        Self {
            text: texts.join(SEPARATOR),
            lines: blocks.into_iter().flatten().collect(),
        }
    }

    /// Compiler messages about the source as messages about the normal form.
    /// `None` if they are about a line that the normal form does not have.
    pub fn outward(&self, messages: &[Value]) -> Option<Vec<Value>> {
        let places: HashMap<usize, usize> = self
            .lines
            .iter()
            .enumerate()
            .map(|(normal, line)| (*line, normal))
            .collect();
        translate(messages, &|line| places.get(&line).copied(), "")
    }

    /// The same the other way, about the source at `path`.
    pub fn inward(&self, messages: &[Value], path: &str) -> Option<Vec<Value>> {
        translate(messages, &|line| self.lines.get(line).copied(), path)
    }
}

/// Lines that belong together, in an order that only depends on their text.
fn blocks(parts: &Parts<'_>, needed: &Needed) -> Vec<Vec<usize>> {
    let of_item = |line: &usize| parts.items.iter().any(|item| item.lines.contains(line));
    // Of two equal blocks, such as `use` lines, one is enough.
    let mut unordered: BTreeMap<String, Vec<usize>> = (0..parts.lines.len())
        .filter(|line| !parts.function.contains(line) && !of_item(line))
        .filter(|line| !parts.lines[*line].trim().is_empty())
        .map(|line| (parts.lines[line].to_owned(), vec![line]))
        .collect();
    for (item, needed) in parts.items.iter().zip(&needed.items) {
        if *needed {
            unordered.insert(item.text.clone(), item.lines.clone().collect());
        }
    }
    let mut variables: Vec<usize> = Vec::new();
    for (variable, needed) in parts.variables.iter().zip(&needed.variables) {
        if *needed {
            variables.extend(variable.lines);
        }
    }
    variables.sort_unstable_by_key(|line| parts.lines[*line]);
    let of_variable = |line: &usize| parts.variables.iter().any(|v| v.lines.contains(line));
    let mut function: Vec<usize> = parts
        .function
        .clone()
        .filter(|line| !of_variable(line))
        .collect();
    // The variables that the cell defines are stored side by side, too.
    let stores = |line: usize| parts.lines[line].starts_with(STORE);
    for run in function.chunk_by_mut(|a, b| stores(*a) && stores(*b)) {
        if run.len() > 1 {
            run.sort_unstable_by_key(|line| parts.lines[*line]);
        }
    }
    unordered
        .into_values()
        .chain([variables, function])
        .collect()
}

fn translate(
    messages: &[Value],
    line: &impl Fn(usize) -> Option<usize>,
    path: &str,
) -> Option<Vec<Value>> {
    let mut messages = messages.to_vec();
    messages
        .iter_mut()
        .all(|message| translate_spans(message, line, path))
        .then_some(messages)
}

/// Translates every span in `value`; whether all could be.
fn translate_spans(value: &mut Value, line: &impl Fn(usize) -> Option<usize>, path: &str) -> bool {
    match value {
        Value::Array(values) => values
            .iter_mut()
            .all(|value| translate_spans(value, line, path)),
        Value::Object(fields) => {
            // A span in another file, such as one of the standard library, is
            // the same in every session.
            let is_ours = |name: &str| name.is_empty() || name.starts_with("cells/");
            if fields
                .get("file_name")
                .and_then(Value::as_str)
                .is_some_and(is_ours)
            {
                fields.insert("file_name".to_owned(), path.into());
                for end in ["line_start", "line_end"] {
                    let number = fields.get(end).and_then(Value::as_u64);
                    let moved = number
                        .and_then(|number| usize::try_from(number).ok()?.checked_sub(1))
                        .and_then(line);
                    match moved {
                        Some(moved) => fields.insert(end.to_owned(), (moved + 1).into()),
                        None => return false,
                    };
                }
            }
            fields
                .values_mut()
                .all(|value| translate_spans(value, line, path))
        }
        _ => true,
    }
}
