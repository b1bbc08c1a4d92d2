//! The sources that were compiled, each under a name of its own.
//!
//! A panic names a file and a line. A thread of an earlier cell may panic when
//! later cells were compiled already, so each compilation gets its own file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// The folder of the sources, within the crate's directory.
const FOLDER: &str = "rewritten";

/// Sources older than this many compilations are removed.
const KEPT: u64 = 500;

/// The sources of a session.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The directory of the cells' crate.
    directory: PathBuf,
}

impl Sources {
    pub fn of(crate_directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: crate_directory.into(),
        }
    }

    /// Writes `source` and returns its path, relative to the crate's directory.
    /// It ends in `lib.rs`, since evcxr maps the lines of no other file.
    pub fn add(&self, source: &str) -> anyhow::Result<PathBuf> {
        let folder = self.directory.join(FOLDER);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let counter = folder.join("last");
        let last = fs::read_to_string(&counter).unwrap_or_default();
        let number = last.trim().parse::<u64>().unwrap_or(0) + 1;
        fs::write(&counter, number.to_string())
            .with_context(|| format!("cannot write {}", counter.display()))?;
        let place = Path::new(FOLDER).join(number.to_string()).join("lib.rs");
        let path = self.directory.join(&place);
        fs::create_dir_all(folder.join(number.to_string()))?;
        fs::write(&path, source).with_context(|| format!("cannot write {}", path.display()))?;
        if let Some(old) = number.checked_sub(KEPT) {
            // There is none to remove in the first compilations.
            let _ = fs::remove_dir_all(folder.join(old.to_string()));
        }
        Ok(place)
    }

    /// The source that a panic names by `file`; `None` if it is not one of ours.
    pub fn read(&self, file: &str) -> Option<String> {
        let mut parts = Path::new(file).components().rev();
        let (name, number, folder) = (parts.next()?, parts.next()?, parts.next()?);
        let number: u64 = number.as_os_str().to_str()?.parse().ok()?;
        let is_ours = name.as_os_str() == "lib.rs" && folder.as_os_str() == FOLDER;
        let path = Path::new(FOLDER).join(number.to_string()).join("lib.rs");
        is_ours
            .then(|| fs::read_to_string(self.directory.join(path)).ok())
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_keeps_its_name() {
        let directory = tempfile::tempdir().unwrap();
        let sources = Sources::of(directory.path());
        let first = sources.add("a").unwrap();
        let second = sources.add("b").unwrap();
        assert_ne!(first, second);
        assert_eq!(sources.read(first.to_str().unwrap()).as_deref(), Some("a"));
        let absolute = directory.path().join(&second);
        assert_eq!(
            sources.read(absolute.to_str().unwrap()).as_deref(),
            Some("b")
        );
        for foreign in [
            "src/lib.rs",
            "rewritten/x/lib.rs",
            "rewritten/99/lib.rs",
            "",
        ] {
            assert_eq!(sources.read(foreign), None, "{foreign}");
        }
    }
}
