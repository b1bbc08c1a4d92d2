//! Standard output and standard error of cells: the bridge's pipes.

use std::path::Path;

use anyhow::Context;
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::io::FdFlags;

use super::process::keep;
use crate::bridge::Paths;

/// Leads both to the bridge.
pub fn lead_to_bridge(paths: &Paths) -> anyhow::Result<()> {
    rustix::stdio::dup2_stdout(pipe(&paths.stdout())?)?;
    rustix::stdio::dup2_stderr(pipe(&paths.stderr())?)?;
    Ok(())
}

/// Leads to the bridge again what a cell has closed, and says so. What it has led elsewhere
/// stays as it is: who does that knows of it.
pub fn mend(paths: &Paths) -> anyhow::Result<()> {
    let is_lost = [
        is_lost(rustix::stdio::stdout()),
        is_lost(rustix::stdio::stderr()),
    ];
    if is_lost[1] {
        rustix::stdio::dup2_stderr(pipe(&paths.stderr())?)?;
        tell("standard error");
    }
    if is_lost[0] {
        rustix::stdio::dup2_stdout(pipe(&paths.stdout())?)?;
        tell("standard output");
    }
    Ok(())
}

fn tell(stream: &str) {
    eprintln!(
        "the cell has closed {stream}: what it printed there since is lost, or stands in a file \
         that it has opened. It is open again."
    );
}

/// Whether it is closed, or is a file that was given the number because it was free: such a
/// file is closed when another program begins, and what was led there on purpose is not.
fn is_lost(stream: BorrowedFd<'_>) -> bool {
    let flags = rustix::io::fcntl_getfd(stream);
    flags.is_err() || flags.is_ok_and(|flags| flags.contains(FdFlags::CLOEXEC))
}

/// The bridge's end of a pipe, at a number beyond those of the standard streams.
fn pipe(path: &Path) -> anyhow::Result<OwnedFd> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC;
    let pipe = rustix::fs::open(path, flags, Mode::empty())
        .with_context(|| format!("cannot open {}", path.display()))?;
    keep(&pipe)
}
