//! Folders and files that are opened only if nobody else can have written them.
//!
//! Each is opened without following a link, and what was opened is then looked
//! at, so that nothing can be exchanged in between. Owner and permissions of
//! the folders above are not looked at: who can write there could put another
//! folder in place, but not one that belongs to us.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use thiserror::Error;

/// Permission bits that let group or others write.
const OTHERS_WRITE: u32 = 0o022;

/// Why something was not opened.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    #[error("it is not there")]
    Absent,
    #[error("it is not trusted: {0}")]
    Untrusted(&'static str),
    #[error("it cannot be opened: {0}")]
    System(Errno),
}

/// Whose files are trusted: root's, ours, and perhaps one other user's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owners {
    ours: u32,
    other: Option<u32>,
}

impl Owners {
    /// Root and this process's user.
    pub fn ours() -> Self {
        Self {
            ours: rustix::process::geteuid().as_raw(),
            other: None,
        }
    }

    /// As if this user's process asked.
    #[cfg(test)]
    pub fn of(user: u32) -> Self {
        Self {
            ours: user,
            other: None,
        }
    }

    /// Also who owns this executable: whose program runs, may add to it.
    pub fn installed() -> Self {
        let executable = std::env::current_exe().and_then(std::fs::metadata);
        Self {
            other: executable
                .ok()
                .map(|file| std::os::unix::fs::MetadataExt::uid(&file)),
            ..Self::ours()
        }
    }

    fn check(&self, stat: &Stat) -> Result<(), Refusal> {
        let owner = stat.st_uid;
        if owner != 0 && owner != self.ours && Some(owner) != self.other {
            return Err(Refusal::Untrusted("it belongs to another user"));
        }
        if stat.st_mode & OTHERS_WRITE != 0 {
            return Err(Refusal::Untrusted("other users can write to it"));
        }
        Ok(())
    }
}

/// An open folder.
#[derive(Debug)]
pub(super) struct Folder(OwnedFd);

impl Folder {
    /// The folder at `path`.
    pub fn open(path: &Path, owners: Owners) -> Result<Self, Refusal> {
        let folder = Self::open_any(path)?;
        owners.check(&folder.stat()?)?;
        Ok(folder)
    }

    /// The folder at `path`, whoever can write to it: to count or remove what
    /// is in it, never to use it.
    pub fn open_any(path: &Path) -> Result<Self, Refusal> {
        open(rustix::fs::CWD, path, OFlags::DIRECTORY).map(Self)
    }

    /// The folder `name` in this one.
    pub fn folder(&self, name: &str, owners: Owners) -> Result<Self, Refusal> {
        let folder = self.any_folder(name)?;
        owners.check(&folder.stat()?)?;
        Ok(folder)
    }

    /// The folder `name` in this one, as with [`Folder::open_any`].
    pub fn any_folder(&self, name: &str) -> Result<Self, Refusal> {
        open(&self.0, Path::new(name), OFlags::DIRECTORY).map(Self)
    }

    /// The folder `name` in this one, made if need be.
    pub fn make(&self, name: &str, owners: Owners) -> Result<Self, Refusal> {
        let mode = Mode::from_raw_mode(0o700);
        match rustix::fs::mkdirat(&self.0, name, mode) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(Refusal::System(error)),
        }
        self.folder(name, owners)
    }

    /// The regular file `name` in this folder, to be read.
    pub fn file(&self, name: &str, owners: Owners) -> Result<(File, Stat), Refusal> {
        // Without waiting: a pipe's other end may never come.
        let file = open(&self.0, Path::new(name), OFlags::NONBLOCK | OFlags::NOCTTY)?;
        let stat = rustix::fs::fstat(&file).map_err(Refusal::System)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(Refusal::Untrusted("it is not a regular file"));
        }
        owners.check(&stat)?;
        Ok((file.into(), stat))
    }

    /// Removes what has this name, unless it is a folder that holds something.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.0, name, AtFlags::empty()) {
            Err(Errno::ISDIR) => self.remove_folder(name),
            result => Ok(result?),
        }
    }

    /// Removes the folder of this name, unless it holds something.
    pub fn remove_folder(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR)?)
    }

    /// The names in this folder with what they name; links are not followed.
    /// What cannot be read, or is just gone, is left out.
    pub fn list(&self) -> Vec<(String, Stat)> {
        let names = Dir::read_from(&self.0).into_iter().flatten().flatten();
        names
            .filter_map(|entry| {
                let name: &CStr = entry.file_name();
                let name = name.to_str().ok().filter(|name| !is_dots(name))?;
                let stat = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
                Some((name.to_owned(), stat))
            })
            .collect()
    }

    fn stat(&self) -> Result<Stat, Refusal> {
        rustix::fs::fstat(&self.0).map_err(Refusal::System)
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn open(directory: impl AsFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Refusal> {
    let flags = flags | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(directory, path, flags, Mode::empty()).map_err(|error| match error {
        Errno::NOENT => Refusal::Absent,
        Errno::LOOP => Refusal::Untrusted("it is a link"),
        Errno::NOTDIR => Refusal::Untrusted("it is not a folder"),
        Errno::NXIO => Refusal::Untrusted("it is not a regular file"),
        error => Refusal::System(error),
    })
}

fn is_dots(name: &str) -> bool {
    matches!(name, "." | "..")
}
