//! Leaves out of a cell's source what the cell does not use.
//!
//! An item is left out only when it is known to compile with the others: evcxr
//! reports an error in an item when it is defined, or when another definition
//! breaks it, and so do we. Lines stay where they are, because evcxr maps
//! compiler messages by them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::parts::{Item, Parts, Role};
use super::versions::Versions;

/// The items of this session that compiled together.
#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Known {
    /// Their text by name; a type and a function may share one.
    named: BTreeMap<String, String>,
    /// The texts of those without a name.
    unnamed: BTreeSet<String>,
}

impl Known {
    const FILE: &str = "items.json";

    /// What compiled so far in this session; nothing if that cannot be read.
    pub fn read(crate_directory: &Path) -> Self {
        std::fs::read(crate_directory.join(Self::FILE))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default()
    }

    /// Remembers that the items of `parts` compile together. Without it, the
    /// next cell only compiles more than it has to.
    pub fn write(&self, crate_directory: &Path) {
        let written = serde_json::to_vec(self)
            .map_err(anyhow::Error::from)
            .and_then(|text| Ok(std::fs::write(crate_directory.join(Self::FILE), text)?));
        if let Err(error) = written {
            tracing::debug!("the items are not remembered: {error}");
        }
    }

    pub fn of(parts: &Parts<'_>) -> Self {
        let mut known = Self::default();
        for item in &parts.items {
            match item.name() {
                Some(name) => {
                    let text = known.named.entry(name.to_owned()).or_default();
                    text.push_str(&item.text);
                }
                None => {
                    known.unnamed.insert(item.text.clone());
                }
            }
        }
        known
    }
}

/// What a cell needs of the parts.
pub struct Needed {
    pub items: Vec<bool>,
    pub variables: Vec<bool>,
}

impl Needed {
    pub fn all(parts: &Parts<'_>) -> Self {
        Self {
            items: vec![true; parts.items.len()],
            variables: vec![true; parts.variables.len()],
        }
    }

    pub fn leaves_out_anything(&self) -> bool {
        self.items.contains(&false) || self.variables.contains(&false)
    }
}

/// Decides what is needed, where `known` items compile together.
pub fn needed(parts: &Parts<'_>, known: &Known) -> Needed {
    let Some(changed) = changed(parts, known) else {
        return Needed::all(parts);
    };
    let mut used: BTreeSet<&str> = parts.statement_words();
    let is_changed = |item: &Item<'_>| item.name().is_some_and(|name| changed.contains(name));
    let mut items: Vec<bool> = parts.items.iter().map(is_changed).collect();
    for (item, needed) in parts.items.iter().zip(&items) {
        if *needed || item.role == Role::Always {
            used.extend(&item.words);
        }
    }
    let variables: Vec<bool> = parts
        .variables
        .iter()
        .map(|variable| {
            // One whose type was defined anew is lost, which evcxr must hear.
            let stale = super::parts::words(variable.type_text).any(|word| changed.contains(word));
            stale || used.contains(variable.word())
        })
        .collect();
    for (variable, needed) in parts.variables.iter().zip(&variables) {
        if *needed {
            used.extend(super::parts::words(variable.type_text));
        }
    }
    // Until nothing more is drawn in.
    loop {
        let before = items.clone();
        for (item, needed) in parts.items.iter().zip(&mut items) {
            if !*needed && is_needed(&item.role, &used) {
                *needed = true;
                used.extend(&item.words);
            }
        }
        if items == before {
            return Needed { items, variables };
        }
    }
}

fn is_needed(role: &Role, used: &BTreeSet<&str>) -> bool {
    match role {
        Role::Named(name) | Role::Impl(name) => used.contains(name.as_str()),
        Role::Trait(name, members) => {
            used.contains(name.as_str())
                || members.iter().any(|member| used.contains(member.as_str()))
        }
        Role::Always => true,
    }
}

/// The names of the items that are new, other than before, or gone; `None` if
/// that might change what other items mean, so that all must be compiled.
fn changed(parts: &Parts<'_>, known: &Known) -> Option<BTreeSet<String>> {
    let now = Known::of(parts);
    if now.unnamed != known.unnamed {
        // An `impl` or a `use` can be felt anywhere.
        return None;
    }
    let names: BTreeSet<String> = now
        .named
        .keys()
        .chain(known.named.keys())
        .filter(|name| now.named.get(*name) != known.named.get(*name))
        .cloned()
        .collect();
    let felt = parts.items.iter().any(|item| {
        let others = item.words.iter().filter(|word| item.name() != Some(word));
        others.into_iter().any(|word| names.contains(*word))
    });
    (!felt).then_some(names)
}

/// The source with empty lines where something is not needed, and with the
/// numbers of the types of variables.
pub fn prune(parts: &Parts<'_>, needed: &Needed) -> String {
    let mut cut = BTreeSet::new();
    for (item, needed) in parts.items.iter().zip(&needed.items) {
        let shared = |line: &usize| {
            parts
                .items
                .iter()
                .filter(|other| other.lines.contains(line))
                .count()
                > 1
        };
        if !needed && !item.lines.clone().any(|line| shared(&line)) {
            cut.extend(item.lines.clone());
        }
    }
    for (variable, needed) in parts.variables.iter().zip(&needed.variables) {
        if !needed {
            cut.extend(variable.lines);
        }
    }
    let versions = Versions::of(parts);
    let mut text = String::new();
    for (index, line) in parts.lines.iter().enumerate() {
        if parts.function.contains(&index) && !cut.contains(&index) {
            text.push_str(&versions.stamp(line));
        } else if !cut.contains(&index) {
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}
