//! The sources of `path` crates: when one changes, the set is another.
//!
//! A file counts as changed by the same signs as with cargo: its size and the
//! time of its last change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::table::digest;
use crate::toolchain::toolbox;

const FILE: &str = "watched.json";

/// What the set was built from that may change.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Where the crates are.
    pub folders: BTreeSet<PathBuf>,
    /// What they were compiled from beside that, for example by `include_str!`.
    pub files: BTreeSet<PathBuf>,
}

impl Watched {
    /// The folders of the crates in cargo's description that come from a path.
    /// The crate `root` itself is not one of them.
    pub fn folders(description: &Value, root: &Path) -> Self {
        let packages = description["packages"].as_array();
        let folders = packages
            .into_iter()
            .flatten()
            .filter(|package| package["source"].is_null())
            .filter_map(|package| Path::new(package["manifest_path"].as_str()?).parent())
            .filter(|folder| *folder != root)
            .map(Path::to_owned)
            .collect();
        Self {
            folders,
            files: BTreeSet::new(),
        }
    }

    /// Adds the files that rustc noted in the `.d` files of `folder`, which are
    /// neither in a watched folder nor in one of `immutable`.
    pub fn add_noted(&mut self, folder: &Path, immutable: &[PathBuf]) -> anyhow::Result<()> {
        let Ok(entries) = fs::read_dir(folder) else {
            return Ok(());
        };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            if path.extension().is_none_or(|extension| extension != "d") {
                continue;
            }
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            for file in noted(&text) {
                let known = self.folders.iter().any(|folder| file.starts_with(folder))
                    || immutable.iter().any(|folder| file.starts_with(folder));
                if !known && file.is_absolute() {
                    self.files.insert(file);
                }
            }
        }
        Ok(())
    }

    pub fn write(&self, workshop: &Path) -> anyhow::Result<()> {
        let path = workshop.join(FILE);
        fs::write(&path, serde_json::to_vec(self)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    fn read(workshop: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(workshop.join(FILE)).ok()?).ok()
    }

    /// The state of all folders, now.
    pub fn state_of_folders(&self) -> Value {
        let mut state = BTreeMap::new();
        for folder in &self.folders {
            look_into(folder, &mut state);
        }
        json!(state)
    }

    /// The state of the other files, now.
    pub fn state_of_files(&self) -> Value {
        let state = |file: &PathBuf| (toolbox::text(file), signs(file));
        json!(self.files.iter().map(state).collect::<BTreeMap<_, _>>())
    }
}

/// The key of the set `key` with the sources in their state now; `None` if it
/// was never built.
pub fn key(key: &str, workshop: &Path) -> Option<String> {
    let watched = Watched::read(workshop)?;
    let (folders, files) = (watched.state_of_folders(), watched.state_of_files());
    Some(key_in(key, &folders, &files))
}

/// The key of the set `key` with the sources in these states.
pub fn key_in(key: &str, folders: &Value, files: &Value) -> String {
    digest(json!([key, folders, files]).to_string().as_bytes())
}

/// Size and time of change; `None` if there is no such file.
type Signs = Option<(u64, i64, i64)>;

/// Everything but what cargo and version control keep there.
fn look_into(folder: &Path, state: &mut BTreeMap<String, Signs>) {
    state.insert(toolbox::text(folder), None);
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let skipped = name.to_string_lossy().starts_with('.') || (is_folder && name == "target");
        if skipped {
            continue;
        }
        if is_folder {
            look_into(&entry.path(), state);
        } else {
            state.insert(toolbox::text(&entry.path()), signs(&entry.path()));
        }
    }
}

fn signs(file: &Path) -> Signs {
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.size(), metadata.mtime(), metadata.mtime_nsec()))
}

/// The files that a `.d` file names: each has a rule of its own without sources.
fn noted(text: &str) -> impl Iterator<Item = PathBuf> {
    text.lines()
        .filter_map(|line| line.strip_suffix(':'))
        .map(|file| PathBuf::from(file.replace("\\ ", " ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_a_source_changes_the_state() {
        let folder = tempfile::tempdir().unwrap();
        let inside = |name: &str| folder.path().join(name);
        for made in ["src", "target", ".git"] {
            fs::create_dir(inside(made)).unwrap();
        }
        fs::write(inside("src/lib.rs"), "1").unwrap();
        let other = tempfile::tempdir().unwrap();
        let elsewhere = other.path().join("text");
        let watched = Watched {
            folders: [folder.path().to_owned()].into(),
            files: [elsewhere.clone()].into(),
        };
        let before = watched.state_of_folders();
        for (file, changes) in [
            ("target/x", false),
            (".git/x", false),
            ("src/lib.rs", true),
            ("src/new.rs", true),
            ("build.rs", true),
        ] {
            let before = watched.state_of_folders();
            fs::write(inside(file), format!("a longer text for {file}")).unwrap();
            assert_eq!(before != watched.state_of_folders(), changes, "{file}");
        }
        let outside = watched.state_of_files();
        fs::write(&elsewhere, "3").unwrap();
        assert_ne!(outside, watched.state_of_files());
        let after = watched.state_of_folders();
        assert_ne!(
            key_in("k", &before, &outside),
            key_in("k", &after, &outside)
        );
    }

    #[test]
    fn sources_outside_of_a_crate_are_read_off_rustcs_notes() {
        let folder = tempfile::tempdir().unwrap();
        let note = "/out/libx.rlib: /x/src/lib.rs /y/a\\ b.txt\n\n/x/src/lib.rs:\n/y/a\\ b.txt:\n";
        fs::write(folder.path().join("x.d"), note).unwrap();
        let mut watched = Watched {
            folders: ["/x".into()].into(),
            files: BTreeSet::new(),
        };
        watched
            .add_noted(folder.path(), &[PathBuf::from("/registry")])
            .unwrap();
        assert_eq!(watched.files, ["/y/a b.txt".into()].into());
    }
}
