//! A file in memory, without a name: `loom` reads and writes a path only in a
//! file, and so nothing is ever left on a disk.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::PathBuf;

pub(super) struct Scratch(File);

impl Scratch {
    pub(super) fn holding(text: &str) -> io::Result<Self> {
        // SAFETY: the name is a C string that outlives the call.
        let fd = unsafe { libc::memfd_create(c"check".as_ptr(), libc::MFD_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new, open and nobody else's.
        let mut file = File::from(unsafe { OwnedFd::from_raw_fd(fd) });
        file.write_all(text.as_bytes())?;
        Ok(Self(file))
    }

    /// Where this thread, and only it for certain, finds the file.
    pub(super) fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/thread-self/fd/{}", self.0.as_raw_fd()))
    }

    pub(super) fn read(mut self) -> io::Result<String> {
        let mut text = String::new();
        self.0.rewind()?;
        self.0.read_to_string(&mut text)?;
        Ok(text)
    }
}
