//! A thread for each question: a session goes on whatever becomes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// How long a session waits. A question ends by itself before that, as its looks and their
/// time are counted.
const PATIENCE: Duration = Duration::from_secs(1);
/// Address space, not memory, until it is needed.
const STACK: usize = 64 * 1024 * 1024;

#[derive(Default)]
pub(super) struct Aside {
    is_taken: Arc<AtomicBool>,
}

/// Gives the place back, also when the question panics.
struct Place(Arc<AtomicBool>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Aside {
    /// What `ask` says; `None` where it takes too long or panics, or an earlier one has not
    /// ended.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        if self.is_taken.swap(true, Ordering::Acquire) {
            return None;
        }
        let place = Place(Arc::clone(&self.is_taken));
        let (sender, answer) = mpsc::sync_channel(1);
        let started = std::thread::Builder::new()
            .name("meanwhile".to_owned())
            .stack_size(STACK)
            .spawn(move || {
                let said = ask();
                drop(place);
                sender.send(said).ok();
            });
        if let Err(error) = started {
            tracing::warn!("a question is not answered while a cell runs: {error}");
            return None;
        }
        answer.recv_timeout(PATIENCE).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_panics_or_does_not_end_is_no_answer() {
        let aside = Aside::default();
        assert_eq!(aside.ask(|| 1), Some(1));
        assert_eq!(aside.ask(|| -> u8 { panic!("wrong") }), None);
        // The thread that panicked gives the place back while it unwinds.
        while aside.is_taken.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        let (end, ends) = mpsc::channel::<()>();
        assert_eq!(aside.ask(move || ends.recv().is_ok()), None);
        assert_eq!(aside.ask(|| 2), None);
        drop(end);
    }
}
