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

/// So many sources are kept: a panic in what an older cell has left is told without its
/// line, and a session of thousands of cells does not fill its folder.
const KEPT: usize = 500;

/// So many more before some go, so that not every cell has to look at all of them.
const SPARE: usize = 100;

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
        self.forget_the_oldest();
        Ok(place)
    }

    fn forget_the_oldest(&self) {
        let folders = fs::read_dir(self.directory.join(FOLDER));
        let folders: Vec<_> = folders.into_iter().flatten().flatten().collect();
        if folders.len() <= KEPT + SPARE {
            return;
        }
        let written = |folder: &fs::DirEntry| folder.path().join("lib.rs").metadata()?.modified();
        let mut by_age: Vec<_> = folders
            .iter()
            .map(|folder| (written(folder).ok(), folder.path()))
            .collect();
        by_age.sort();
        for (_, folder) in &by_age[..by_age.len() - KEPT] {
            if let Err(error) = fs::remove_dir_all(folder) {
                tracing::debug!("{} is left behind: {error}", folder.display());
            }
        }
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
    fn the_latest_sources_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let sources = Sources::of(directory.path());
        let first = sources.add("the first").unwrap();
        let mut latest = Vec::new();
        for number in 0..KEPT + SPARE {
            latest.push(sources.add(&number.to_string()).unwrap());
        }
        assert_eq!(sources.read(first.to_str().unwrap()), None);
        // Not all of them: what was written in the same instant has the same age.
        for (number, place) in latest.iter().enumerate().skip(2 * SPARE) {
            let kept = sources.read(place.to_str().unwrap());
            assert_eq!(kept, Some(number.to_string()));
        }
    }

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
