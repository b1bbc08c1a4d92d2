//! Keeps out of a cell's output what `shuttle` prints to standard error on its
//! own account, and lets through what everybody else prints.
//!
//! While a check runs, the process's standard error is a pipe, and a thread
//! passes on what comes through it, less the sentences that are known. A table
//! of descriptors for the checking thread alone would spare the other threads,
//! and be wrong: a file that is opened in one table and closed in another is
//! somebody else's. Where the system gives no pipe, the sentences are shown.

use std::fs::File;
use std::io::{self, PipeReader, Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::stderr::{self, Redirection};

/// How long the last check waits for what was printed to be passed on. It takes
/// longer only when a process that was started meanwhile holds the pipe.
const PASSING_ON: Duration = Duration::from_secs(1);

static REDIRECTED: Mutex<Redirected> = Mutex::new(Redirected {
    checks: 0,
    pipe: None,
});

struct Redirected {
    /// The checks that run now.
    checks: usize,
    pipe: Option<Pipe>,
}

/// While one lives, the sentences are kept out. When the last one goes, what
/// was printed before has been passed on.
pub(super) struct Guard(());

impl Guard {
    pub(super) fn new() -> Self {
        let mut redirected = REDIRECTED.lock().unwrap_or_else(PoisonError::into_inner);
        if redirected.checks == 0 {
            redirected.pipe = Pipe::open().ok();
        }
        redirected.checks += 1;
        Self(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut redirected = REDIRECTED.lock().unwrap_or_else(PoisonError::into_inner);
        redirected.checks = redirected.checks.saturating_sub(1);
        if redirected.checks == 0
            && let Some(pipe) = redirected.pipe.take()
        {
            pipe.close();
        }
    }
}

struct Pipe {
    redirection: Redirection,
    /// Hears of the end of the pipe.
    end: Receiver<()>,
}

impl Pipe {
    fn open() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        let (redirection, to) = stderr::redirect(writer.into())?;
        let (ended, end) = channel();
        thread::Builder::new()
            .name("check-stderr".to_owned())
            .spawn(move || {
                pass_on(reader, to);
                // Nobody waits any more when it took too long.
                let _ = ended.send(());
            })?;
        Ok(Self { redirection, end })
    }

    fn close(self) {
        drop(self.redirection);
        let _ = self.end.recv_timeout(PASSING_ON);
    }
}

fn pass_on(mut reader: PipeReader, mut to: File) {
    let mut filter = Filter::default();
    let mut buffer = [0; 8192];
    let mut shown = Vec::new();
    loop {
        let length = match reader.read(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => 0,
        };
        shown.clear();
        match length {
            0 => filter.end(&mut shown),
            _ => filter.push(&buffer[..length], &mut shown),
        }
        // A closed standard error is the cell's own doing.
        let _ = to.write_all(&shown);
        if length == 0 {
            return;
        }
    }
}

/// How the lines begin that are `shuttle`'s or come from its abort.
const KNOWN: [&str; 8] = [
    "test panicked in task '",
    "test panicked while dropping the tasks",
    "test panicked in a task that was still unwinding",
    "Test deadlocked, and SHUTTLE_CAPTURE_BACKTRACE is not set",
    "`ExecutionState::try_with` failed with error",
    BACKTRACE,
    "thread caused non-unwinding panic. aborting.",
    "failing seed:",
];

/// What begins a backtrace of many lines.
const BACKTRACE: &str = "Backtrace for `with`: ";

/// The one sentence that begins with a number.
const NUMBERED: &str = " more panics while dropping the tasks";

/// Takes the known sentences out of a text that comes in pieces. It holds back
/// no more than the beginning of a line that may become one.
#[derive(Default)]
struct Filter {
    begun: Vec<u8>,
    line: Line,
    in_backtrace: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Line {
    #[default]
    Open,
    Shown,
    Hidden,
}

impl Filter {
    fn push(&mut self, text: &[u8], shown: &mut Vec<u8>) {
        for piece in text.split_inclusive(|byte| *byte == b'\n') {
            let ends = piece.ends_with(b"\n");
            match self.line {
                Line::Shown => shown.extend_from_slice(piece),
                Line::Hidden => {}
                Line::Open => {
                    self.begun.extend_from_slice(piece);
                    self.line = self.judge(ends);
                    if self.line == Line::Shown {
                        shown.append(&mut self.begun);
                    }
                }
            }
            if ends {
                self.begun.clear();
                self.line = Line::Open;
            }
        }
    }

    /// No more text will come.
    fn end(&mut self, shown: &mut Vec<u8>) {
        shown.append(&mut self.begun);
    }

    /// What the line is, by its beginning, or by all of it if it `ends`.
    fn judge(&mut self, ends: bool) -> Line {
        let line = self.begun.as_slice();
        if self.in_backtrace {
            self.in_backtrace = !line.starts_with(b"]");
            return Line::Hidden;
        }
        if line.starts_with(BACKTRACE.as_bytes()) {
            // One that could not be taken is a word in angle brackets.
            self.in_backtrace = ends && !line.ends_with(b">\n");
            return if ends { Line::Hidden } else { Line::Open };
        }
        let digits = line
            .iter()
            .take(20)
            .take_while(|byte| byte.is_ascii_digit());
        let after_number = line.get(digits.count()..).unwrap_or_default();
        let mut candidates = KNOWN.map(|known| (known, line)).to_vec();
        if after_number.len() < line.len() {
            candidates.push((NUMBERED, after_number));
        }
        let known = |(known, line): &(&str, &[u8])| line.starts_with(known.as_bytes());
        let may_be = |(known, line): &(&str, &[u8])| known.as_bytes().starts_with(line);
        if candidates.iter().any(known) {
            Line::Hidden
        } else if !ends && candidates.iter().any(may_be) {
            Line::Open
        } else {
            Line::Shown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown of `text` when it comes byte by byte; the same must be
    /// shown when it comes at once.
    fn shown(text: &str) -> String {
        let (mut by_byte, mut at_once) = (Vec::new(), Vec::new());
        let mut filter = Filter::default();
        for byte in text.as_bytes() {
            filter.push(&[*byte], &mut by_byte);
        }
        filter.end(&mut by_byte);
        let mut filter = Filter::default();
        filter.push(text.as_bytes(), &mut at_once);
        filter.end(&mut at_once);
        assert_eq!(by_byte, at_once);
        String::from_utf8(by_byte).unwrap()
    }

    #[test]
    fn known_sentences_are_taken_out_and_nothing_else() {
        let check = |text: &str, expected: &str| assert_eq!(shown(text), expected);
        check("", "");
        check("told\n", "told\n");
        check("told", "told");
        check("test panicked\n", "test panicked\n");
        check("a\ntest panicked in task 'x'\nb", "a\nb");
        check("12 apples\n12", "12 apples\n12");
        check(
            "3 more panics while dropping the tasks that were\nb\n",
            "b\n",
        );
        check(
            " more panics while dropping the tasks\n",
            " more panics while dropping the tasks\n",
        );
        check("Backtrace for `with`: Backtrace [\n  {},\n]\nb\n", "b\n");
        check("Backtrace for `with`: <disabled>\nb\n", "b\n");
        check("Backtrace\n]\n", "Backtrace\n]\n");
        check("\n\n", "\n\n");
    }

    #[test]
    fn text_without_an_end_is_not_held_back() {
        let mut filter = Filter::default();
        let mut shown = Vec::new();
        filter.push(b"...", &mut shown);
        filter.push(b"te", &mut shown);
        filter.push(b"\ntest pan", &mut shown);
        assert_eq!(shown, b"...te\n");
        filter.push(b"el", &mut shown);
        assert_eq!(shown, b"...te\ntest panel");
    }
}
