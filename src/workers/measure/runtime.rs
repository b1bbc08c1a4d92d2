//! What gives tasks to threads.

use std::fmt;

/// What gives tasks to threads in a real run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Runtime {
    /// A rayon pool: each worker has a queue, and an idle one steals from the
    /// others. A task that waits blocks its worker.
    Rayon,
    /// A multi-thread tokio runtime: tasks are futures, and one that waits
    /// gives its worker back.
    Tokio,
    /// Threads of the standard library that take the next task from a shared
    /// counter. A task that waits blocks its worker.
    Threads,
}

impl Runtime {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rayon, Self::Tokio, Self::Threads];

    /// Whether a task that waits keeps its worker.
    #[must_use]
    pub const fn wait_blocks(self) -> bool {
        !matches!(self, Self::Tokio)
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rayon => "rayon",
            Self::Tokio => "tokio",
            Self::Threads => "threads",
        })
    }
}
