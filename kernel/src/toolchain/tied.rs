//! Processes that end with the one that started them. Whoever is killed tells
//! nobody, and a compiler that nobody waits for may go on for minutes.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::{Signal, set_parent_process_death_signal};

/// This process ends when the thread that started it does.
pub(super) fn to_parent() -> anyhow::Result<()> {
    Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
}

/// What `command` starts ends when this thread does.
pub(super) fn tie(command: &mut Command) -> &mut Command {
    // SAFETY: between fork and exec there is one system call and no allocation.
    unsafe {
        command.pre_exec(|| Ok(set_parent_process_death_signal(Some(Signal::KILL))?));
    }
    command
}
