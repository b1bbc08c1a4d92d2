//! How a cell went wrong, told to the kernel on the private channel.

use std::any::Any;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::notebook::{self, caught, channel};
use crate::panics;

/// What the runtime passes on to evcxr when the cell has returned.
pub(super) enum Report {
    /// The cell's own panic reached its end.
    Panicked,
    /// A `?` ended the cell early.
    QuestionMark,
    /// The stored variable has a type that no longer exists.
    Lost(String),
}

static REPORTS: Mutex<Vec<Report>> = Mutex::new(Vec::new());

/// The latest panic, until the cell has ended by it.
static LAST_PANIC: Mutex<Option<LastPanic>> = Mutex::new(None);

struct LastPanic {
    frame: Value,
    /// When it was, while the kernel waits for what comes of it.
    waits_since: Option<Instant>,
}

/// A cell that still runs so long after a panic of its own has caught it, or something else
/// makes it wait, which the panic may explain.
const LONG: Duration = Duration::from_millis(50);

/// The thread that runs cells, as a number; 0 before the first cell.
static CELL_THREAD: AtomicU64 = AtomicU64::new(0);

/// Replaces the default panic message, whose line numbers are those of
/// generated code, by a frame that the kernel translates.
pub(super) fn install_panic_hook() {
    std::panic::set_hook(Box::new(note_panic));
}

/// Forgets the cell before, and marks this thread as the cell's own.
pub(super) fn begin_cell() {
    // A cell may have set a hook of its own; it lasts as long as the cell.
    install_panic_hook();
    CELL_THREAD.store(thread_number(), Ordering::Relaxed);
    lock(&REPORTS).clear();
    lock(&LAST_PANIC).take();
    caught::waits(false);
}

/// What happened in the cell that has just returned.
pub(super) fn end_cell() -> Vec<Report> {
    lock(&LAST_PANIC).take();
    std::mem::take(&mut *lock(&REPORTS))
}

/// The cell still runs: a panic that has been waiting for long is to be shown.
pub(super) fn still_running() {
    // Without waiting: whoever has the lock is about to have it told.
    let is_long = LAST_PANIC.try_lock().is_ok_and(|mut last| {
        let waits = last.as_mut().map(|last| &mut last.waits_since);
        let long = |since: &mut Instant| since.elapsed() > LONG;
        waits.is_some_and(|waits| waits.take_if(long).is_some())
    });
    if is_long {
        channel::send(&json!({"type": "went_on"}));
    }
}

/// The cell's `catch_unwind` has caught a panic.
pub fn panicked() {
    // It has not been caught by the cell.
    caught::waits(false);
    let last = lock(&LAST_PANIC).take();
    let mut panic = last.map_or_else(
        || json!({"type": "panic", "message": "the cell panicked"}),
        |panic| panic.frame,
    );
    panic["fatal"] = Value::Bool(true);
    channel::send(&panic);
    lock(&REPORTS).push(Report::Panicked);
}

/// A `?` in the cell met an error of type `E`, which ends the cell.
pub fn question_mark<E>(message: &str) {
    failed(std::any::type_name::<E>(), message);
}

/// The stored variable `name` has a type that no longer exists.
pub(super) fn lost(name: &str) {
    eprintln!("`{name}` is gone: its type was defined anew");
    lock(&REPORTS).push(Report::Lost(name.to_owned()));
}

pub(super) fn failed(type_name: &str, message: &str) {
    channel::send(&json!({"type": "error", "name": type_name, "message": message}));
    lock(&REPORTS).push(Report::QuestionMark);
}

fn note_panic(panic: &PanicHookInfo<'_>) {
    // Each cell gets this hook anew, also while an earlier one's trial goes on.
    if panics::is_private(panic) {
        return;
    }
    // The cell's own thread may still catch it; others are shown at once, as
    // rayon and join handles carry only the message to the cell's thread.
    let is_own = thread_number() == CELL_THREAD.load(Ordering::Relaxed);
    let thread = std::thread::current();
    let location = panic.location();
    let frame = json!({
        "type": "panic",
        "fatal": false,
        "own": is_own,
        "message": message(panic.payload()),
        "file": location.map(|place| place.file()),
        "line": location.map(|place| place.line()),
        "column": location.map(|place| place.column()),
        "thread": thread.name().or(is_own.then_some("main")),
    });
    // At once: after it the process may end, or wait for ever.
    channel::show(frame.clone());
    if is_own {
        caught::waits(true);
    }
    // That of an earlier cell's thread is nothing that this cell ends with.
    if !is_own && notebook::is_of_earlier_cell() {
        return;
    }
    let waits_since = is_own.then(Instant::now);
    *lock(&LAST_PANIC) = Some(LastPanic { frame, waits_since });
}

/// The most bytes of a message. With every byte escaped it still fits into a
/// frame: a panic that cannot be told would be none.
const LONGEST: usize = 8 << 20;

fn message(payload: &dyn Any) -> &str {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a value that is not text");
    let end = text.floor_char_boundary(LONGEST.min(text.len()));
    text.get(..end).unwrap_or_default()
}

/// `ThreadId` has no stable number, so threads are counted here.
fn thread_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local!(static NUMBER: u64 = NEXT.fetch_add(1, Ordering::Relaxed));
    NUMBER.try_with(|number| *number).unwrap_or(0)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
