//! The folder of the sets: who may write it, one builder at a time, its size.
//!
//! | name | what |
//! |---|---|
//! | `<key>` | a complete [`Set`] |
//! | `.work-<key>` | the manifest of a set that is being built, and of `path` crates |
//! | `.target` | cargo's own folder: what sets have in common is compiled once |
//! | `.lock-<key>` | held by whoever builds; the system frees it when that process ends |
//! | `.gone-<key>` | a set that is being removed |

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail};
use rustix::fs::FlockOperation;

use super::record::Record;
use super::table::Wanted;
use super::{Progress, Set};
use crate::toolchain::user_cache;

/// Says how many megabytes the sets may take together.
const SIZE_VARIABLE: &str = "TWOAXES_CRATES_MB";
const DEFAULT_MEGABYTES: u64 = 4096;

/// Whoever builds longer than this is no longer waited for.
const LONGEST_BUILD: Duration = Duration::from_secs(30 * 60);

const WORKSHOP: &str = ".work-";
const TARGET: &str = ".target";
const LOCK: &str = ".lock-";
const GONE: &str = ".gone-";

/// Where sets are kept.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
}

/// Held while a set is built.
pub struct Lock {
    _file: File,
}

impl Store {
    /// The user's store; that of the session in `directory` if the user's
    /// cannot be written, or could be by others.
    pub fn open(directory: &Path) -> anyhow::Result<Self> {
        let Some(root) = root() else {
            return Self::of_session(directory);
        };
        match prepare(&root) {
            Ok(root) => Ok(Self { root }),
            Err(error) => {
                tracing::info!("crates are kept for this session only: {error:#}");
                Self::of_session(directory)
            }
        }
    }

    /// The store that ends with the session in `directory`.
    pub fn of_session(directory: &Path) -> anyhow::Result<Self> {
        let root = prepare(&directory.join("crates"))?;
        Ok(Self { root })
    }

    pub fn workshop(&self, key: &str) -> PathBuf {
        self.root.join(format!("{WORKSHOP}{key}"))
    }

    /// Where cargo compiles. What an interrupt leaves there is used again.
    pub fn target(&self) -> PathBuf {
        self.root.join(TARGET)
    }

    /// Waits until nobody else compiles: cargo would wait, too, but not until
    /// the result was taken.
    pub fn lock_target(&self, progress: Progress<'_>) -> anyhow::Result<Lock> {
        self.lock_file(TARGET, "another notebook is building crates", progress)
    }

    /// Where the set `key` is, or will be.
    pub fn place(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    /// The complete set `key`. One that is damaged is no set: it is removed.
    pub fn find(&self, key: &str, directory: &Path) -> anyhow::Result<Option<Set>> {
        let folder = self.place(key);
        if !folder.exists() {
            return Ok(None);
        }
        match open(&folder, key, directory) {
            Ok(set) => Ok(Some(set)),
            Err(error) => {
                tracing::warn!("these crates are built again: {error:#}");
                self.remove(key)?;
                Ok(None)
            }
        }
    }

    /// Makes the folder `new` the set `key`.
    pub fn keep(&self, key: &str, new: &Path, directory: &Path) -> anyhow::Result<Set> {
        let folder = self.place(key);
        if folder.exists() {
            self.remove(key)?;
        }
        fs::rename(new, &folder).with_context(|| format!("cannot write {}", folder.display()))?;
        let (record, identity) = Record::read(&folder)?;
        remember_verified(directory, key, &identity);
        Ok(Set {
            folder,
            record,
            identity,
        })
    }

    /// Whether some set has all that is `wanted`: then it exists and compiles.
    pub fn knows(&self, wanted: &Wanted) -> bool {
        let wanted = wanted.canonical();
        self.sets()
            .filter_map(|folder| Record::read(&folder).ok())
            .any(|(record, _)| wanted.iter().all(|entry| record.wanted.contains(entry)))
    }

    /// Waits until nobody else builds `key`, and says so.
    pub fn lock(&self, key: &str, progress: Progress<'_>) -> anyhow::Result<Lock> {
        self.lock_file(
            key,
            "another notebook is building the same crates",
            progress,
        )
    }

    fn lock_file(
        &self,
        key: &str,
        meanwhile: &str,
        progress: Progress<'_>,
    ) -> anyhow::Result<Lock> {
        let path = self.root.join(format!("{LOCK}{key}"));
        loop {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .mode(0o600)
                .open(&path)
                .with_context(|| format!("cannot write {}", path.display()))?;
            let file = match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => file,
                Err(rustix::io::Errno::WOULDBLOCK) => {
                    progress(meanwhile);
                    wait_for(file, &path)?
                }
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot lock {}", path.display()));
                }
            };
            // It may have been removed while we waited.
            if is_same(&file, &path) {
                return Ok(Lock { _file: file });
            }
        }
    }

    /// Removes what was not used for longest, until the rest has `limit` bytes.
    /// The set in `kept` stays.
    pub fn trim(&self, kept: Option<&Path>, limit: u64) {
        let mut entries: Vec<(SystemTime, u64, PathBuf)> = self
            .entries()
            .map(|path| (last_use(&path), size(&path), path))
            .collect();
        entries.sort();
        let mut total: u64 = entries.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, bytes, path) in entries {
            if total <= limit {
                break;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let key = name.trim_start_matches(WORKSHOP).trim_start_matches(GONE);
            if kept != Some(path.as_path()) && self.remove_unlocked(key, &path) {
                total = total.saturating_sub(bytes);
            }
        }
    }

    /// Removes `path` unless somebody builds `key`.
    fn remove_unlocked(&self, key: &str, path: &Path) -> bool {
        let lock = self.root.join(format!("{LOCK}{key}"));
        let Ok(file) = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock)
        else {
            return false;
        };
        let free = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok();
        let removed = free && remove(&self.root, path).is_ok();
        if removed {
            // Whoever waits for it looks whether it is still there.
            let _ = fs::remove_file(&lock);
        }
        removed
    }

    fn remove(&self, key: &str) -> anyhow::Result<()> {
        let folder = self.place(key);
        remove(&self.root, &folder).with_context(|| format!("cannot remove {}", folder.display()))
    }

    fn sets(&self) -> impl Iterator<Item = PathBuf> {
        self.entries().filter(|path| {
            path.file_name()
                .is_some_and(|name| !name.to_string_lossy().starts_with('.'))
        })
    }

    fn entries(&self) -> impl Iterator<Item = PathBuf> {
        let entries = fs::read_dir(&self.root).ok().into_iter().flatten();
        entries
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
    }
}

