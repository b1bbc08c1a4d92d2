//! Hints for the errors that learners of concurrency meet most: what the compiler
//! forbids because threads share something, and what to write in its place.

/// A sentence for the student, where the error is one of those.
pub fn hint(code: Option<&str>, message: &str, source: &str) -> Option<&'static str> {
    let about = |word: &str| message.contains(word);
    let has = |word: &str| source.contains(word);
    // Whether another thread may be what is in the way.
    let spawns = has("spawn(");
    let has_threads = spawns
        || [".par_iter", ".into_par_iter", "rayon::", ".join()"]
            .into_iter()
            .any(has);
    let moves = ["move |", "move||", "move {"].into_iter().any(has);
    match code {
        None if about("future cannot be sent between threads safely") => Some(
            "a task may go on on another thread after each `.await`, so it keeps nothing that has to stay \
             on one: end it before the `.await` (in braces of its own), or take what may move (`Arc`, \
             `tokio::sync::Mutex`)",
        ),
        Some("E0277") if about("cannot be sent between threads safely") => {
            Some(if about("Guard<") {
                "a lock is let go by the thread that took it: let the other thread have the `Mutex` itself, \
             and lock it there"
            } else if about("`Rc<") {
                "`Rc` counts its owners without a lock, so all of them stay on one thread: use `Arc`"
            } else {
                "what moves to another thread is `Send`: make it there, or take a type that may move"
            })
        }
        Some("E0277") if about("cannot be shared between threads safely") => Some(
            "two threads could change it at once: put a `Mutex` or an atomic in the place of `Cell` or \
             `RefCell`, and an `Arc` around it",
        ),
        Some("E0277") if about("is not a future") => Some(
            "only what an `async fn` or an `async` block gives can be awaited: an ordinary value is there \
             already",
        ),
        Some("E0373") if has_threads => Some(
            "the thread may go on when this is over. Write `move` before the closure to give it the value, \
             or start it in `std::thread::scope`, which waits for it",
        ),
        Some("E0382") if moves && has_threads => Some(
            "`move` has given it to the closure. For each closure make a clone of its own before it, and \
             move that: `let own = Arc::clone(&shared);`, or `let sender = sender.clone();`",
        ),
        Some("E0597" | "E0716") if spawns => Some(
            "the thread may go on when this value is gone. Move the value into the closure, share it by \
             `Arc`, or start the thread in `std::thread::scope`, which waits for it",
        ),
        Some("E0521") if spawns => Some(
            "the thread may go on when what is borrowed here is gone. Clone what it needs before the \
             closure and move that in, or start it in `std::thread::scope`, which waits for it",
        ),
        Some("E0499" | "E0502" | "E0503" | "E0505" | "E0506") if has_threads => Some(
            "while one thread may change it, nobody else may look at it. Put it into a `Mutex` or an atomic, \
             give each thread a part of its own (`chunks_mut`, `split_at_mut`), or wait for the thread first",
        ),
        Some("E0594" | "E0596") if about("in an `Arc`") => Some(
            "an `Arc` shares, and what is shared is not changed through it: put a `Mutex`, an `RwLock` or an \
             atomic inside, as in `Arc::new(Mutex::new(0))`",
        ),
        Some("E0594") if about("immutable static item") => Some(
            "every thread can reach a `static`, so it only changes through an atomic or a `Mutex`: \
             `static COUNT: AtomicU64 = AtomicU64::new(0);`",
        ),
        Some("E0133") if about("mutable static") => Some(
            "two threads could change a `static mut` at once, and nothing would stop them: take an atomic or \
             a `Mutex`, as in `static COUNT: AtomicU64 = AtomicU64::new(0);`",
        ),
        Some("E0368" | "E0369" | "E0614") if about("Mutex<") || about("RwLock<") => {
            Some("the value is behind its lock: `*shared.lock().unwrap() += 1;`")
        }
        Some("E0507") if has(".join()") => Some(
            "`join` takes the handle, so take each one out: `for handle in handles { ... }`, without `&`",
        ),
        Some("E0728") => Some(
            "a function that awaits is an `async fn`, and a closure or a thread that awaits holds an \
             `async move { ... }`",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_by_its_code_and_words() {
        let spawn = "thread::spawn(move || f(x))";
        for (code, message, source, expected) in [
            (
                "E0277",
                "`Rc<i32>` cannot be sent between threads safely",
                spawn,
                "use `Arc`",
            ),
            (
                "E0277",
                "`std::sync::MutexGuard<'_, i32>` cannot be sent between threads safely",
                spawn,
                "lock it there",
            ),
            (
                "E0277",
                "`*mut u8` cannot be sent between threads safely",
                spawn,
                "`Send`",
            ),
            ("E0277", "`Rc<i32>` is not a future", "x.await", "awaited"),
            (
                "E0277",
                "the trait bound `X: Y` is not satisfied",
                spawn,
                "",
            ),
            (
                "E0382",
                "use of moved value: `x`",
                spawn,
                "clone of its own",
            ),
            ("E0382", "use of moved value: `x`", "f(x); f(x)", ""),
            (
                "E0499",
                "cannot borrow `x` as mutable more than once at a time",
                "f(&mut x, &mut x)",
                "",
            ),
            ("E0596", "cannot borrow `x` as mutable", spawn, ""),
            (
                "E0597",
                "`x` does not live long enough",
                "{ let y = &x; }",
                "",
            ),
            (
                "",
                "future cannot be sent between threads safely",
                spawn,
                "each `.await`",
            ),
            ("", "expected `;`", spawn, ""),
        ] {
            let code = Some(code).filter(|code| !code.is_empty());
            let hint = hint(code, message, source).unwrap_or_default();
            assert_eq!(hint.is_empty(), expected.is_empty(), "{message}: {hint}");
            assert!(hint.contains(expected), "{message}: {hint}");
        }
    }
}
