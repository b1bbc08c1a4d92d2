//! Files that are there whole or not at all.

use std::fs;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::NamedTempFile;

/// A file under way, which takes its name when it is finished: who reads it
/// sees the old one or the new one.
#[derive(Debug)]
pub struct Draft {
    file: io::BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl Draft {
    /// Begins a file that will be called `path`.
    ///
    /// # Errors
    /// When its folder cannot be made or written.
    pub fn begin(path: &Path) -> anyhow::Result<Self> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let begun = fs::create_dir_all(folder).and_then(|()| {
            tempfile::Builder::new()
                .prefix(".twoaxes-")
                // Who may read it besides is said by the umask, as ever.
                .permissions(fs::Permissions::from_mode(0o666))
                .tempfile_in(folder)
        });
        Ok(Self {
            file: io::BufWriter::new(begun.with_context(|| cannot(path))?),
            path: path.to_owned(),
        })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// When the disk is full, or the name is a folder's.
    pub fn finish(self) -> anyhow::Result<()> {
        let file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error);
        let kept = file.and_then(|file| file.persist(&self.path).map_err(|error| error.error));
        kept.with_context(|| cannot(&self.path))?;
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Draft {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Writes a file unless it is already like that, and says whether it did. Files
/// that stay the same keep their time stamp.
pub(super) fn save(path: &Path, content: &str) -> anyhow::Result<bool> {
    if fs::read(path).is_ok_and(|bytes| bytes == content.as_bytes()) {
        return Ok(false);
    }
    let mut draft = Draft::begin(path)?;
    draft
        .write_all(content.as_bytes())
        .with_context(|| cannot(path))?;
    draft.finish()?;
    Ok(true)
}

fn cannot(path: &Path) -> String {
    format!("cannot write {}", path.display())
}
