//! Hints for the errors that learners of concurrency meet most: what the compiler
//! forbids because threads share something, and what to write in its place.

use super::told::Says::{self, Behind, Label, Marks, Message, Note};
use super::told::Told;

/// A sentence for the student, where the error is one of those.
pub fn hint(told: &Told<'_>) -> Option<&'static str> {
    let row = ROWS.iter().find(|row| row.fits(told))?;
    Some(row.hint).filter(|hint| *hint != NOTHING)
}

/// An error, and the hint for it.
struct Row {
    /// Any of these; without one, any code and none.
    codes: &'static [&'static str],
    /// All of this.
    says: &'static [Says],
    hint: &'static str,
}

impl Row {
    fn fits(&self, told: &Told<'_>) -> bool {
        let code = told.code.unwrap_or_default();
        let is_of_code = self.codes.is_empty() || self.codes.contains(&code);
        is_of_code && self.says.iter().all(|says| told.says(says))
    }
}

const fn row(codes: &'static [&'static str], says: &'static [Says], hint: &'static str) -> Row {
    Row { codes, says, hint }
}

/// The compiler's own words are enough, or none of the rows below would be right.
const NOTHING: &str = "";

const ANY: &[&str] = &[];
const NO_CODE: &[&str] = &[""];
const BORROWED: &[&str] = &["E0499", "E0502", "E0503", "E0505", "E0506"];
const GONE: &[&str] = &["E0597", "E0716"];
const CHANGED: &[&str] = &["E0594", "E0596"];
const OPERATED: &[&str] = &["E0368", "E0369", "E0614"];

const OUTLIVE: &str = "requires argument type to outlive `'static`";

/// What starts a task, and what starts a thread.
const TASK: &[&str] = &["tokio::", "task::", "async "];
const THREAD: &[&str] = &["spawn"];

const SENT: Says = Message("cannot be sent between threads safely");
const SHARED: Says = Message("cannot be shared between threads safely");
const STATIC: Says = Note("shared static variables");
const SCOPE: Says = Label("Scope<");
const HANDLE: Says = Label("found `JoinHandle<");
const JOIN: Says = Note("::join` takes ownership of the receiver");
const FN_CLOSURE: Says = Message("captured variable in a `Fn` closure");

/// What `:timeit` becomes.
const TIMEIT: &str = "twoaxes::timeit(";

const AWAIT: &str = "calling an `async fn` gives a future, which does nothing until it is awaited: write \
     `.await` behind the call";
const CLONE_FIRST: &str = "`move` has given it to the closure. For each closure make a clone of its own before it, and \
     move that: `let own = Arc::clone(&shared);`, or `let sender = sender.clone();`";
const ONE_AT_A_TIME: &str = "while one thread may change it, nobody else may look at it. Put it into a `Mutex` or an atomic, \
     give each thread a part of its own (`chunks_mut`, `split_at_mut`), or wait for the thread first";
const RC: &str =
    "`Rc` counts its owners without a lock, so all of them stay on one thread: use `Arc`";
const NO_STATIC_MUT: &str = "two threads could change a `static mut` at once, and nothing would stop them: take an atomic or \
     a `Mutex`, as in `static COUNT: AtomicU64 = AtomicU64::new(0);`";
const TAKE_EACH: &str = "`join` takes the handle, so take each one out: `for handle in handles { ... }`, without `&`, or \
     `into_iter()` in the place of `iter()`";

const ATOMIC: &str = "an atomic is read and changed by its methods: `count.load(Ordering::Relaxed)`, \
     `count.fetch_add(1, Ordering::Relaxed)`";

