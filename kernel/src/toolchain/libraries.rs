//! The libraries that kernels built for a user, in the user's cache.
//!
//! | file | what |
//! |---|---|
//! | `KEY/` | a library; the key says compiler and sources |
//! | `target-COMPILER/` | cargo's own files, for the next build |
//! | `lock` | held by the one process that builds |
//!
//! A library is put in place by a rename when it is complete, is used only when
//! nobody else could have written it, and is removed when others were used more
//! recently and no kernel uses it.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

use anyhow::{Context, bail};
use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};

use super::library::{self, Manifest};
use super::{source, user_cache};

/// Counted up when a library of an older kernel is of no use to this one.
const FORMAT: u32 = 1;

/// How many libraries are kept.
const KEPT: usize = 4;

/// The library in use, which nobody may remove while this process lives.
static IN_USE: OnceLock<File> = OnceLock::new();

/// What a library must be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What `rustc -vV` says.
    pub rustc: String,
    /// The digest of the helper crate's sources.
    pub source: String,
    /// The features of the helper crate that are on.
    pub features: Vec<String>,
}

impl Wanted {
    pub fn fits(&self, manifest: &Manifest) -> bool {
        // A library that does not say its sources is taken at its word.
        let source = manifest.source.is_empty() || manifest.source == self.source;
        manifest.rustc == self.rustc && manifest.features == self.features && source
    }

    fn key(&self) -> String {
        let format = FORMAT.to_string();
        let mut parts = vec![format.as_str(), &self.rustc, &self.source];
        parts.extend(self.features.iter().map(String::as_str));
        short_hash(&parts)
    }
}

/// The folder of all libraries of a user.
#[derive(Debug, Clone)]
pub struct Libraries {
    directory: PathBuf,
}

impl Libraries {
    pub fn at(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Those in the user's cache.
    pub fn of_user() -> anyhow::Result<Self> {
        let directory = user_cache::folder(|name| std::env::var_os(name), "libraries")
            .context("there is no folder to keep a library in (set HOME or TWOAXES_CACHE)")?;
        Ok(Self::at(directory))
    }

    /// Where the library goes.
    pub fn place(&self, wanted: &Wanted) -> PathBuf {
        self.directory.join(wanted.key())
    }

    /// Where cargo builds it.
    pub fn target(&self, wanted: &Wanted) -> PathBuf {
        let compiler = short_hash(&[&wanted.rustc]);
        self.directory.join(format!("target-{compiler}"))
    }

    /// The library if it is there, complete and from nobody else. From then on
    /// it is in use.
    pub fn find(&self, wanted: &Wanted) -> Option<PathBuf> {
        let place = self.place(wanted);
        // First held, then looked at: it may be removed right now.
        let manifest = File::open(place.join(library::MANIFEST)).ok()?;
        if let Err(error) = flock(&manifest, FlockOperation::NonBlockingLockShared) {
            tracing::debug!("{} is being removed: {error}", place.display());
            return None;
        }
        let usable = self.check(wanted);
        if let Err(error) = usable {
            tracing::warn!("a library in the cache is not used: {error:#}");
            return None;
        }
        // Those used last are kept. In a read-only cache nothing is removed.
        let _ = manifest.set_modified(SystemTime::now());
        let _ = IN_USE.set(manifest);
        Some(place)
    }

    /// Whether the library is complete and from nobody else.
    fn check(&self, wanted: &Wanted) -> anyhow::Result<()> {
        let place = self.place(wanted);
        own(&self.directory)?;
        own(&place)?;
        let manifest = Manifest::read(&place)?;
        manifest.check_files(&place)?;
        if !wanted.fits(&manifest) {
            bail!("{} is made of something else", place.display());
        }
        Ok(())
    }

    /// Makes the folder, for this user alone.
    pub fn create(&self) -> anyhow::Result<()> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)
            .with_context(|| format!("cannot make {}", self.directory.display()))?;
        own(&self.directory)
    }

    /// Builds the library of `workspace` with `features` in `place`, unless another process
    /// does or did: then this waits for it. `busy` is called before a wait.
    pub fn build(
        &self,
        workspace: &Path,
        features: &[String],
        place: &Path,
        busy: impl Fn(),
    ) -> anyhow::Result<()> {
        let path = self.directory.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            busy();
            // It ends: who waits is a process with a limit.
            flock(&lock, FlockOperation::LockExclusive)
                .with_context(|| format!("cannot lock {}", path.display()))?;
        }
        let wanted = Wanted {
            rustc: library::rustc_version("rustc".as_ref())?,
            source: source::digest(workspace)?,
            features: features.to_vec(),
        };
        if place != self.place(&wanted) {
            bail!("the compiler or the helper crate's sources changed meanwhile");
        }
        if self.check(&wanted).is_ok() {
            return Ok(());
        }
        self.tidy()?;
        library::build(workspace, features, place)?;
        // Whatever the user's umask is: see `own`.
        fs::set_permissions(place, fs::Permissions::from_mode(0o700))
            .with_context(|| format!("cannot protect {}", place.display()))
    }

    /// Removes what nobody will miss. Only for who holds the lock.
    fn tidy(&self) -> anyhow::Result<()> {
        let mut libraries = Vec::new();
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        for entry in fs::read_dir(&self.directory)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let other_compiler = name.starts_with("target-") && target.as_ref() != Some(&path);
            if other_compiler || name.starts_with(library::UNFINISHED) {
                remove(&path);
            } else if let Ok(manifest) = File::open(path.join(library::MANIFEST)) {
                let used = manifest.metadata().and_then(|about| about.modified())?;
                libraries.push((used, path.clone(), manifest));
            }
        }
        libraries.sort_by_key(|(used, ..)| std::cmp::Reverse(*used));
        // One more is about to come.
        for (_, path, manifest) in libraries.into_iter().skip(KEPT - 1) {
            if flock(&manifest, FlockOperation::NonBlockingLockExclusive).is_ok() {
                // Without it the rest is no library, also when removing fails.
                let _ = fs::remove_file(path.join(library::MANIFEST));
                remove(&path);
            }
        }
        Ok(())
    }
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_dir_all(path) {
        tracing::warn!("cannot remove {}: {error}", path.display());
    }
}

