//! Panics of a cell: which it has caught, which it ends by, which its process ends by.
//!
//! Each is heard when it happens. One on another thread is shown at once. One on the cell's
//! own thread may be what the cell ends by, and then its report has it; so it waits until its
//! process says that the cell goes on. Then it is shown as Rust would have shown it.

use super::failure::Cells;
use super::interface::Failure;
use crate::bridge::Panic;
use crate::toolchain::Sources;

/// What is known of the running cell's panics.
#[derive(Debug, Default)]
pub struct Panics {
    /// The newest on the cell's own thread, and how it is told, while it waits.
    held: Option<(Panic, String)>,
    /// The newest of any thread.
    newest: Option<Panic>,
    /// What has ended the process, if a panic has.
    cause: Option<Failure>,
}

/// Rust's own panics where another one can go no further, and what they mean. They end the
/// process.
const ENDS: [(&str, &str); 2] = [
    (
        "panic in a function that cannot unwind",
        "a panic must not leave the function that it came to, such as one that is `extern \"C\"`, \
         so it ends the process",
    ),
    (
        "panic in a destructor during cleanup",
        "it left a `Drop` that ran because of another panic, so it ends the process",
    ),
];

impl Panics {
    /// A panic is heard. Returns what is to be shown of it and of the one before.
    pub fn hear(
        &mut self,
        panic: Panic,
        is_own: bool,
        cells: &Cells,
        sources: &Sources,
    ) -> Option<String> {
        let source = panic.file.as_deref().and_then(|file| sources.read(file));
        let text = cells.panic_on_stderr(&panic, source.as_deref());
        let end = ENDS.iter().find(|(message, _)| *message == panic.message);
        match (end, &self.newest) {
            (Some((_, meaning)), Some(newest)) if newest.thread == panic.thread => {
                let source = newest.file.as_deref().and_then(|file| sources.read(file));
                let failure = cells.panic(newest, source.as_deref());
                self.cause = Some(failure.followed_by(Some((*meaning).to_owned())));
            }
            _ => self.newest = Some(panic.clone()),
        }
        if !is_own {
            return Some(text);
        }
        let before = self.held.replace((panic, text));
        before.map(|(_, text)| text)
    }

    /// The cell has ended by `panic`. Returns what is to be shown of another one, which it
    /// has caught before.
    pub fn end_by(&mut self, panic: &Panic) -> Option<String> {
        let (held, text) = self.held.take()?;
        (held != *panic).then_some(text)
    }

    /// The cell goes on, or is over: what waits is to be shown.
    pub fn release(&mut self) -> Option<String> {
        self.held.take().map(|(_, text)| text)
    }

    /// What has ended the cell's process, if a panic has.
    pub fn take_cause(&mut self) -> Option<Failure> {
        self.cause.take()
    }
}

impl Failure {
    /// The same with its cause, which has a report of its own.
    pub fn because_of(mut self, cause: Option<Self>) -> Self {
        let lines = cause.into_iter().flat_map(|cause| cause.traceback);
        let place = self.traceback.len().min(1);
        self.traceback.splice(place..place, lines);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panic(message: &str) -> Panic {
        Panic {
            message: message.to_owned(),
            file: None,
            line: None,
            column: None,
            thread: None,
        }
    }

    /// What is shown as each is heard on the cell's own thread.
    fn shown(panics: &mut Panics, messages: &[&str]) -> String {
        let cells = Cells::default();
        let sources = Sources::of("/nowhere");
        let shown = messages
            .iter()
            .filter_map(|message| panics.hear(panic(message), true, &cells, &sources));
        shown.collect()
    }

    #[test]
    fn each_is_shown_once_and_the_one_that_ends_the_cell_in_its_report() {
        let mut panics = Panics::default();
        let text = shown(&mut panics, &["one", "two"]);
        assert!(text.contains("one") && !text.contains("two"), "{text}");
        assert_eq!(panics.end_by(&panic("two")), None);
        assert_eq!(shown(&mut panics, &["three"]), "");
        assert!(
            panics
                .end_by(&panic("elsewhere"))
                .unwrap()
                .contains("three")
        );
        assert_eq!(shown(&mut panics, &["four"]), "");
        assert!(panics.release().unwrap().contains("four"));
        assert_eq!(panics.release(), None);
    }

    #[test]
    fn what_rust_ends_a_process_for_has_the_panic_before_as_its_cause() {
        for (end, _) in ENDS {
            let mut panics = Panics::default();
            shown(&mut panics, &["the reason", end]);
            let cause = panics.take_cause().unwrap();
            assert!(cause.traceback.concat().contains("the reason"), "{cause:?}");
            assert!(panics.take_cause().is_none());
        }
        let mut panics = Panics::default();
        shown(&mut panics, &["caught", "caught, too"]);
        assert!(panics.take_cause().is_none());
    }
}
