//! Which threads of a cell ran on which CPU, and when: what the kernel's `:trace` shows.
//!
//! While the cell runs, a thread of ours looks at all others about every millisecond:
//! how much CPU time each has had since, on which CPU it is, and whether it sleeps. So
//! any code can be looked at, and nothing in it has to be recorded; what takes less
//! than a millisecond may be missing.
//!
//! May use `trace` and `plot` for the picture, `notebook` to show it, and `cell` to
//! learn when the cell is over.

mod look;
mod story;

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use self::look::{Looker, own_number};
use self::story::Story;
use crate::cell;
use crate::notebook::{self, MimeBundle};

/// The time between two looks, in a short cell.
const PERIOD: Duration = Duration::from_millis(1);

/// A long cell is looked at less often, so that about this many looks make its first half.
const LOOKS: u32 = 2000;

/// How long the cell waits for the first look.
const FIRST_LOOK: Duration = Duration::from_secs(1);

static RUNNING: Mutex<Option<Watch>> = Mutex::new(None);

struct Watch {
    ends: Sender<()>,
    thread: JoinHandle<Story>,
}

/// Begins to look at the threads of the running cell; the picture is shown when it ends.
#[doc(hidden)]
pub fn begin() {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    if running.is_some() {
        return;
    }
    let cell = own_number();
    let (ends, ended) = mpsc::channel::<()>();
    let (looked, has_looked) = mpsc::channel::<()>();
    let thread = std::thread::Builder::new()
        .name("looker".to_owned())
        .spawn(move || watch(cell, looked, &ended));
    match thread {
        Ok(thread) => {
            // What the cell starts is new by then.
            let _ = has_looked.recv_timeout(FIRST_LOOK);
            *running = Some(Watch { ends, thread });
            cell::at_end(Box::new(end));
        }
        Err(error) => {
            let text = format!("The threads of this cell can't be looked at: {error}");
            notebook::display(&MimeBundle::text(text));
        }
    }
}

/// Looks until nobody is at the other end of `ended`: the cell is over. Drops `looked` when it
/// has begun.
fn watch(cell: i32, looked: Sender<()>, ended: &Receiver<()>) -> Story {
    look::await_flusher();
    let begun = Instant::now();
    let mut looker = Looker::new(cell);
    let mut story = Story::new(looker.look(begun.elapsed()));
    drop(looked);
    loop {
        let pause = PERIOD.max(begun.elapsed() / LOOKS);
        let is_over = ended.recv_timeout(pause) != Err(RecvTimeoutError::Timeout);
        story.add(looker.look(begun.elapsed()));
        if is_over {
            story.own(looker.cpu_time());
            return story;
        }
    }
}

fn end() {
    let watch = RUNNING
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let Some(Watch { ends, thread }) = watch else {
        return;
    };
    drop(ends);
    // Joined: what is left running would keep the next cell from being undone.
    let Ok(story) = thread.join() else {
        return;
    };
    match story.told() {
        Ok(trace) => notebook::display(&trace.gantt()),
        Err(reason) => notebook::display(&MimeBundle::text(reason)),
    }
}

#[cfg(test)]
mod tests;
