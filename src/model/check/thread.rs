//! The thread that checks, and the wait for it.
//!
//! Both tools keep state in thread-locals and may leave stacks behind after a
//! failure, so each check has a thread of its own.

use std::cell::Cell;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::thread;
use std::time::Duration;

use super::search::Search;
use super::verdict::{Reason, Verdict};
use super::{fatal, quiet, shuttled};
use crate::panics::{self, Note};

/// How long a check may take from the end of its time to its next scheduling
/// point.
const GRACE: Duration = Duration::from_secs(5);

/// What the thread writes besides [`fatal::ABORTED`].
const DONE: u8 = b'd';
const RECORDING: u8 = b'r';

/// What a search and who waits for it know of each other. It outlives a thread
/// that aborted.
pub(super) struct Watch {
    up: AtomicBool,
    executions: AtomicU64,
    notes: panics::Notes,
    done: Mutex<Option<Verdict>>,
    /// The thread's end of a pair of sockets.
    line: UnixStream,
}

impl Watch {
    /// Whether the time is up.
    pub(super) fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    /// How many executions have begun.
    pub(super) fn executions(&self) -> u64 {
        self.executions.load(Ordering::Relaxed)
    }

    /// An execution begins.
    pub(super) fn begin_execution(&self) {
        self.executions.fetch_add(1, Ordering::Relaxed);
        self.notes.clear();
    }

    /// The search is over, and what it did is done again to be recorded. That
    /// ends because the search did, so there is no limit any more.
    pub(super) fn recording(&self) {
        self.tell(RECORDING);
    }

    fn finish(&self, verdict: Verdict) {
        *self.done.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
        self.tell(DONE);
    }

    fn tell(&self, word: u8) {
        // Nobody listens any more when the check was left behind.
        let _ = (&self.line).write_all(&[word]);
    }
}

thread_local! {
    /// Whether this thread checks: a check inside of a check is refused.
    static CHECKS: Cell<bool> = const { Cell::new(false) };
}

/// How a job came to its end.
pub(super) enum End {
    Verdict(Verdict),
    /// It aborted. Its thread stands still, with what it has noted.
    Aborted {
        executions: u64,
        notes: Vec<Note>,
    },
}

/// Runs `job` on a thread of its own, and tells it when `time` is up.
pub(super) fn run(
    search: Search,
    time: Duration,
    job: impl FnOnce(&Arc<Watch>) -> Verdict + Send + 'static,
) -> End {
    start(search, time, job)
        .unwrap_or_else(|reason| End::Verdict(Verdict::gave_up(search, 0, reason)))
}

fn start(
    search: Search,
    time: Duration,
    job: impl FnOnce(&Arc<Watch>) -> Verdict + Send + 'static,
) -> Result<End, Reason> {
    if CHECKS.get() {
        return Err(Reason::Nested);
    }
    discard_shuttles_hook();
    let _hook = panics::Guard::new().ok_or(Reason::Unwinding)?;
    let _signal = fatal::Guard::new();
    let _stderr = quiet::Guard::new();
    let no_thread = |error: std::io::Error| Reason::NoThread(error.to_string());
    let (line, ours) = UnixStream::pair().map_err(no_thread)?;
    let watch = Arc::new(Watch {
        up: AtomicBool::new(false),
        executions: AtomicU64::new(0),
        notes: panics::Notes::default(),
        done: Mutex::new(None),
        line,
    });
    let work = {
        let watch = Arc::clone(&watch);
        move || {
            CHECKS.set(true);
            panics::note_this_thread(&watch.notes);
            fatal::tell_on(watch.line.as_raw_fd());
            let verdict = catch_unwind(AssertUnwindSafe(|| job(&watch)));
            let verdict = verdict.unwrap_or_else(|payload| {
                let reason = Reason::Broken(panics::message(&*payload));
                Verdict::gave_up(search, watch.executions(), reason)
            });
            watch.finish(verdict);
            fatal::tell_no_more();
        }
    };
    let thread = thread::Builder::new().name("check".to_owned());
    let thread = thread.spawn(work).map_err(no_thread)?;
    let word = wait(ours, time, &watch.up);
    if word == Some(DONE) {
        // It has caught everything, and has nothing more to do.
        let _ = thread.join();
    }
    let done = watch
        .done
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    Ok(match (word, done) {
        (_, Some(verdict)) => End::Verdict(verdict),
        (Some(fatal::ABORTED), None) => End::Aborted {
            executions: watch.executions(),
            notes: watch.notes.all(),
        },
        _ => {
            let seconds = GRACE.as_secs();
            let reason = Reason::Stuck { seconds };
            End::Verdict(Verdict::gave_up(search, watch.executions(), reason))
        }
    })
}

/// At its first run in a process, `shuttle` puts a hook of its own in front,
/// which prints. So that this one is not ours to keep, the first run is made
/// here, and its hook dropped.
fn discard_shuttles_hook() {
    static ONCE: Once = Once::new();
    if thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        panics::without_its_hook(|| {
            // On a thread of its own: this one may be inside of anything.
            let first = thread::Builder::new().spawn(shuttled::run_nothing);
            if let Ok(first) = first {
                // Nothing panics there, and if it did, there is nothing to be done.
                let _ = first.join();
            }
        });
    });
}

/// The thread's last word; `None` if it says nothing within its time.
fn wait(mut line: UnixStream, time: Duration, up: &AtomicBool) -> Option<u8> {
    // The system counts in microseconds, and takes 0 for no limit.
    let time = time.max(Duration::from_micros(1));
    let mut word = hear(&mut line, Some(time));
    if word.is_none() {
        up.store(true, Ordering::Relaxed);
        word = hear(&mut line, Some(GRACE));
    }
    while word == Some(RECORDING) {
        word = hear(&mut line, None);
    }
    word
}

/// The next word; `None` when `time` is up.
fn hear(line: &mut UnixStream, time: Option<Duration>) -> Option<u8> {
    // More than the system can count is no limit.
    if line.set_read_timeout(time).is_err() {
        let _ = line.set_read_timeout(None);
    }
    let mut word = [0];
    loop {
        match line.read_exact(&mut word) {
            Ok(()) => return Some(word[0]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}
