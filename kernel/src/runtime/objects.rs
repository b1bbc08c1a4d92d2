//! The files of loaded cells.
//!
//! An object stays loaded for good, since a variable may point into it, but its file is
//! needed only to name the functions of a backtrace. So the files of the latest cells
//! are kept, and a session of thousands of cells does not fill its folder.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

/// More than anybody's backtrace reaches back.
const KEPT: usize = 32;

#[derive(Default)]
pub struct Objects {
    files: VecDeque<PathBuf>,
}

impl Objects {
    /// The object at `path` has been loaded: the oldest file goes.
    pub fn add(&mut self, path: &Path) {
        self.files.push_back(path.to_owned());
        if self.files.len() <= KEPT {
            return;
        }
        if let Some(oldest) = self.files.pop_front()
            && let Err(error) = fs::remove_file(&oldest)
        {
            tracing::debug!("{} is left behind: {error}", oldest.display());
        }
    }
}
