//! The sources that were compiled, each under a name of its own.
//!
//! A panic names a file and a line, also when later cells were compiled already
//! and when the object comes from the cache of another session. So a source is
//! named by its own content.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};

/// The folder of the sources, within the crate's directory.
const FOLDER: &str = "cells";

/// So many bytes of a source's digest are its name.
const NAME_BYTES: usize = 12;

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
        let name = hex::encode(&Sha256::digest(source)[..NAME_BYTES]);
        let place = Path::new(FOLDER).join(name).join("lib.rs");
        let path = self.directory.join(&place);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(&path, source).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(place)
    }

    /// The source that a panic names by `file`; `None` if it is not one of ours.
    pub fn read(&self, file: &str) -> Option<String> {
        let mut parts = Path::new(file).components().rev();
        let (file, name, folder) = (parts.next()?, parts.next()?, parts.next()?);
        let name = name.as_os_str().to_str()?;
        let is_ours = file.as_os_str() == "lib.rs"
            && folder.as_os_str() == FOLDER
            && hex::decode(name).is_ok_and(|bytes| bytes.len() == NAME_BYTES);
        let path = Path::new(FOLDER).join(name).join("lib.rs");
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
            "cells/x/lib.rs",
            "cells/000000000000000000000000/lib.rs",
            "cells/../lib.rs",
            "",
        ] {
            assert_eq!(sources.read(foreign), None, "{foreign}");
        }
    }
}
