//! Keeps out of a cell's output what `shuttle` prints to standard error on its
//! own account, and lets through what the closure prints.
//!
//! On Linux, a thread can have descriptors of its own. The one that checks gets
//! a pipe for its standard error, and another thread passes on what comes
//! through it, less the sentences that are known. Where the system refuses
//! that, the sentences are shown.

use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Write};
use std::os::fd::AsRawFd;
use std::thread::{self, JoinHandle};

/// Ends the reading. No text has this byte.
const END: u8 = 0xff;

/// How the lines begin that are `shuttle`'s or come from its abort.
const KNOWN: [&str; 8] = [
    "test panicked in task '",
    "test panicked while dropping the tasks",
    "test panicked in a task that was still unwinding",
    "Test deadlocked, and SHUTTLE_CAPTURE_BACKTRACE is not set",
    "`ExecutionState::try_with` failed with error",
    "Backtrace for `with`: ",
    "thread caused non-unwinding panic. aborting.",
    "failing seed:",
];

/// The thread that passes on.
pub(super) struct Listener {
    thread: JoinHandle<()>,
    writer: PipeWriter,
}

impl Listener {
    /// `None` where there is no pipe or thread to be had.
    pub(super) fn start() -> Option<Self> {
        let (reader, writer) = io::pipe().ok()?;
        let thread = thread::Builder::new().spawn(move || pass_on(reader)).ok()?;
        Some(Self { thread, writer })
    }

    /// Where the thread that checks is to print.
    pub(super) fn line(&self) -> Option<PipeWriter> {
        self.writer.try_clone().ok()
    }

    /// Returns when all that was printed has been passed on.
    pub(super) fn finish(mut self) {
        if self.writer.write_all(&[END, b'\n']).is_ok() {
            // It does not panic, and if it did, there is nothing to be done.
            let _ = self.thread.join();
        }
    }
}

/// From now on, what this thread prints to standard error goes to `line`.
pub(super) fn print_to(line: Option<Option<PipeWriter>>) {
    let Some(line) = line.flatten() else {
        return;
    };
    // SAFETY: this gives the thread a copy of the table of descriptors. All
    // numbers stay valid in both.
    if unsafe { libc::unshare(libc::CLONE_FILES) } != 0 {
        return;
    }
    // SAFETY: both are open, and this table belongs to this thread alone.
    unsafe { libc::dup2(line.as_raw_fd(), libc::STDERR_FILENO) };
}

fn pass_on(reader: PipeReader) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    let mut backtrace = false;
    loop {
        line.clear();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let ended = line.ends_with(&[END, b'\n']);
        if ended {
            line.truncate(line.len() - 2);
        }
        if backtrace {
            backtrace = !line.starts_with(b"]");
        } else if KNOWN.iter().any(|known| line.starts_with(known.as_bytes())) {
            backtrace = line.starts_with(b"Backtrace for `with`: ") && !line.ends_with(b">\n");
        } else {
            // A closed standard error is the cell's own doing.
            let _ = io::stderr().write_all(&line);
        }
        if ended {
            return;
        }
    }
}
