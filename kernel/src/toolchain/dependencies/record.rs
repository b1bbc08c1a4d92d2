//! What a set consists of, and whether it still does.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::table;

/// The file with the [`Record`]; it is written last.
pub const RECORD: &str = "externs.json";
/// What `cargo metadata` says of a cell with these crates.
pub const METADATA: &str = "metadata.json";
/// The versions inside.
pub const LOCK_FILE: &str = "Cargo.lock";
/// The folder of the compiled crates.
pub const DEPS: &str = "deps";
/// The folder of the native libraries that they made for themselves.
pub const NATIVE: &str = "native";
/// The folder of their sources, which rust-analyzer reads.
pub const SOURCES: &str = "sources";

/// Describes a complete set. Paths are relative to its folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The dependencies in their canonical form.
    pub wanted: Vec<String>,
    /// What a cell calls a crate, and its file.
    pub externs: BTreeMap<String, PathBuf>,
    /// Where rustc looks for native libraries; as cargo's `-L` has it.
    pub native: Vec<String>,
    /// Whether a crate is a shared object, which the loader has to find.
    pub shared: bool,
    /// All files that rustc or rust-analyzer are told of.
    pub files: BTreeMap<PathBuf, Seal>,
    /// The size of the whole set.
    pub bytes: u64,
}

/// What a file has to be like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    pub bytes: u64,
    pub sha256: String,
}

impl Seal {
    pub fn of(path: &Path) -> anyhow::Result<Self> {
        let failed = || format!("cannot read {}", path.display());
        let mut file = File::open(path).with_context(failed)?;
        let mut hasher = Sha256::new();
        let bytes = io::copy(&mut file, &mut hasher).with_context(failed)?;
        Ok(Self {
            bytes,
            sha256: hex::encode(hasher.finalize()),
        })
    }
}

impl Record {
    /// The record of the set in `folder`, and the identity of the set.
    pub fn read(folder: &Path) -> anyhow::Result<(Self, String)> {
        let path = folder.join(RECORD);
        let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let record = serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged", path.display()))?;
        Ok((record, table::digest(&text)))
    }

    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let path = folder.join(RECORD);
        fs::write(&path, serde_json::to_vec_pretty(self)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Seals every file below the folders and the files that matter.
    pub fn seal(&mut self, folder: &Path) -> anyhow::Result<()> {
        for name in [DEPS, NATIVE, METADATA, LOCK_FILE] {
            self.seal_below(folder, Path::new(name))?;
        }
        Ok(())
    }

    fn seal_below(&mut self, folder: &Path, inside: &Path) -> anyhow::Result<()> {
        let path = folder.join(inside);
        if !path.is_dir() {
            if path.exists() {
                self.files.insert(inside.to_owned(), Seal::of(&path)?);
            }
            return Ok(());
        }
        for entry in
            fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))?
        {
            self.seal_below(folder, &inside.join(entry?.file_name()))?;
        }
        Ok(())
    }

    /// Whether each file is there in its full size; fast.
    pub fn is_whole(&self, folder: &Path) -> bool {
        self.files.iter().all(|(file, seal)| {
            fs::symlink_metadata(folder.join(file))
                .is_ok_and(|metadata| metadata.is_file() && metadata.size() == seal.bytes)
        })
    }

    /// Reads every file: an error names one that is not as it was built.
    pub fn verify(&self, folder: &Path) -> anyhow::Result<()> {
        for (file, seal) in &self.files {
            if Seal::of(&folder.join(file))? != *seal {
                bail!("{} was changed", folder.join(file).display());
            }
        }
        Ok(())
    }

    pub fn rustc_arguments(&self, folder: &Path) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut option = |name: &str, value: String| {
            arguments.push(name.to_owned());
            arguments.push(value);
        };
        let deps = folder.join(DEPS);
        option("-L", format!("dependency={}", deps.display()));
        for place in &self.native {
            option("-L", place.clone());
        }
        for (name, file) in &self.externs {
            option(
                "--extern",
                format!("{name}={}", folder.join(file).display()),
            );
        }
        if self.shared {
            option("-C", format!("link-arg=-Wl,-rpath,{}", deps.display()));
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_that_was_touched_is_noticed() {
        type Harm = fn(&Path);
        let harms: [(&str, Harm, bool, bool); 5] = [
            ("nothing", |_| {}, true, true),
            (
                "truncated",
                |deps| fs::write(deps.join("a.rlib"), "").unwrap(),
                false,
                false,
            ),
            (
                "forged",
                |deps| fs::write(deps.join("a.rlib"), "evil").unwrap(),
                true,
                false,
            ),
            (
                "removed",
                |deps| fs::remove_file(deps.join("a.rlib")).unwrap(),
                false,
                false,
            ),
            (
                "a link instead",
                |deps| {
                    fs::rename(deps.join("a.rlib"), deps.join("b")).unwrap();
                    std::os::unix::fs::symlink("b", deps.join("a.rlib")).unwrap();
                },
                false,
                true,
            ),
        ];
        for (name, harm, whole, verified) in harms {
            let folder = tempfile::tempdir().unwrap();
            let deps = folder.path().join(DEPS);
            fs::create_dir(&deps).unwrap();
            fs::write(deps.join("a.rlib"), "code").unwrap();
            let mut record = Record {
                wanted: Vec::new(),
                externs: BTreeMap::new(),
                native: Vec::new(),
                shared: false,
                files: BTreeMap::new(),
                bytes: 4,
            };
            record.seal(folder.path()).unwrap();
            record.write(folder.path()).unwrap();
            assert_eq!(Record::read(folder.path()).unwrap().0, record);
            harm(&deps);
            assert_eq!(record.is_whole(folder.path()), whole, "{name}");
            assert_eq!(record.verify(folder.path()).is_ok(), verified, "{name}");
        }
    }
}