fn short_hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    let mut hash = hex::encode(hasher.finalize());
    hash.truncate(32);
    hash
}

/// Refuses a folder in which anybody but this user and root could write: its
/// code would run as this user.
fn own(directory: &Path) -> anyhow::Result<()> {
    let about =
        fs::metadata(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    let user = rustix::process::geteuid().as_raw();
    if ![0, user].contains(&about.uid()) || about.mode() & 0o022 != 0 {
        bail!(
            "others may write to {} (owner {}, mode {:o}), so it is not used; remove it",
            directory.display(),
            about.uid(),
            about.mode() & 0o7777
        );
    }
    Ok(())
}

/// Refuses a workspace in which somebody could have put other code since
/// `installed` was built: building runs it.
pub fn check_workspace(workspace: &Path, installed: &Path) -> anyhow::Result<()> {
    let owner = |path: &Path| {
        let about = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()));
        about.map(|about| (about.uid(), about.mode()))
    };
    let (user, mode) = owner(workspace)?;
    let (installer, _) = owner(installed)?;
    let me = rustix::process::geteuid().as_raw();
    if ![0, me, installer].contains(&user) || mode & 0o002 != 0 {
        bail!("everybody may write to {}", workspace.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (mode, expected) in [
            (0o700, true),
            (0o755, true),
            (0o775, false),
            (0o757, false),
            (0o777, false),
        ] {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(own(folder.path()).is_ok(), expected, "{mode:o}");
        }
        assert!(own(&folder.path().join("nothing")).is_err());
    }

    #[test]
    fn a_key_says_compiler_and_sources() {
        let wanted = |rustc: &str, source: &str| Wanted {
            rustc: rustc.to_owned(),
            source: source.to_owned(),
            features: Vec::new(),
        };
        let keys = [("a", "b"), ("ab", ""), ("", "ab"), ("a", "c")]
            .map(|(rustc, source)| wanted(rustc, source).key());
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key));
            assert_eq!(key.len(), 32);
        }
    }
}
