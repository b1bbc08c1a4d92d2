//! The files of loaded cells.
//!
//! An object stays loaded for good, since a variable may point into it, but its file is
//! needed only to name the functions of a backtrace. So the files of the latest cells
//! are kept, and a session of thousands of cells does not fill its folder.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

/// More than anybody's backtrace reaches back.
const KEPT: usize = 32;

/// Why nothing can be loaded in a process that [`is_full`].
const FULL: &str = "this session has as many shared objects and mapped regions as the system gives a \
    process (`vm.max_map_count`), because what cells have loaded stays; restart the kernel to go on";

/// The same where no file can be opened.
const NO_FILE: &str = "the process that runs cells has as many files open as it may have, so it cannot open \
    the cell either; restart the kernel to go on";

/// Why nothing can be loaded any more.
pub fn why_full() -> Option<&'static str> {
    if is_full() {
        return Some(FULL);
    }
    let has_no_file = rustix::io::dup(rustix::stdio::stdin()).err() == Some(Errno::MFILE);
    has_no_file.then_some(NO_FILE)
}

/// A shared object needs no more than these at once.
const NEEDED: usize = 8;

/// Whether this process has all of the mapped regions that it may have.
fn is_full() -> bool {
    let limit = fs::read_to_string("/proc/sys/vm/max_map_count");
    let Some(limit) = limit
        .ok()
        .and_then(|text| text.trim().parse::<usize>().ok())
    else {
        return false;
    };
    let Ok(mut regions) = fs::read("/proc/self/maps") else {
        return false;
    };
    regions.retain(|byte| *byte == b'\n');
    regions.len() + NEEDED >= limit
}

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
