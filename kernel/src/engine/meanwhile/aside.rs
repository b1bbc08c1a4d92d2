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

/// To a question that is being answered.
pub struct Answer<T>(Option<mpsc::Receiver<T>>);

impl<T> Answer<T> {
    /// What was said; `None` where it takes too long or panics, or an earlier one has not
    /// ended.
    pub fn wait(self) -> Option<T> {
        self.0?.recv_timeout(PATIENCE).ok()
    }
}

impl Aside {
    /// Has `ask` answered.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce() -> T + Send + 'static,
    ) -> Answer<T> {
        if self.is_taken.swap(true, Ordering::Acquire) {
            return Answer(None);
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
            return Answer(None);
        }
        Answer(Some(answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_panics_or_does_not_end_is_no_answer() {
        let aside = Aside::default();
        assert_eq!(aside.ask(|| 1).wait(), Some(1));
        assert_eq!(aside.ask(|| -> u8 { panic!("wrong") }).wait(), None);
        // The thread that panicked gives the place back while it unwinds.
        while aside.is_taken.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        let (end, ends) = mpsc::channel::<()>();
        assert_eq!(aside.ask(move || ends.recv().is_ok()).wait(), None);
        assert_eq!(aside.ask(|| 2).wait(), None);
        drop(end);
    }
}
