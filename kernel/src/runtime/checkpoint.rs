//! The state from before a cell: a copy of the process, asleep while the cell
//! runs.
//!
//! ```text
//! this process   fork ── runs the cell ── returns: "done"      (goes on)
//!                                      ├─ panics: "failed"    (ends)
//!                                      └─ dies without a word
//! its copy          └─ asleep ── hears "done": ends
//!                             └─ else goes on in its place
//! ```
//!
//! That the process has died the copy hears from the system, and not by the end of the
//! pipe: a child that the cell has forked has the pipe as well.
//!
//! The copy shares its memory with the process until one of them writes to it, so
//! it costs what the cell changes. It has one thread, the one that runs cells; it is
//! not the parent of what the process has started; and it keeps open whatever the
//! process has open, so that nobody hears of the end of a pipe. So there is a copy only
//! while earlier cells have left nothing of that kind ([`Beginning::left`]).

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions};

use super::children;
use crate::bridge::Left;

/// A copy, as the process that runs the cell has it.
pub struct Checkpoint {
    copy: Pid,
    /// The copy hears what is said here, and when it closes.
    end: OwnedFd,
}

/// Which of the two processes this is.
pub enum Taken {
    /// The one that runs the cell.
    Here(Checkpoint),
    /// The copy, and the other one has ended: its number is `lost`.
    Instead { lost: Pid },
}

impl Checkpoint {
    /// Makes the copy. It returns in the copy, too, if ever it is needed.
    pub fn take() -> anyhow::Result<Taken> {
        let original = rustix::process::getpid();
        let (heard, end) =
            rustix::pipe::pipe_with(PipeFlags::CLOEXEC).context("cannot make a pipe")?;
        // An old system has none of these; then the end of the pipe has to do.
        let life = rustix::process::pidfd_open(original, PidfdFlags::empty()).ok();
        // SAFETY: no other thread runs, so the copy lacks nothing and no lock is
        // held in it.
        match unsafe { children::fork_copy() } {
            -1 => Err(io::Error::last_os_error()).context("cannot copy the process"),
            0 => {
                drop(end);
                sleep(&heard, life.as_ref());
                Ok(Taken::Instead { lost: original })
            }
            copy => {
                let copy = Pid::from_raw(copy).context("a process without a number")?;
                let checkpoint = Self { copy, end };
                // Out of the group that an interrupt ends. Not by the copy itself,
                // which may be late.
                let apart = rustix::process::setpgid(Some(copy), Some(copy));
                if let Err(error) = apart {
                    checkpoint.dismiss();
                    return Err(error).context("cannot set the copy apart");
                }
                Ok(Taken::Here(checkpoint))
            }
        }
    }

    /// The cell has returned: what it has changed stays.
    pub fn dismiss(self) {
        // The copy may have been killed; that changes nothing. Or the cell has closed the pipe.
        if rustix::io::write(&self.end, DONE).is_err() {
            let _ = rustix::process::kill_process(self.copy, Signal::KILL);
        }
        let ended = || rustix::process::waitpid(Some(self.copy), WaitOptions::empty());
        while matches!(ended(), Err(Errno::INTR)) {}
    }

    /// Ends this process, for its copy to go on. Returns where there is none any
    /// more: somebody has killed it.
    pub fn restore(self) {
        let copy = rustix::process::waitpid(Some(self.copy), WaitOptions::NOHANG);
        if !matches!(copy, Ok(None)) {
            // The engine says so.
            return;
        }
        // Without a word it would hear of it only when nobody has the pipe any more.
        let _ = rustix::io::write(&self.end, FAILED);
        // SAFETY: nothing here is cleaned up on purpose. It is the copy's, too.
        unsafe { libc::_exit(0) }
    }
}

/// What the copy is told.
const DONE: &[u8; 1] = b"d";
const FAILED: &[u8; 1] = b"f";

