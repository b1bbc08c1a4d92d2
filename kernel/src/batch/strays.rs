//! Processes that a killed sandbox has left.
//!
//! bubblewrap that is killed while it starts leaves the process that was to be
//! the first in its namespace, waiting for a word that never comes. Whoever has
//! no parent any more becomes our child, and there it is found: nothing else that
//! is our own child is the first process of another namespace.

use std::fs;

use anyhow::Context;
use rustix::process::{Pid, Signal, WaitOptions};

/// From now on orphans below this process become its children.
pub fn adopt() -> anyhow::Result<()> {
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))
        .context("cannot become the parent of orphans")
}

/// Ends what was left.
pub fn end() {
    for pid in children()
        .into_iter()
        .filter(|pid| is_first_elsewhere(*pid))
    {
        tracing::debug!("{pid:?} was left by a sandbox");
        if rustix::process::kill_process(pid, Signal::KILL).is_ok() {
            // It is about to end, and nobody else waits for it.
            let _ = rustix::process::waitpid(Some(pid), WaitOptions::empty());
        }
    }
}

/// The children of all threads of this process.
fn children() -> Vec<Pid> {
    let threads = fs::read_dir("/proc/self/task");
    let threads = threads.into_iter().flatten().flatten();
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let numbers = lists.flat_map(|list| {
        let numbers = list.split_whitespace().map(str::parse::<i32>);
        numbers.filter_map(Result::ok).collect::<Vec<_>>()
    });
    numbers.filter_map(Pid::from_raw).collect()
}

/// Whether a process has the number 1 in a namespace below ours.
fn is_first_elsewhere(pid: Pid) -> bool {
    let path = format!("/proc/{}/status", pid.as_raw_nonzero());
    let status = fs::read_to_string(path).unwrap_or_default();
    let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    numbers.is_some_and(|numbers| {
        let numbers: Vec<&str> = numbers.split_whitespace().collect();
        let own = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let own = own.lines().find_map(|line| line.strip_prefix("NSpid:"));
        let depth = own.map_or(1, |own| own.split_whitespace().count());
        numbers.len() > depth && numbers.last() == Some(&"1")
    })
}
