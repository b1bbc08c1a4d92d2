//! The names in a bridge's directory.

use std::path::PathBuf;

/// Where a bridge's pipes and socket are.
#[derive(Debug, Clone)]
pub struct Paths {
    directory: PathBuf,
}

impl Paths {
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    pub fn stdout(&self) -> PathBuf {
        self.directory.join("stdout")
    }

    pub fn stderr(&self) -> PathBuf {
        self.directory.join("stderr")
    }

    /// Where threads of earlier cells print.
    pub fn earlier(&self) -> PathBuf {
        self.directory.join("earlier")
    }

    pub fn socket(&self) -> PathBuf {
        self.directory.join("socket")
    }
}