/// How many bytes all sets may have.
pub fn limit() -> u64 {
    let given = std::env::var(SIZE_VARIABLE).ok();
    given
        .and_then(|megabytes| megabytes.trim().parse::<u64>().ok())
        .unwrap_or(DEFAULT_MEGABYTES)
        .saturating_mul(1 << 20)
}

fn root() -> Option<PathBuf> {
    user_cache::folder(|name| std::env::var_os(name), "crates")
}

/// Makes `root` if it is missing, and sees that only we can write to it: what
/// is in there will be executed. Returns it without links, as cargo names it.
fn prepare(root: &Path) -> anyhow::Result<PathBuf> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(root)
        .with_context(|| format!("cannot make {}", root.display()))?;
    check_owner(root)?;
    tempfile::tempfile_in(root).with_context(|| format!("cannot write to {}", root.display()))?;
    fs::canonicalize(root).with_context(|| format!("cannot read {}", root.display()))
}

fn check_owner(folder: &Path) -> anyhow::Result<()> {
    let metadata = fs::symlink_metadata(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?;
    if !metadata.is_dir()
        || metadata.uid() != rustix::process::geteuid().as_raw()
        || metadata.mode() & 0o022 != 0
    {
        bail!(
            "others could put code into {} (make it yours alone, or remove it)",
            folder.display()
        );
    }
    Ok(())
}

/// The set in `folder`, if it is what was built. Its contents are read once in
/// each session.
fn open(folder: &Path, key: &str, directory: &Path) -> anyhow::Result<Set> {
    check_owner(folder)?;
    let (record, identity) = Record::read(folder)?;
    if !record.is_whole(folder) {
        bail!("{} is not complete", folder.display());
    }
    let verified = fs::read_to_string(verified(directory, key));
    if verified.is_ok_and(|known| known == identity) {
        return Ok(Set {
            folder: folder.to_owned(),
            record,
            identity,
        });
    }
    record.verify(folder)?;
    remember_verified(directory, key, &identity);
    // The time of the last use; a set that cannot be marked is only older.
    let _ = File::open(folder).and_then(|folder| folder.set_modified(SystemTime::now()));
    tracing::info!("crates found in {}", folder.display());
    Ok(Set {
        folder: folder.to_owned(),
        record,
        identity,
    })
}

fn verified(directory: &Path, key: &str) -> PathBuf {
    directory.join(format!("verified-{key}"))
}

fn remember_verified(directory: &Path, key: &str, identity: &str) {
    let path = verified(directory, key);
    if let Err(error) = fs::write(&path, identity) {
        tracing::debug!("cannot write {}: {error}", path.display());
    }
}

/// Waits until the lock on `file` is free.
fn wait_for(file: File, path: &Path) -> anyhow::Result<File> {
    let (sender, receiver) = mpsc::channel();
    // It ends with this process, at the latest.
    std::thread::spawn(move || {
        let result = rustix::fs::flock(&file, FlockOperation::LockExclusive);
        let _ = sender.send(result.map(|()| file));
    });
    match receiver.recv_timeout(LONGEST_BUILD) {
        Ok(locked) => locked.with_context(|| format!("cannot lock {}", path.display())),
        Err(_) => bail!(
            "another notebook has been building the same crates for {} minutes (restart its kernel)",
            LONGEST_BUILD.as_secs() / 60
        ),
    }
}

fn is_same(file: &File, path: &Path) -> bool {
    let (Ok(ours), Ok(there)) = (file.metadata(), fs::metadata(path)) else {
        return false;
    };
    ours.ino() == there.ino() && ours.dev() == there.dev()
}

/// First out of the way, then away: nobody finds half of it.
fn remove(root: &Path, folder: &Path) -> io::Result<()> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let gone = root.join(format!("{GONE}{}", name.trim_start_matches(GONE)));
    if gone != folder {
        let _ = fs::remove_dir_all(&gone);
        fs::rename(folder, &gone)?;
    }
    fs::remove_dir_all(&gone)
}

/// What only makes the next build faster goes first.
fn last_use(path: &Path) -> SystemTime {
    if path.ends_with(TARGET) {
        return SystemTime::UNIX_EPOCH;
    }
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

/// A set knows its size; of other folders it is counted.
fn size(path: &Path) -> u64 {
    if let Ok((record, _)) = Record::read(path) {
        return record.bytes;
    }
    folder_size(path)
}

/// The size of all files below `path`.
pub fn folder_size(path: &Path) -> u64 {
    let entries = fs::read_dir(path).ok().into_iter().flatten();
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => folder_size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests;
