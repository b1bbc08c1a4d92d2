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

/// A file in which rustc has noted what it read.
#[derive(Debug)]
pub struct Note {
    pub file: PathBuf,
    /// The folder that it counts from.
    pub from: PathBuf,
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

    /// Adds the files that rustc noted, which are neither in a watched folder nor
    /// in one of `immutable`.
    pub fn add_noted(&mut self, notes: &[Note], immutable: &[PathBuf]) -> anyhow::Result<()> {
        for note in notes.iter().filter(|note| note.file.exists()) {
            let text = fs::read_to_string(&note.file)
                .with_context(|| format!("cannot read {}", note.file.display()))?;
            // Without `..`, which `include_str!` has, or it seems to be inside.
            let files = noted(&text).filter_map(|file| fs::canonicalize(note.from.join(file)).ok());
            for file in files {
                let is_in = |folder: &PathBuf| file.starts_with(folder);
                if !self.folders.iter().any(is_in) && !immutable.iter().any(is_in) {
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
        let inside = |name: &str| folder.path().join(name);
        for made in ["x/src", "registry"] {
            fs::create_dir_all(inside(made)).unwrap();
        }
        for file in ["x/src/lib.rs", "a b.txt", "c.txt", "registry/d.txt"] {
            fs::write(inside(file), "").unwrap();
        }
        let here = fs::canonicalize(folder.path()).unwrap();
        let registry = here.join("registry/d.txt");
        let note = format!(
            "/out/libx.rlib: ...\n\nsrc/lib.rs:\n../a\\ b.txt:\n{}:\n{}:\n/gone:\n",
            here.join("x/src/../../c.txt").display(),
            registry.display(),
        );
        fs::write(inside("x.d"), note).unwrap();
        let notes = ["x.d", "no-such.d"].map(|name| Note {
            file: inside(name),
            from: here.join("x"),
        });
        let mut watched = Watched {
            folders: [here.join("x")].into(),
            files: BTreeSet::new(),
        };
        watched.add_noted(&notes, &[here.join("registry")]).unwrap();
        assert_eq!(
            watched.files,
            [here.join("a b.txt"), here.join("c.txt")].into()
        );
    }
}
