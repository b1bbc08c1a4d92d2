//! Panics on a thread that checks are noted, and shown to nobody.
//!
//! The panic hook belongs to the whole process: to the kernel, to a test
//! harness, to the student. It is wrapped while a check runs and put back after
//! the last one. Panics of all other threads reach it as ever. A hook that
//! somebody sets while a check runs is lost with the end of that check.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread;

use super::shuttled;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Sync + Send + 'static>;

/// What a panic said.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) message: String,
    /// The source file that it came from.
    pub(super) file: String,
}

/// A closure that catches its own panics, again and again, must not fill the
/// memory.
const NOTES: usize = 32;

thread_local! {
    /// `None` on a thread that does not check.
    static NOTED: RefCell<Option<Notes>> = const { RefCell::new(None) };
}

/// What the panics of one thread said, the oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes(Arc<Mutex<Vec<Note>>>);

impl Notes {
    pub(super) fn all(&self) -> Vec<Note> {
        self.lock().clone()
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn push(&self, note: Note) {
        let mut notes = self.lock();
        if notes.len() == NOTES {
            notes.remove(0);
        }
        notes.push(note);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Note>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

static WRAPPED: Mutex<Wrapped> = Mutex::new(Wrapped {
    checks: 0,
    original: None,
});

struct Wrapped {
    /// The checks that run now.
    checks: usize,
    original: Option<Arc<Hook>>,
}

/// While one lives, the hook is wrapped.
pub(super) struct Guard(());

impl Guard {
    /// `None` while this thread panics: then the hook cannot be changed.
    pub(super) fn new() -> Option<Self> {
        static ONCE: Once = Once::new();
        if thread::panicking() {
            return None;
        }
        let mut wrapped = WRAPPED.lock().unwrap_or_else(PoisonError::into_inner);
        ONCE.call_once(discard_shuttles_hook);
        if wrapped.checks == 0 {
            let original: Arc<Hook> = Arc::new(take_hook());
            wrapped.original = Some(Arc::clone(&original));
            set_hook(Box::new(move |panic| {
                if !note(panic) {
                    original(panic);
                }
            }));
        }
        wrapped.checks += 1;
        Some(Self(()))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut wrapped = WRAPPED.lock().unwrap_or_else(PoisonError::into_inner);
        wrapped.checks = wrapped.checks.saturating_sub(1);
        if wrapped.checks > 0 || thread::panicking() {
            return;
        }
        drop(take_hook());
        // The wrapper is gone, so this is the only one left.
        if let Some(original) = wrapped.original.take().and_then(Arc::into_inner) {
            set_hook(original);
        }
    }
}

/// At its first run in a process, `shuttle` puts a hook of its own in front,
/// which prints. So that this one is not ours to keep, the first run is made
/// here, and its hook dropped.
fn discard_shuttles_hook() {
    let original = take_hook();
    // On a thread of its own: this one may be inside of anything.
    let first = thread::Builder::new().spawn(shuttled::run_nothing);
    if let Ok(first) = first {
        // Nothing panics there, and if it did, there is nothing to be done.
        let _ = first.join();
    }
    drop(take_hook());
    set_hook(original);
}

/// From now on, this thread's panics go to `notes`.
pub(super) fn note_this_thread(notes: &Notes) {
    NOTED.set(Some(notes.clone()));
}

/// Whether this thread checks.
pub(super) fn is_noting() -> bool {
    NOTED.with_borrow(Option::is_some)
}

/// The latest panic of this thread that said `message`.
pub(super) fn noted(message: &str) -> Option<Note> {
    NOTED.with_borrow(|notes| {
        let notes = notes.as_ref()?.lock();
        let mut latest = notes.iter().rev();
        latest.find(|note| note.message == message).cloned()
    })
}

fn note(panic: &PanicHookInfo<'_>) -> bool {
    let noted = NOTED.try_with(|noted| {
        let notes = noted.try_borrow().ok()?.clone()?;
        notes.push(Note {
            message: message(panic.payload()),
            file: panic.location().map_or("", |place| place.file()).to_owned(),
        });
        Some(())
    });
    noted.is_ok_and(|noted| noted.is_some())
}

/// What a panic's payload says.
pub(super) fn message(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a value that is not text")
        .to_owned()
}
