//! The compile cache: what was compiled once on this machine is not compiled
//! again, in no session and for no cell.
//!
//! An entry is machine code that will run, so where it comes from matters more
//! than anything else here:
//!
//! * It is read only from folders and files that belong to us or to root, that
//!   neither group nor others can write to, and that are no links (`folder`; as
//!   sshd's `StrictModes`). The installed folder may also belong to the owner
//!   of this executable.
//! * Key and digest are verified before a byte of it is used, and the bytes
//!   that were verified are those that are handed on (`entry`).
//! * A file that fails is removed, and the cell is compiled as if there were no
//!   cache.
//!
//! | file | what |
//! |---|---|
//! | `ab/ab12…` | an entry, named after its key, in one of 256 folders |
//! | `incoming/` | entries that are being written, renamed when complete |
//! | `twoaxes-size` | how much there is, so that a store need not look (`space`) |
//!
//! Any number of kernels may use one folder at once. None waits for another:
//! a file appears complete or not at all, and what another kernel removes is
//! just not there. Nothing here fails a cell; what goes wrong is logged.
//!
//! It knows bytes and keys. What goes into a key, and what source and object
//! mean, is the caller's.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use rustix::fs::Stat;

mod command;
mod entry;
mod folder;
mod key;
mod location;
mod space;
#[cfg(test)]
mod tests;

pub use command::run;
pub use key::Key;
pub use location::Location;

use entry::Entry;
use folder::{Folder, Owners, Refusal};

/// A hit is noted in the file's time, but not more often than this.
const NOTED_FOR: Duration = Duration::from_secs(3600);

/// An entry may take one part in so many of the space, or it would push out
/// most of the others.
const LARGEST_SHARE: u64 = 4;

/// Entries are in one or two folders: our own, and one that was installed.
#[derive(Debug)]
pub struct Cache {
    location: Location,
}

impl Cache {
    /// The cache at `location`. Folders are opened when they are needed, and
    /// our own is made by the first [`Cache::store`].
    pub fn open(location: &Location) -> Self {
        Self {
            location: location.clone(),
        }
    }

    /// Puts the object of `key` at `to`, in the place of what is there, and
    /// returns its source. `None` when it has to be compiled.
    pub fn fetch(&self, key: &Key, to: &Path) -> Option<String> {
        let entry = self.installed(key).or_else(|| self.own(key))?;
        match deliver(entry.object(), to) {
            Ok(()) => Some(entry.into_source()),
            Err(error) => {
                tracing::debug!(
                    "cannot write the cached object to {}: {error}",
                    to.display()
                );
                None
            }
        }
    }

    /// Keeps the object at `object`, compiled from `source`, under `key`. When
    /// that cannot be done, the entry is just not there.
    pub fn store(&self, key: &Key, object: &Path, source: &str) {
        let Some(own) = &self.location.own else {
            return;
        };
        if let Err(error) = self.try_store(own, key, object, source) {
            tracing::debug!("{key} is not kept in {}: {error:#}", own.display());
        }
    }

    fn installed(&self, key: &Key) -> Option<Entry> {
        let path = self.location.installed.as_deref()?;
        let owners = Owners::installed();
        let read = || {
            let shard = Folder::open(path, owners)?.folder(&key.shard(), owners)?;
            shard.file(&key.to_string(), owners)
        };
        match read() {
            Ok((file, stat)) => Entry::read(key, length(&stat), file)
                .inspect_err(|damage| tracing::debug!("{key} in {}: {damage}", path.display()))
                .ok(),
            Err(Refusal::Absent) => None,
            Err(refusal) => {
                tracing::debug!("{key} in {}: {refusal}", path.display());
                None
            }
        }
    }

    fn own(&self, key: &Key) -> Option<Entry> {
        let path = self.location.own.as_deref()?;
        let owners = Owners::ours();
        let shard =
            match Folder::open(path, owners).and_then(|root| root.folder(&key.shard(), owners)) {
                Ok(shard) => shard,
                Err(Refusal::Absent) => return None,
                Err(refusal) => {
                    tracing::debug!("{key} in {}: {refusal}", path.display());
                    return None;
                }
            };
        let name = key.to_string();
        let problem: anyhow::Error = match shard.file(&name, owners) {
            Ok((file, stat)) => match Entry::read(key, length(&stat), &file) {
                Ok(entry) => {
                    note_use(&file, &stat);
                    return Some(entry);
                }
                Err(damage) => damage.into(),
            },
            Err(Refusal::Absent) => return None,
            Err(refusal) => refusal.into(),
        };
        // Another kernel may put a good one here just now; then that is lost,
        // which costs one compilation.
        let removed = shard.remove(&name);
        tracing::debug!(
            "{key} in {} is dropped ({removed:?}): {problem}",
            path.display()
        );
        None
    }

    fn try_store(&self, own: &Path, key: &Key, object: &Path, source: &str) -> anyhow::Result<()> {
        let object_size = fs::metadata(object).context("there is no object")?.len();
        let limit = self.location.limit_bytes;
        let size = entry::size(source.len() as u64, object_size)
            .filter(|size| *size <= limit / LARGEST_SHARE);
        let Some(size) = size else {
            bail!("it is too large ({object_size} bytes, with a limit of {limit} in all)");
        };
        let object = fs::read(object).context("cannot read the object")?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(own)
            .context("cannot make the folder")?;
        let root = Folder::open(own, Owners::ours())?;
        space::ready(&root, space::INCOMING)?;
        space::ready(&root, &key.shard())?;
        space::sweep(&root);
        // Dropped, and with that removed, wherever this ends early.
        let mut file = tempfile::Builder::new()
            .prefix(space::INCOMING_PREFIX)
            .tempfile_in(own.join(space::INCOMING))
            .context("cannot make a file")?;
        entry::write(key, source, &object, &mut file).context("cannot write the file")?;
        space::reserve(&root, own, size, limit).context("cannot make room")?;
        file.persist(own.join(key.shard()).join(key.to_string()))
            .context("cannot name the file")?;
        Ok(())
    }
}

/// Counts as the latest use, for a while.
fn note_use(file: &File, stat: &Stat) {
    let now = SystemTime::now();
    let noted = SystemTime::UNIX_EPOCH + Duration::from_secs(stat.st_mtime.max(0) as u64);
    // A time far in the future would never be the least recent.
    let distance = now
        .duration_since(noted)
        .unwrap_or_else(|future| future.duration());
    if distance > NOTED_FOR
        && let Err(error) = file.set_modified(now)
    {
        tracing::debug!("the use of a cached object is not noted: {error}");
    }
}

/// Writes a new file at `to`. One that is there may be mapped into a process,
/// and would change under it.
fn deliver(object: &[u8], to: &Path) -> io::Result<()> {
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o755)
        .open(to)?;
    file.write_all(object).inspect_err(|_| {
        // Half an object is worse than none; that this fails, too, is told by
        // the error.
        let _ = fs::remove_file(to);
    })
}

fn length(stat: &Stat) -> u64 {
    stat.st_size.max(0) as u64
}
