//! The thread that checks, and the wait for it.
//!
//! Both tools keep state in thread-locals and may leave stacks behind after a
//! failure, so each check has a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use super::hook::{self, Guard};
use super::quiet;
use super::search::Search;
use super::verdict::{Reason, Verdict};

/// How long a check may take from the end of its time to its next scheduling
/// point.
const GRACE: Duration = Duration::from_secs(5);

/// What a search looks at to know when its time is up.
pub(super) struct Watch {
    up: Arc<AtomicBool>,
    news: Sender<News>,
}

enum News {
    /// The rest is bounded by what has been done already: no limit any more.
    Recording,
    Done(Verdict),
}

impl Watch {
    /// Whether the time is up.
    pub(super) fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    /// The signal behind [`Watch::is_up`].
    pub(super) fn signal(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.up)
    }

    /// The search is over, and its last execution is run again to be recorded.
    pub(super) fn recording(&self) {
        // Nobody listens any more when the check was left behind.
        let _ = self.news.send(News::Recording);
    }
}

/// Runs `job` on a thread of its own, and tells it when `time` is up.
pub(super) fn run(
    search: Search,
    time: Duration,
    job: impl FnOnce(&Watch) -> Verdict + Send + 'static,
) -> Verdict {
    let gave_up = |reason| Verdict::gave_up(search, 0, reason);
    if hook::is_noting() {
        return gave_up(Reason::Nested);
    }
    let Some(_guard) = Guard::new() else {
        return gave_up(Reason::Unwinding);
    };
    let up = Arc::new(AtomicBool::new(false));
    let (news, latest) = mpsc::channel();
    let watch = Watch {
        up: Arc::clone(&up),
        news,
    };
    let (hush, heard) = quiet::pair();
    let work = move || {
        hook::note_this_thread();
        hush.begin();
        let verdict = catch_unwind(AssertUnwindSafe(|| job(&watch)));
        let verdict = verdict.unwrap_or_else(|payload| {
            Verdict::gave_up(search, 0, Reason::Broken(hook::message(&*payload)))
        });
        let _ = watch.news.send(News::Done(verdict));
    };
    let thread = match thread::Builder::new().name("check".to_owned()).spawn(work) {
        Ok(thread) => thread,
        Err(error) => return gave_up(Reason::NoThread(error.to_string())),
    };
    let verdict = wait(&latest, time, &up);
    match verdict {
        Some(verdict) => {
            // It has caught everything, and has nothing more to do.
            let _ = thread.join();
            heard.finish();
            verdict
        }
        None => gave_up(Reason::Stuck {
            seconds: GRACE.as_secs(),
        }),
    }
}

fn wait(latest: &Receiver<News>, time: Duration, up: &AtomicBool) -> Option<Verdict> {
    let mut first = latest.recv_timeout(time);
    if matches!(first, Err(RecvTimeoutError::Timeout)) {
        up.store(true, Ordering::Relaxed);
        first = latest.recv_timeout(GRACE);
    }
    match first.ok()? {
        News::Done(verdict) => Some(verdict),
        News::Recording => loop {
            if let News::Done(verdict) = latest.recv().ok()? {
                return Some(verdict);
            }
        },
    }
}
