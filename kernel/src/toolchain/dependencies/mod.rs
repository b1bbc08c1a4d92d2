//! The crates that a session asks for with `:dep`.
//!
//! All of a session's `:dep` crates together are its *table*. They are compiled
//! once by the real cargo into a [`Set`], which is kept for this user's later
//! sessions. A cell of any of them is then compiled with one call of rustc, and
//! needs neither the network nor cargo.
//!
//! | file | what |
//! |---|---|
//! | `table` | the table in one canonical form, and the key made from it |
//! | `built_in` | whether the helper library has what is asked for |
//! | `store` | the folder of the sets: who may write it, one builder at a time, its size |
//! | `record` | what a set consists of, and whether it still does |
//! | `watch` | the sources of `path` crates, which may change under us |
//! | `construct` | cargo's output made into a set |
//! | `describe` | cargo's description of a set, for rust-analyzer |
//! | `cargo` | the real cargo, and what it says while it works |
//! | `words` | cargo's errors in a student's words |
//!
//! May use the helper library's manifest and the toolbox. It must never write
//! into a set that is complete, and never take a set from somebody else's folder.

mod built_in;
mod cargo;
mod construct;
mod describe;
mod record;
mod store;
mod table;
mod watch;
mod words;

use std::path::{Path, PathBuf};

use anyhow::Context;
use toml::Table;

use self::record::Record;
use self::store::Store;
use self::table::Wanted;
use super::library::Manifest;
use super::toolbox::Toolbox;

/// What the student reads while a crate is fetched or compiled.
pub type Progress<'a> = &'a mut dyn FnMut(&str);

/// Crates, compiled and ready to be linked to.
#[derive(Debug)]
pub struct Set {
    folder: PathBuf,
    record: Record,
    identity: String,
}

impl Set {
    /// What rustc needs in addition to link a cell to these crates.
    pub fn rustc_arguments(&self) -> Vec<String> {
        self.record.rustc_arguments(&self.folder)
    }

    /// Differs when the compiled crates differ.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The answer of `cargo metadata` for a cell with these crates and those of
    /// the helper library. The cell's crate is at the library's template.
    pub fn metadata(&self) -> anyhow::Result<String> {
        let path = self.folder.join(record::METADATA);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }
}

/// The set of `dependencies` if it is complete and unharmed; fast, and silent.
pub fn find(
    tools: &Toolbox,
    directory: &Path,
    dependencies: &Table,
) -> anyhow::Result<Option<Set>> {
    Request::new(tools, directory, dependencies)?.find()
}

/// The set of `dependencies`; what is missing of it is fetched and compiled.
/// They must not name what the helper library has built in.
pub fn resolve(
    tools: &Toolbox,
    directory: &Path,
    dependencies: &Table,
    progress: Progress<'_>,
) -> anyhow::Result<Set> {
    let request = Request::new(tools, directory, dependencies)?;
    if let Some(set) = request.find()? {
        return Ok(set);
    }
    let lock = request.store.lock(request.key(), progress)?;
    // Another kernel may have built it while this one waited.
    if let Some(set) = request.find()? {
        return Ok(set);
    }
    let set = construct::build(&request, progress);
    drop(lock);
    // A build that failed may have left much, too.
    let kept = set.as_ref().ok().map(|set| set.folder.as_path());
    request.store.trim(kept, store::limit());
    set
}

/// The answer of `cargo metadata` for a cell with `dependencies`, as
/// [`Set::metadata`] has it. What does not exist yet is fetched, not compiled.
pub fn describe(
    tools: &Toolbox,
    directory: &Path,
    dependencies: &Table,
    progress: Progress<'_>,
) -> anyhow::Result<String> {
    let request = Request::new(tools, directory, dependencies)?;
    let _lock = request.store.lock(request.key(), progress)?;
    if let Some(set) = request.find()? {
        return set.metadata();
    }
    let fetched = construct::fetch(&request, progress)?;
    describe::describe(&request.tools.library, &fetched).map(|description| description.to_string())
}

/// Whether the one dependency in `dependencies` can be had. The error is for
/// the student.
pub fn validate(
    tools: &Toolbox,
    directory: &Path,
    dependencies: &Table,
    progress: Progress<'_>,
) -> anyhow::Result<()> {
    let request = Request::new(tools, directory, dependencies)?;
    construct::try_fetch(&request, progress)
}

/// Whether `dependencies` are known to exist: they are built in, or in a set.
/// Errors if the helper library has another version of one than is asked for.
pub fn is_known(tools: &Toolbox, directory: &Path, dependencies: &Table) -> anyhow::Result<bool> {
    let mut others = dependencies.clone();
    for name in built_in::check(&tools.library, dependencies)? {
        others.remove(&name);
    }
    if others.is_empty() {
        return Ok(true);
    }
    let request = Request::new(tools, directory, &others)?;
    Ok(request.store.knows(&request.wanted))
}

/// What is asked for, by whom, and where it is kept.
struct Request<'a> {
    tools: &'a Toolbox,
    /// The toolbox's directory: the session's.
    directory: &'a Path,
    library: Manifest,
    wanted: Wanted,
    key: String,
    store: Store,
}

impl<'a> Request<'a> {
    fn new(tools: &'a Toolbox, directory: &'a Path, dependencies: &Table) -> anyhow::Result<Self> {
        let library = Manifest::read(&tools.library)?;
        let wanted = Wanted::of(dependencies);
        let key = wanted.key(&library, &tools.library)?;
        let store = if wanted.is_lasting() {
            Store::open(directory)?
        } else {
            Store::of_session(directory)?
        };
        Ok(Self {
            tools,
            directory,
            library,
            wanted,
            key,
            store,
        })
    }

    /// Stands for the table, the compiler and the helper library.
    fn key(&self) -> &str {
        &self.key
    }

    /// The folder in which cargo works for this request.
    fn workshop(&self) -> PathBuf {
        self.store.workshop(self.key())
    }

    fn find(&self) -> anyhow::Result<Option<Set>> {
        let key = if self.wanted.has_paths() {
            match watch::key(self.key(), &self.workshop()) {
                Some(key) => key,
                None => return Ok(None),
            }
        } else {
            self.key.clone()
        };
        self.store.find(&key, self.directory)
    }
}
