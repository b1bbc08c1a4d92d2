//! A table of dependencies in one canonical form, and the key made from it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use toml::Table;

use crate::toolchain::library::Manifest;

/// Counts up when sets are built or stored in another way.
const FORMAT: u32 = 1;

/// The crates that a session wants.
#[derive(Debug, Clone)]
pub struct Wanted {
    table: Table,
}

impl Wanted {
    pub fn of(dependencies: &Table) -> Self {
        let mut table = dependencies.clone();
        for (_, dependency) in table.iter_mut() {
            if let toml::Value::String(version) = dependency {
                let mut full = Table::new();
                full.insert("version".to_owned(), version.clone().into());
                *dependency = full.into();
            }
        }
        Self { table }
    }

    /// The dependencies, as a manifest has them.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Each dependency in a form that does not depend on how it was written.
    pub fn canonical(&self) -> Vec<String> {
        let entry = |(name, dependency): (&String, &toml::Value)| {
            json!([name, canonical(dependency)]).to_string()
        };
        let mut entries: Vec<String> = self.table.iter().map(entry).collect();
        entries.sort();
        entries
    }

    /// Whether the sources of a crate may change at any time.
    pub fn has_paths(&self) -> bool {
        self.any(|dependency| dependency.contains_key("path"))
    }

    /// Whether later sessions want the same crates when they say the same. A
    /// branch moves on, and nothing here says that it has.
    pub fn is_lasting(&self) -> bool {
        !self.any(|dependency| {
            dependency.contains_key("git")
                && !dependency.contains_key("rev")
                && !dependency.contains_key("tag")
        })
    }

    fn any(&self, is: impl Fn(&Table) -> bool) -> bool {
        self.table
            .values()
            .any(|dependency| dependency.as_table().is_some_and(&is))
    }

    /// The key of these crates for the helper library `library` in `directory`
    /// and the compiler that it is for.
    pub fn key(&self, library: &Manifest, directory: &Path) -> anyhow::Result<String> {
        let file = library.library_path(directory)?;
        let metadata =
            fs::metadata(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let parts = json!([
            FORMAT,
            self.canonical(),
            library,
            [metadata.size(), metadata.mtime(), metadata.mtime_nsec()],
        ]);
        Ok(digest(parts.to_string().as_bytes()))
    }
}

/// The SHA-256 of `bytes` in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// With sorted keys and features, in JSON.
fn canonical(value: &toml::Value) -> Value {
    match value {
        toml::Value::Table(table) => {
            let mut entries: Vec<(&String, Value)> = table
                .iter()
                .map(|(name, value)| (name, canonical(value)))
                .collect();
            entries.sort_by_key(|(name, _)| *name);
            entries
                .into_iter()
                .map(|(name, value)| json!([name, value]))
                .collect()
        }
        toml::Value::Array(list) => {
            let mut list: Vec<String> = list
                .iter()
                .map(|item| canonical(item).to_string())
                .collect();
            list.sort();
            list.dedup();
            list.into()
        }
        other => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(text: &str) -> Wanted {
        Wanted::of(&toml::from_str(text).unwrap())
    }

    #[test]
    fn what_means_the_same_has_one_form() {
        for (left, right, same) in [
            ("a = '1'\nb = '2'", "b = '2'\na = '1'", true),
            ("a = '1'", "a = { version = \"1\" }", true),
            (
                "a = { version = '1', features = ['x', 'y'] }",
                "a = { features = ['y', 'x', 'y'], version = '1' }",
                true,
            ),
            ("a = '1'", "a = '1.0'", false),
            ("a = '1'", "b = '1'", false),
            (
                "a = { version = '1', features = ['x'] }",
                "a = { version = '1', features = ['y'] }",
                false,
            ),
            ("a = { path = '/x' }", "a = { path = '/y' }", false),
        ] {
            let equal = wanted(left).canonical() == wanted(right).canonical();
            assert_eq!(equal, same, "{left} and {right}");
        }
    }

    #[test]
    fn a_moving_branch_is_wanted_anew_in_every_session() {
        for (text, lasting, paths) in [
            ("a = '1'", true, false),
            ("a = { path = '/x' }", true, true),
            ("a = { git = 'https://x' }", false, false),
            ("a = { git = 'https://x', branch = 'b' }", false, false),
            ("a = { git = 'https://x', rev = 'b' }", true, false),
            ("a = { git = 'https://x', tag = 'b' }", true, false),
        ] {
            assert_eq!(wanted(text).is_lasting(), lasting, "{text}");
            assert_eq!(wanted(text).has_paths(), paths, "{text}");
        }
    }
}
