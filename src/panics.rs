//! Panics on a thread that tries something out are noted, and shown to nobody.
//!
//! Private to the crate, on the level below `model`, `exercise` and `cell`. It
//! uses nothing.
//!
//! The panic hook belongs to the whole process: to the kernel, to a test
//! harness, to the student. It is wrapped while somebody tries something out
//! and put back after the last one. Panics of all other threads reach it as
//! ever. A hook that somebody sets meanwhile is lost at that end.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Sync + Send + 'static>;

/// What a panic said.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) message: String,
    /// The source file that it came from.
    pub(crate) file: String,
}

/// Code that catches its own panics, again and again, must not fill the
/// memory.
const NOTES: usize = 32;

thread_local! {
    /// `None` on a thread whose panics are everybody's.
    static NOTED: RefCell<Option<Notes>> = const { RefCell::new(None) };
}

/// What the panics of one thread said, the oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<Vec<Note>>>);

impl Notes {
    pub(crate) fn all(&self) -> Vec<Note> {
        self.lock().clone()
    }

    pub(crate) fn clear(&self) {
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
    guards: 0,
    original: None,
});

struct Wrapped {
    /// The guards that live now.
    guards: usize,
    original: Option<Arc<Hook>>,
}

/// While one lives, the hook is wrapped.
pub(crate) struct Guard(());

impl Guard {
    /// `None` while this thread panics: then the hook cannot be changed.
    pub(crate) fn new() -> Option<Self> {
        if thread::panicking() {
            return None;
        }
        let mut wrapped = WRAPPED.lock().unwrap_or_else(PoisonError::into_inner);
        if wrapped.guards == 0 {
            let original: Arc<Hook> = Arc::new(take_hook());
            wrapped.original = Some(Arc::clone(&original));
            set_hook(Box::new(move |panic| {
                if !is_private(panic) {
                    original(panic);
                }
            }));
        }
        wrapped.guards += 1;
        Some(Self(()))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut wrapped = WRAPPED.lock().unwrap_or_else(PoisonError::into_inner);
        wrapped.guards = wrapped.guards.saturating_sub(1);
        if wrapped.guards > 0 || thread::panicking() {
            return;
        }
        drop(take_hook());
        // The wrapper is gone, so this is the only one left.
        if let Some(original) = wrapped.original.take().and_then(Arc::into_inner) {
            set_hook(original);
        }
    }
}

/// Calls something that sets a hook of its own, and drops that hook.
pub(crate) fn without_its_hook(sets_a_hook: impl FnOnce()) {
    let wrapped = WRAPPED.lock().unwrap_or_else(PoisonError::into_inner);
    if thread::panicking() {
        return;
    }
    let before = take_hook();
    sets_a_hook();
    drop(take_hook());
    set_hook(before);
    drop(wrapped);
}

/// While one lives, the panics of all threads are shown to nobody: code that is
/// tried out may start threads, too.
pub(crate) struct Hush(());

/// How many live now.
static HUSHES: AtomicUsize = AtomicUsize::new(0);

impl Hush {
    pub(crate) fn new() -> Self {
        HUSHES.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Hush {
    fn drop(&mut self) {
        HUSHES.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a panic is nobody's business, or that of somebody who notes it.
pub(crate) fn is_private(panic: &PanicHookInfo<'_>) -> bool {
    note(panic) || HUSHES.load(Ordering::Relaxed) > 0
}

/// From now on, this thread's panics go to `notes`.
pub(crate) fn note_this_thread(notes: &Notes) {
    NOTED.set(Some(notes.clone()));
}

/// The latest panic of this thread that said `message`.
pub(crate) fn noted(message: &str) -> Option<Note> {
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
pub(crate) fn message(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a value that is not text")
        .to_owned()
}
