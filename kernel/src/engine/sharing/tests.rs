//! Errors as the compiler tells them, and the hints that they get.

use super::super::commands;
use super::super::told;
use super::*;

/// A label: its text, what is before the marked code, and that.
type Labelled = (&'static str, &'static str, &'static str);

const SPAWN: &str = "std::thread::spawn(";

/// What an error is made of: code, message, labels and notes.
fn check(code: &str, message: &str, labels: &[Labelled], notes: &[&'static str], expected: &str) {
    let labels = labels.iter().map(|&(text, before, marked)| told::Label {
        text,
        before,
        marked,
    });
    let told = Told {
        code: Some(code).filter(|code| !code.is_empty()),
        message,
        labels: labels.collect(),
        notes: notes.to_vec(),
        ..Told::default()
    };
    let hint = hint(&told).unwrap_or_default();
    assert_eq!(hint.is_empty(), expected.is_empty(), "{message}: {hint}");
    assert!(hint.contains(expected), "{message}: {hint}");
}

#[test]
fn a_message_alone_tells_some_errors() {
    let sent = |what: &str| format!("`{what}` cannot be sent between threads safely");
    let shared = |what: &str| format!("`{what}` cannot be shared between threads safely");
    let cannot_add = |to: &str| format!("cannot add-assign to type `{to}`");
    for (code, message, expected) in [
        ("E0277", sent("Rc<i32>"), "use `Arc`"),
        (
            "E0277",
            sent("std::sync::MutexGuard<'_, i32>"),
            "lock it there",
        ),
        ("E0277", sent("*mut u8"), "`Send`"),
        ("E0277", shared("Rc<i32>"), "use `Arc`"),
        ("E0277", shared("RefCell<i32>"), "`Mutex` or an atomic"),
        (
            "E0277",
            shared("std::sync::mpsc::Receiver<i32>"),
            "one owner",
        ),
        ("E0277", shared("*mut u8"), "`Sync`"),
        ("E0277", shared("OnceCell<i32>"), "`OnceLock`"),
        ("E0277", shared("LazyCell<i32>"), "`LazyLock`"),
        ("E0277", shared("UnsafeCell<i32>"), ""),
        (
            "E0277",
            "`i32` is not a future".to_owned(),
            "can be awaited",
        ),
        (
            "E0277",
            "`impl Future<Output = i32>` doesn't implement `Debug`".to_owned(),
            "`.await`",
        ),
        (
            "E0277",
            "`impl Future<Output = i32>` cannot be unpinned".to_owned(),
            "",
        ),
        (
            "E0277",
            "the trait bound `X: Y` is not satisfied".to_owned(),
            "",
        ),
        (
            "E0368",
            cannot_add("std::sync::Mutex<i32>"),
            "lock().unwrap()",
        ),
        (
            "E0368",
            cannot_add("tokio::sync::Mutex<i32>"),
            "lock().await",
        ),
        ("E0368", cannot_add("std::sync::RwLock<i32>"), "write()"),
        ("E0368", cannot_add("std::sync::MutexGuard<'_, i32>"), ""),
        (
            "E0368",
            cannot_add("std::sync::atomic::AtomicU64"),
            "fetch_add",
        ),
        (
            "E0614",
            "type `Result<MutexGuard<'_, i32>, PoisonError<...>>`".to_owned(),
            "a `Result`",
        ),
        (
            "E0596",
            "cannot borrow data in an `Arc` as mutable".to_owned(),
            "Arc::new(Mutex",
        ),
        ("E0596", "cannot borrow `x` as mutable".to_owned(), ""),
        (
            "static_mut_refs",
            "creating a mutable reference".to_owned(),
            "AtomicU64",
        ),
        ("", "expected `;`".to_owned(), ""),
    ] {
        check(code, &message, &[], &[], expected);
    }
}

#[test]
fn the_compilers_labels_tell_threads_from_other_code() {
    let scope: Labelled = ("has type `&'1 std::thread::Scope<'1, '_>`", "|", "s");
    let (outlive, argument) = (
        "closure may outlive the current function",
        "argument requires that",
    );
    let required = "function requires argument type to outlive `'static`";
    let blocking = "tokio::task::spawn_blocking(|| f(n))";
    let rayon: Labelled = ("has type `&rayon::Scope<'1>`", "|", "s");
    let in_thread: Labelled = (required, "", "std::thread::spawn(|| f(n))");
    let in_task = "tokio::spawn(async move { f(n) })";
    for (code, message, labels, expected) in [
        ("E0373", outlive, vec![in_thread], "Write `move`"),
        ("E0373", outlive, vec![scope], "a scope's threads"),
        (
            "E0373",
            outlive,
            vec![("is returned here", "thread::spawn(g); ", "|| n")],
            "",
        ),
        (
            "E0373",
            "async block may outlive the current function",
            vec![],
            "`async move",
        ),
        (
            "E0382",
            "",
            vec![("value moved into closure here", SPAWN, "move ||")],
            "clone of its own",
        ),
        (
            "E0382",
            "",
            vec![("value moved into closure here", "let f =", "move ||")],
            "",
        ),
        ("E0382", "", vec![("value moved here", "let w =", "v")], ""),
        (
            "E0382",
            "",
            vec![("variable moved due to use in coroutine", "", "v")],
            "the task",
        ),
        (
            "E0499",
            "",
            vec![("first mutable borrow occurs here", SPAWN, "||")],
            "one thread",
        ),
        (
            "E0499",
            "",
            vec![("first mutable borrow occurs here", "", "v[0]")],
            "",
        ),
        (
            "E0499",
            "",
            vec![("first borrow later used by call", "", "rayon::join")],
            "one thread",
        ),
        (
            "E0373",
            outlive,
            vec![(required, "", blocking)],
            "write `move` before it",
        ),
        ("E0502", "", vec![scope], "one thread"),
        ("E0502", "", vec![rayon], "one thread"),
        (
            "E0597",
            "",
            vec![(argument, "", "std::thread::spawn(move || r.len())")],
            "the thread may",
        ),
        ("E0597", "", vec![(argument, "", in_task)], "the task may"),
        (
            "E0597",
            "",
            vec![(argument, "", "keep(&x)"), scope],
            "above the scope",
        ),
        ("E0597", "", vec![("borrow later used here", "", "r")], ""),
        (
            "E0521",
            "",
            vec![("`self` escapes the method body here", "", in_task)],
            "the task may",
        ),
        (
            "E0521",
            "",
            vec![("`s` escapes the function body here", "", "thread::spawn(f)")],
            "scope",
        ),
        (
            "E0521",
            "",
            vec![(
                "`self` escapes the method body here",
                SPAWN,
                "o.push(&self.0)",
            )],
            "",
        ),
        (
            "E0308",
            "mismatched types",
            vec![("expected `i32`, found future", "", "f()")],
            "`.await`",
        ),
        (
            "E0308",
            "mismatched types",
            vec![("expected `i32`, found `&str`", "", "\"f\"")],
            "",
        ),
        (
            "E0728",
            "",
            vec![("this is not `async`", TIMEIT, "||")],
            "`:timeit` runs a closure",
        ),
        (
            "E0728",
            "",
            vec![("this is not `async`", "", "fn f()")],
            "`async fn`",
        ),
    ] {
        check(code, message, &labels, &[], expected);
    }
}

#[test]
fn notes_tell_what_else_has_to_be_known() {
    let fn_closure = "cannot assign to `n`, as it is a captured variable in a `Fn` closure";
    let joined = "`std::thread::JoinHandle::<T>::join` takes ownership of the receiver `self`";
    let out_of = |what: &str| format!("cannot move out of {what}");
    let accept: Labelled = (
        "change this to accept `FnMut` instead of `Fn`",
        "",
        "impl Fn()",
    );
    let handle: Labelled = ("expected `i32`, found `JoinHandle<i32>`", "", "h");
    let shared = "`Cell<i32>` cannot be shared between threads safely";
    let future = "future cannot be sent between threads safely";
    for (code, message, label, note, expected) in [
        (
            "E0277",
            shared,
            None,
            "shared static variables must",
            "`static COUNT",
        ),
        (
            "",
            future,
            Some(("has type `MutexGuard<'_, i32>` which", "", "g")),
            "",
            "lock is let go",
        ),
        (
            "",
            future,
            Some(("has type `Rc<i32>` which", "", "r")),
            "",
            "use `Arc`",
        ),
        ("", future, None, "", "after each `.await`"),
        ("E0594", fn_closure, None, "", "collect()"),
        ("E0594", fn_closure, Some(accept), "", ""),
        (
            "E0507",
            &out_of("`*h`, behind a shared reference"),
            None,
            joined,
            "without `&`",
        ),
        (
            "E0507",
            &out_of("index of `Vec<JoinHandle<()>>`"),
            None,
            joined,
            "`pop()`",
        ),
        (
            "E0507",
            &out_of("`self.h`, behind a mutable reference"),
            None,
            joined,
            ".take()",
        ),
        (
            "E0507",
            &out_of("`s.name`, behind a shared reference"),
            None,
            "",
            "",
        ),
        (
            "E0599",
            "",
            None,
            "trait `IntoParallelIterator` is implemented but not in scope",
            "prelude",
        ),
        (
            "E0308",
            "",
            Some(handle),
            "found struct `twoaxes::prelude::tokio::task::JoinHandle<i32>`",
            "`handle.await?`",
        ),
        (
            "E0308",
            "",
            Some(handle),
            "found struct `std::thread::JoinHandle<i32>`",
            ".join()",
        ),
        (
            "E0599",
            "",
            None,
            "trait `Read` is implemented but not in scope",
            "",
        ),
    ] {
        check(code, message, &Vec::from_iter(label), &[note], expected);
    }
}

#[test]
fn what_timeit_becomes_is_known() {
    assert!(commands::REPEAT.starts_with(TIMEIT));
}
