//! Where an engine lives: a temporary directory, which goes with it.
//!
//! A kernel that is killed leaves its directory, and the next one removes it. Whose kernel
//! still runs, is told by a lock, which the system lets go with the process.

use std::fs::{File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

use twoaxes_kernel::engine;
use twoaxes_kernel::toolchain::{library, toolbox};

const PREFIX: &str = "twoaxes-";
const LOCK: &str = "kernel.lock";
/// A younger lock may be one that is not held yet.
const SETTLED: Duration = Duration::from_secs(60);

pub struct Place {
    pub settings: engine::Settings,
    _directory: TempDir,
    _lock: File,
}

impl Place {
    /// Makes the directory, and points the environment to the tools in it.
    pub fn prepare(library: Option<PathBuf>) -> anyhow::Result<Self> {
        let library = library::locate(library)?;
        let directory = tempfile::Builder::new()
            .prefix(PREFIX)
            // It will hold what a student writes.
            .permissions(Permissions::from_mode(0o700))
            .tempdir()
            .context("cannot make a temporary directory (is the disk full?)")?;
        let lock = File::create(directory.path().join(LOCK)).context("cannot make a lock")?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).context("cannot take the lock")?;
        if let Some(all) = directory.path().parent() {
            remove_abandoned(all);
        }
        let executable = std::env::current_exe().context("cannot find this executable")?;
        // SAFETY: no other thread runs yet; the session starts the first.
        unsafe { toolbox::enter(&executable, &directory.path().join("toolbox"))? };
        Ok(Self {
            settings: engine::Settings {
                executable,
                directory: directory.path().to_owned(),
                library,
                sandbox: None,
                prepares: true,
                warns: true,
            },
            _directory: directory,
            _lock: lock,
        })
    }
}

/// Removes the directories in `all` whose kernels have been killed.
fn remove_abandoned(all: &Path) {
    let entries = std::fs::read_dir(all).into_iter().flatten().flatten();
    for entry in entries {
        let is_ours = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(PREFIX.as_bytes());
        if is_ours && is_abandoned(&entry.path()) {
            match std::fs::remove_dir_all(entry.path()) {
                Ok(()) => tracing::info!("{:?} is removed: its kernel was killed", entry.path()),
                Err(error) => tracing::debug!("{:?} stays: {error}", entry.path()),
            }
        }
    }
}

/// Whether nobody holds the lock in `directory`.
fn is_abandoned(directory: &Path) -> bool {
    let ask = || {
        let about = std::fs::symlink_metadata(directory).ok()?;
        if !about.is_dir() || about.uid() != rustix::process::geteuid().as_raw() {
            return None;
        }
        let lock = File::open(directory.join(LOCK)).ok()?;
        let age = lock.metadata().ok()?.modified().ok()?.elapsed().ok()?;
        let is_free = flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok();
        Some(is_free && age >= SETTLED)
    };
    ask().unwrap_or(false)
}
