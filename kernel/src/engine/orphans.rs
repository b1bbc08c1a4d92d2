//! Processes whose parent has ended.
//!
//! The process that goes on after a failed cell is the child of the one that has
//! failed. So this process takes orphans in: it learns how they end, and nobody
//! else would. It may not wait for just any child: evcxr and cargo wait for theirs.

use std::collections::HashSet;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Pid, WaitId, WaitIdOptions, WaitIdStatus, WaitOptions};

/// A process that has closed its files is gone within this time.
const END: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_micros(200);

/// Orphans below this process become its children from now on.
pub fn adopt() -> anyhow::Result<()> {
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))
        .context("cannot become the parent of orphans")
}

/// The processes that ran cells and have ended.
#[derive(Debug, Default)]
pub struct Orphans {
    /// Those that went on for another one: nobody else waits for them.
    adopted: Vec<Pid>,
}

impl Orphans {
    /// `process` runs cells, and is nobody's child any more.
    pub fn adopt(&mut self, process: Pid) {
        self.adopted.push(process);
    }

    /// Whether nobody but us waits for `process`.
    pub fn has(&self, process: Pid) -> bool {
        self.adopted.contains(&process)
    }

    /// How `process` has ended, in the system's words.
    pub fn status(&mut self, process: Pid) -> Option<String> {
        let is_adopted = self.has(process);
        self.adopted.retain(|one| *one != process);
        let mut how = WaitIdOptions::EXITED | WaitIdOptions::NOHANG;
        if !is_adopted {
            // evcxr has started it, and asks for itself.
            how |= WaitIdOptions::NOWAIT;
        }
        let deadline = Instant::now() + END;
        while Instant::now() < deadline {
            match rustix::process::waitid(WaitId::Pid(process), how) {
                Ok(Some(status)) => return Some(text(&status)),
                Ok(None) | Err(rustix::io::Errno::INTR) => thread::sleep(PAUSE),
                Err(_) => return None,
            }
        }
        None
    }

    /// Lets go of every orphan that has ended.
    pub fn reap(&mut self) {
        for child in orphans().into_iter().filter(|child| has_ended(*child)) {
            let _ = rustix::process::waitpid(Some(child), WaitOptions::NOHANG);
            self.adopted.retain(|one| *one != child);
        }
    }
}

fn text(status: &WaitIdStatus) -> String {
    let raw = match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => code << 8,
        (None, Some(signal)) => signal | if status.dumped() { 0x80 } else { 0 },
        (None, None) => 0,
    };
    ExitStatus::from_raw(raw).to_string()
}

/// The groups of the orphans that are there now.
pub fn groups() -> HashSet<Pid> {
    let group = |child: Pid| rustix::process::getpgid(Some(child)).ok();
    orphans().into_iter().filter_map(group).collect()
}

/// The children of the main thread: orphans are given to it, and it starts no programs.
fn orphans() -> Vec<Pid> {
    let main = rustix::process::getpid().as_raw_nonzero();
    let list = fs::read_to_string(format!("/proc/self/task/{main}/children"));
    let list = list.unwrap_or_default();
    let numbers = list.split_whitespace().filter_map(|word| word.parse().ok());
    numbers.filter_map(Pid::from_raw).collect()
}

fn has_ended(process: Pid) -> bool {
    let path = format!("/proc/{}/stat", process.as_raw_nonzero());
    let stat = fs::read_to_string(path).unwrap_or_default();
    // The name before it may hold anything.
    let state = stat.rsplit_once(") ").map(|(_, after)| after);
    state.is_some_and(|state| state.starts_with('Z'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn the_end_of_a_child_is_told_and_left_to_whoever_waits() {
        for (script, expected) in [
            ("exit 3", "exit status: 3"),
            ("kill -9 $$", "signal: 9 (SIGKILL)"),
        ] {
            let mut child = Command::new("sh").args(["-c", script]).spawn().unwrap();
            let process = Pid::from_child(&child);
            let mut orphans = Orphans::default();
            assert_eq!(orphans.status(process).as_deref(), Some(expected));
            assert_eq!(child.wait().unwrap().to_string(), expected);
        }
    }

    #[test]
    fn nothing_is_known_of_who_is_no_child() {
        let init = Pid::from_raw(1).unwrap();
        assert_eq!(Orphans::default().status(init), None);
    }
}