/// The first that fits counts.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    // A task that may not go on on another thread.
    row(NO_CODE, &[SENT, Message("future"), Label("Guard<")],
        "a task may go on on another thread after each `.await`, and a lock is let go by the thread that took \
         it: end the guard before the `.await` (in braces of its own), or take `tokio::sync::Mutex`"),
    row(NO_CODE, &[SENT, Message("future"), Label("`Rc<")],
        "a task may go on on another thread after each `.await`, and `Rc` counts its owners without a lock: \
         use `Arc`"),
    row(NO_CODE, &[SENT, Message("future")],
        "a task may go on on another thread after each `.await`, so it keeps nothing that has to stay on one: \
         end it before the `.await` (in braces of its own), or take what may move"),

    // What does not move to another thread.
    row(&["E0277"], &[SENT, Message("Guard<")],
        "a lock is let go by the thread that took it: let the other thread have the `Mutex` itself, and lock \
         it there"),
    row(&["E0277"], &[SENT, Message("`Rc<")], RC),
    row(&["E0277"], &[SENT],
        "what moves to another thread is `Send`: make it there, or take a type that may move"),

    // What several threads may not see.
    row(&["E0277"], &[SHARED, Message("OnceCell<")],
        "two threads could set it at once: `OnceLock` is the `OnceCell` for threads"),
    row(&["E0277"], &[SHARED, Message("LazyCell<")],
        "two threads could begin it at once: `LazyLock` is the `LazyCell` for threads"),
    row(&["E0277"], &[SHARED, Message("UnsafeCell<")], NOTHING),
    row(&["E0277"], &[SHARED, STATIC, Message("Cell<")],
        "every thread can reach a `static`, so it only changes through an atomic or a `Mutex`: \
         `static COUNT: AtomicU64 = AtomicU64::new(0);`"),
    row(&["E0277"], &[SHARED, STATIC], NOTHING),
    row(&["E0277"], &[SHARED, Message("Receiver<")],
        "a receiver has one owner: move it into the thread that receives. Where several take turns, share it \
         as `Arc<Mutex<Receiver<_>>>`"),
    row(&["E0277"], &[SHARED, Message("`Rc<")], RC),
    row(&["E0277"], &[SHARED, Message("Cell<")],
        "two threads could change it at once: put a `Mutex` or an atomic in the place of `Cell` or `RefCell`, \
         inside of the `Arc` or beside the threads' scope"),
    row(&["E0277"], &[SHARED],
        "what several threads see is `Sync`: give each thread a value of its own, or take a type that may be \
         shared"),

    // Futures that are not awaited, and what is no future.
    row(&["E0277"], &[Message("is not a future")],
        "only what an `async fn` or an `async` block gives can be awaited: an ordinary value is there already"),
    row(&["E0277"], &[Message("cannot be unpinned")], NOTHING),
    row(ANY, &[Message("impl Future<")], AWAIT),
    row(&["E0308"], &[Label("found future")], AWAIT),
    row(&["E0277"], &[Label("to type `impl Future<")], AWAIT),
    row(&["E0728"], &[Behind("this is not `async`", TIMEIT)],
        "`:timeit` runs a closure, which cannot await. Take `:time`, or, below a cell that has awaited something, \
         write `tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(...))`"),
    row(&["E0728"], &[],
        "a function that awaits is an `async fn`, and a closure or a thread that awaits holds an \
         `async move { ... }`"),
    row(&["E0277"], &[Message("the `?` operator"), Behind("this function should return", TIMEIT)],
        "`:timeit` runs a closure, from which no error comes back: write `.unwrap()` in the place of `?`"),

    // Borrowed by what may outlive it.
    row(&["E0373"], &[Message("async block may outlive")],
        "a task may go on when this is over: `async move { ... }` gives it the value. What is needed here as \
         well is cloned before"),
    row(&["E0373"], &[SCOPE],
        "a scope's threads may go on when this closure is over: `move` gives them the value. What they share \
         is borrowed above the scope, as in `let out = &out;`"),
    row(&["E0373"], &[Marks(OUTLIVE, &["spawn_blocking"])],
        "the closure may go on when this is over: write `move` before it to give it the value"),
    row(&["E0373"], &[Marks(OUTLIVE, THREAD)],
        "the thread may go on when this is over. Write `move` before the closure to give it the value, or \
         start it in `std::thread::scope`, which waits for it"),
    row(GONE, &[SCOPE],
        "a scope's threads may go on until it ends, and this value is gone before: make it above the scope, \
         or move it into the closure"),
    row(GONE, &[Marks("argument requires that", TASK)],
        "the task may go on when this value is gone: move the value itself into the `async move` block, or \
         share it by `Arc`"),
    row(GONE, &[Marks("argument requires that", THREAD)],
        "the thread may go on when this value is gone. Move the value into the closure, share it by `Arc`, or \
         start the thread in `std::thread::scope`, which waits for it"),
    row(&["E0521"], &[Marks("escapes the", TASK)],
        "the task may go on when what is borrowed here is gone: clone what it needs before it, and move that \
         in"),
    row(&["E0521"], &[Marks("escapes the", THREAD)],
        "the thread may go on when what is borrowed here is gone. Clone what it needs before the closure and \
         move that in, or start it in `std::thread::scope`, which waits for it"),

    // Used by several at once.
    row(&["E0382"], &[Behind("value moved into closure here", "spawn(")], CLONE_FIRST),
    row(&["E0382"], &[Label("due to use in coroutine")],
        "the task has taken it along. For each task make a clone of its own before it, and move that: \
         `let own = Arc::clone(&shared);`, or `let sender = sender.clone();`"),
    row(BORROWED, &[SCOPE], ONE_AT_A_TIME),
    row(BORROWED, &[Behind("borrow", "spawn(")], ONE_AT_A_TIME),
    row(BORROWED, &[Marks("later used by call", &["join"])], ONE_AT_A_TIME),

    // Changed through what only looks.
    row(CHANGED, &[Message("in an `Arc`")],
        "an `Arc` shares, and what is shared is not changed through it: put a `Mutex`, an `RwLock` or an \
         atomic inside, as in `Arc::new(Mutex::new(0))`"),
    row(CHANGED, &[Message("RwLockReadGuard<")],
        "`read()` only looks: take `write()` to change the value"),
    row(CHANGED, &[FN_CLOSURE, Label("change this to accept `FnMut`")], NOTHING),
    row(CHANGED, &[FN_CLOSURE],
        "a `Fn` closure may run several times at once, so it changes nothing outside of it: let it give a \
         value back (`.map(...).sum()`, `.collect()`), or change an atomic or a `Mutex`"),
    row(&["E0594"], &[Message("immutable static item")],
        "every thread can reach a `static`, so it only changes through an atomic or a `Mutex`: \
         `static COUNT: AtomicU64 = AtomicU64::new(0);`"),
    row(&["E0133"], &[Message("mutable static")], NO_STATIC_MUT),
    row(&["static_mut_refs"], &[], NO_STATIC_MUT),

    // Behind a lock, or in an atomic.
    row(&["E0614"], &[Message("Result<"), Message("Guard<")],
        "locking gives a `Result`, because a thread may have panicked while it had the lock: \
         `*shared.lock().unwrap() += 1;`"),
    row(OPERATED, &[Message("tokio::sync::Mutex<")],
        "the value is behind its lock: `*shared.lock().await += 1;`"),
    row(OPERATED, &[Message("Mutex<")],
        "the value is behind its lock: `*shared.lock().unwrap() += 1;`"),
    row(OPERATED, &[Message("RwLock<")],
        "the value is behind its lock: `*shared.write().unwrap() += 1;`"),
    row(OPERATED, &[Message("atomic::Atomic")], ATOMIC),
    row(&["E0277"], &[Message("atomic::Atomic"), Message("doesn't implement")], ATOMIC),
    row(&["E0308"], &[Label("found `Atomic")], ATOMIC),

    // Handles.
    row(&["E0308"], &[HANDLE, Note("tokio::task::")],
        "a task's handle is awaited for its value: `handle.await?`"),
    row(&["E0308"], &[HANDLE, Note("std::thread::")],
        "a thread's handle gives its value when the thread has ended: `handle.join().unwrap()`"),
    row(&["E0507"], &[JOIN, Message("captured variable")], NOTHING),
    row(&["E0507"], &[JOIN, Message("out of index")],
        "`join` takes the handle: take it out of the vector with `pop()` or `remove(0)`, or all of them by \
         `for handle in handles { ... }`"),
    row(&["E0507"], &[JOIN, Message("out of `*")], TAKE_EACH),
    row(&["E0507"], &[JOIN],
        "`join` takes the handle, and what is borrowed gives nothing away: keep it as an `Option`, behind \
         `&mut`, and take it out: `if let Some(handle) = self.handle.take() { ... }`"),

    // Traits.
    row(&["E0599"], &[Note("Parallel"), Note("implemented but not in scope")],
        "`use rayon::prelude::*;` brings all that rayon adds to ranges, slices and vectors"),
];

#[cfg(test)]
mod tests;
