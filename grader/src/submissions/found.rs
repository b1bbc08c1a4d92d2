//! One notebook that somebody has handed in.

use std::fs::{self, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::notebook::MAX_BYTES;

/// The longest time stamp that is read from a file.
const LONGEST_STAMP: u64 = 200;

/// A notebook that somebody has handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    pub student: String,
    /// The notebook's name, without `.ipynb`.
    pub notebook: String,
    pub path: PathBuf,
    /// When it was handed in.
    pub submitted: Option<Timestamp>,
}

/// Why a submission's file is not read.
#[derive(Debug, Error)]
pub enum Unreadable {
    #[error("The file cannot be read: {0}.")]
    Io(std::io::Error),
    #[error("This is no ordinary file but a link, a folder or a device, and none is followed.")]
    NotAFile,
    #[error("The file has {0} bytes, and notebooks of more than {MAX_BYTES} are not read.")]
    TooLarge(u64),
}

impl Submission {
    /// The bytes of the file.
    ///
    /// # Errors
    /// When it is no ordinary file, or too large.
    pub fn read(&self) -> Result<Vec<u8>, Unreadable> {
        let found = fs::symlink_metadata(&self.path).map_err(Unreadable::Io)?;
        if !found.is_file() {
            return Err(Unreadable::NotAFile);
        }
        if found.len() > MAX_BYTES {
            return Err(Unreadable::TooLarge(found.len()));
        }
        let mut bytes = Vec::new();
        OpenOptions::new()
            .read(true)
            // It may have become a link, or a pipe that blocks, since.
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
            .open(&self.path)
            .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
            .map_err(Unreadable::Io)?;
        match bytes.len() as u64 {
            size if size > MAX_BYTES => Err(Unreadable::TooLarge(size)),
            _ => Ok(bytes),
        }
    }

    /// What tells one state of a file from another: SHA-256, in hexadecimal.
    #[must_use]
    pub fn digest(bytes: &[u8]) -> String {
        let hash = Sha256::digest(bytes);
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// When a notebook was handed in: nbgrader's `timestamp.txt` beside it, else
/// when the file was written.
pub(super) fn submitted(path: &Path, name: &str) -> Option<Timestamp> {
    let folder = path.parent()?;
    let stamps = [
        folder.join(format!("{name}.timestamp.txt")),
        folder.join("timestamp.txt"),
    ];
    let stamped = stamps.iter().find_map(|file| stamp(file));
    stamped.or_else(|| written(path))
}

/// When a file was written.
pub(super) fn written(path: &Path) -> Option<Timestamp> {
    let written = fs::symlink_metadata(path).ok()?.modified().ok()?;
    Timestamp::try_from(written).ok()
}

fn stamp(file: &Path) -> Option<Timestamp> {
    let found = fs::symlink_metadata(file).ok()?;
    if !found.is_file() || found.len() > LONGEST_STAMP {
        return None;
    }
    let text = fs::read_to_string(file).ok()?;
    time(text.trim())
}

/// A time as nbgrader writes it ("2026-11-30 12:00:00.000000 UTC"), or as
/// RFC 3339 has it.
#[must_use]
pub fn time(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let plain = text.strip_suffix("UTC").unwrap_or(text).trim();
    let civil: jiff::civil::DateTime = plain.replace(' ', "T").parse().ok()?;
    civil
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .map(|time| time.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_nbgrader_and_others_write_them() {
        let check = |text: &str, expected: Option<&str>| {
            let found = time(text).map(|time| time.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check(
            "2026-11-30 12:00:00.000000 UTC",
            Some("2026-11-30T12:00:00Z"),
        );
        check("2026-11-30 12:00:00 UTC", Some("2026-11-30T12:00:00Z"));
        check("2026-11-30T12:00:00+02:00", Some("2026-11-30T10:00:00Z"));
        check("2026-11-30T12:00", Some("2026-11-30T12:00:00Z"));
        check("yesterday", None);
    }
}