/// Returns when the other process, whose end `life` shows, has ended or is about to. If
/// that goes on, this one ends.
fn sleep(heard: &OwnedFd, life: Option<&OwnedFd>) {
    if let Some(life) = life {
        wait_for(&[heard, life], None);
        // Once more, because it may have spoken between the two looks and then have ended.
        if !wait_for(&[heard], Some(&Timespec::default())) {
            return;
        }
    }
    let mut word = [0];
    loop {
        match rustix::io::read(heard, &mut word) {
            Err(Errno::INTR) => {}
            Ok(0) => break,
            Ok(_) if word == *FAILED => return,
            // SAFETY: nothing here is cleaned up on purpose. It is the other's, too.
            _ => unsafe { libc::_exit(0) },
        }
    }
    // The cell has closed the pipe, or runs another program in its place.
    if let Some(life) = life {
        wait_for(&[life], None);
    }
}

/// Waits until something is heard on one of these. False when `limit` is over.
fn wait_for(these: &[&OwnedFd], limit: Option<&Timespec>) -> bool {
    let polled = these.iter();
    let mut polled: Vec<PollFd<'_>> = polled
        .map(|one| PollFd::from_borrowed_fd(one.as_fd(), PollFlags::IN))
        .collect();
    loop {
        match rustix::event::poll(&mut polled, limit) {
            Ok(ready) => return ready > 0,
            Err(Errno::INTR) => {}
            // Then reading shows it.
            Err(_) => return true,
        }
    }
}

/// What this process had before the first cell.
pub struct Beginning {
    connections: BTreeSet<PathBuf>,
}

impl Beginning {
    /// What it has now.
    pub fn now() -> Self {
        Self {
            connections: connections(),
        }
    }

    /// `connection` is ours and not a cell's.
    pub fn allow(&mut self, connection: &impl AsFd) {
        let path = format!("{DESCRIPTORS}/{}", connection.as_fd().as_raw_fd());
        self.connections.extend(fs::read_link(path).ok());
    }

    /// What cells have left since. What is about to end is given a moment.
    pub fn left(&self) -> Left {
        let look = || Left {
            threads: other_threads(),
            programs: programs(),
            connections: connections().difference(&self.connections).count(),
            uncopied: None,
        };
        let left = look();
        if left.is_nothing() {
            return left;
        }
        std::thread::sleep(MOMENT);
        look()
    }
}

/// The open pipes and sockets, by the system's names for them.
fn connections() -> BTreeSet<PathBuf> {
    let open = fs::read_dir(DESCRIPTORS).into_iter().flatten().flatten();
    let targets = open.filter_map(|one| fs::read_link(one.path()).ok());
    let is_connection = |target: &PathBuf| {
        let target = target.to_string_lossy();
        target.starts_with("socket:") || target.starts_with("pipe:")
    };
    targets.filter(is_connection).collect()
}

const DESCRIPTORS: &str = "/proc/self/fd";

/// A thread that was joined is still listed for a moment.
const MOMENT: Duration = Duration::from_millis(1);

/// The names of the threads beside this one. One without a name is empty.
fn other_threads() -> Vec<String> {
    let own = rustix::thread::gettid().as_raw_nonzero().to_string();
    let Ok(threads) = fs::read_dir("/proc/self/task") else {
        // Nobody knows.
        return vec![String::new()];
    };
    let name_of = |thread: &str| fs::read_to_string(format!("/proc/self/task/{thread}/comm"));
    let inherited = name_of(&own).unwrap_or_default();
    threads
        .flatten()
        .map(|thread| thread.file_name().to_string_lossy().into_owned())
        .filter(|thread| *thread != own)
        // One that is gone meanwhile is none.
        .filter_map(|thread| name_of(&thread).ok())
        .map(|name| match name == inherited {
            true => String::new(),
            false => name.trim_end().to_owned(),
        })
        .collect()
}

/// How many programs this thread has started that go on. Of one that has ended only its
/// status is left, which is lost where a cell is undone.
fn programs() -> usize {
    let own = rustix::thread::gettid().as_raw_nonzero();
    let list = fs::read_to_string(format!("/proc/self/task/{own}/children"));
    let list = list.unwrap_or_default();
    let goes_on = |child: &&str| {
        let stat = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        // The name before it may hold anything.
        let state = stat.rsplit_once(") ").map(|(_, after)| after);
        state.is_some_and(|state| !state.starts_with(['Z', 'X']))
    };
    list.split_whitespace().filter(goes_on).count()
}
