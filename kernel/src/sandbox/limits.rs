//! Limits that the system keeps, process by process.

use anyhow::Context;
use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

/// How much a confined process may take. What is not here has no system limit
/// that holds for root: other processes are forbidden by the filter of system
/// calls, threads are bounded by the address space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Address space, in bytes.
    pub memory: u64,
    /// CPU time of all threads together, in seconds.
    pub cpu: u64,
    /// The size of a file, in bytes; also that of all of `/tmp`.
    pub file: u64,
    /// Open files.
    pub files: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 2 << 30,
            cpu: 120,
            file: 16 << 20,
            files: 256,
        }
    }
}

/// What rustc needs beyond a student's code: its own libraries are large.
const COMPILER: Limits = Limits {
    memory: 8 << 30,
    cpu: 60,
    file: 256 << 20,
    files: 1024,
};

impl Limits {
    /// Limits for rustc. Its work is bounded by the size of a cell, unless the
    /// cell is built to keep it busy.
    pub(super) fn of_compiler(&self) -> Self {
        Self {
            cpu: COMPILER.cpu.min(self.cpu),
            ..COMPILER
        }
    }

    /// Puts this process, and those that it starts, under the limits.
    pub(super) fn apply(&self) -> anyhow::Result<()> {
        let limits = [
            (Resource::As, self.memory),
            (Resource::Cpu, self.cpu),
            (Resource::Fsize, self.file),
            (Resource::Nofile, self.files),
            (Resource::Core, 0),
        ];
        for (resource, most) in limits {
            let now = rustix::process::getrlimit(resource);
            // A limit that somebody else has set is never raised.
            let most = now.maximum.map_or(most, |hard| hard.min(most));
            let limit = Rlimit {
                current: Some(most),
                maximum: Some(most),
            };
            setrlimit(resource, limit)
                .with_context(|| format!("cannot limit {resource:?} to {most}"))?;
        }
        Ok(())
    }
}
