//! What this process holds of the system: threads, files, sockets, children.

use std::fs;

/// Threads, open files and children of this process, counted through `/proc`.
///
/// A real run leaves none behind, which a reader can see by comparing two of
/// these. The system takes a moment to forget a thread that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// Threads.
    pub threads: u64,
    /// Open files of every kind, sockets among them.
    pub files: u64,
    /// Open sockets.
    pub sockets: u64,
    /// Child processes, also those that have ended and nobody waited for.
    pub children: u64,
}

impl Footprint {
    /// As it is now; zeros where the system does not tell.
    #[must_use]
    pub fn now() -> Self {
        // Reading the folder opens a file, which does not count.
        let open: Vec<_> = fs::read_dir("/proc/self/fd")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| fs::read_link(entry.path()).ok())
            .filter(|to| !(to.starts_with("/proc") && to.ends_with("fd")))
            .collect();
        let sockets = open
            .iter()
            .filter(|to| to.to_string_lossy().starts_with("socket:"));
        let threads: Vec<_> = fs::read_dir("/proc/self/task")
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        let children = threads
            .iter()
            .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
            .map(|list| list.split_ascii_whitespace().count());
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Self {
            threads: number(threads.len()),
            files: number(open.len()),
            sockets: number(sockets.count()),
            children: number(children.sum()),
        }
    }
}
