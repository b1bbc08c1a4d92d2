//! The checks on closures with known bugs.

use std::time::Duration;

use super::*;

mod with_loom {
    use loom::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use loom::sync::{Arc, Mutex};
    use loom::thread;

    pub(super) fn lost_update() {
        let count = Arc::new(AtomicUsize::new(0));
        let other = Arc::clone(&count);
        let thread = thread::spawn(move || {
            let seen = other.load(SeqCst);
            other.store(seen + 1, SeqCst);
        });
        let seen = count.load(SeqCst);
        count.store(seen + 1, SeqCst);
        thread.join().unwrap();
        assert_eq!(count.load(SeqCst), 2, "an update was lost");
    }

    pub(super) fn opposite_locks() {
        let a = Arc::new(Mutex::new(0));
        let b = Arc::new(Mutex::new(0));
        let (a2, b2) = (Arc::clone(&a), Arc::clone(&b));
        let thread = thread::spawn(move || {
            let _b = b2.lock().unwrap();
            let _a = a2.lock().unwrap();
        });
        {
            let _a = a.lock().unwrap();
            let _b = b.lock().unwrap();
        }
        thread.join().unwrap();
    }
}

mod with_shuttle {
    use shuttle::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use shuttle::sync::{Arc, Mutex};
    use shuttle::thread;

    pub(super) fn lost_update() {
        let count = Arc::new(AtomicUsize::new(0));
        let other = Arc::clone(&count);
        let thread = thread::spawn(move || {
            let seen = other.load(SeqCst);
            other.store(seen + 1, SeqCst);
        });
        let seen = count.load(SeqCst);
        count.store(seen + 1, SeqCst);
        thread.join().unwrap();
        assert_eq!(count.load(SeqCst), 2, "an update was lost");
    }

    pub(super) fn opposite_locks() {
        let a = Arc::new(Mutex::new(0));
        let b = Arc::new(Mutex::new(0));
        let (a2, b2) = (Arc::clone(&a), Arc::clone(&b));
        let thread = thread::spawn(move || {
            let _b = b2.lock().unwrap();
            let _a = a2.lock().unwrap();
        });
        {
            let _a = a.lock().unwrap();
            let _b = b.lock().unwrap();
        }
        thread.join().unwrap();
    }
}

fn fails(verdict: &Verdict, kind: FailureKind, words: &str, closure: fn()) {
    println!("{verdict}\n{}", verdict.schedule().unwrap());
    let failure = verdict.failure().unwrap();
    assert_eq!(failure.kind, kind, "{verdict}");
    assert!(failure.message.contains(words), "{verdict}");
    let again = verdict.replay(closure);
    let repeated = again.failure().unwrap_or_else(|| panic!("{again}"));
    assert_eq!((repeated.kind, &repeated.message), (kind, &failure.message));
    let text = failure.schedule.as_ref().unwrap().to_string();
    let read: Schedule = text.parse().unwrap();
    assert_eq!(failure.schedule, Some(read));
}

#[test]
fn a_lost_update_is_found_and_replayed_by_every_search() {
    let check = |verdict, closure| {
        fails(&verdict, FailureKind::Panic, "an update was lost", closure);
    };
    check(
        exhaustive(with_loom::lost_update),
        with_loom::lost_update as fn(),
    );
    let closure = with_shuttle::lost_update;
    for verdict in [dfs(closure), random(7, closure), pct(7, closure)] {
        check(verdict, closure as fn());
    }
}

#[test]
fn opposite_locks_are_found_and_replayed_by_every_search() {
    let check = |verdict, closure| {
        fails(
            &verdict,
            FailureKind::Deadlock,
            "nothing can wake them",
            closure,
        );
    };
    check(
        exhaustive(with_loom::opposite_locks),
        with_loom::opposite_locks as fn(),
    );
    let closure = with_shuttle::opposite_locks;
    for verdict in [dfs(closure), random(7, closure), pct(7, closure)] {
        check(verdict, closure as fn());
    }
}

#[test]
fn a_limit_of_time_ends_a_search() {
    let short = Duration::from_millis(50);
    let verdict = Check::dfs().time(short).run(|| {
        let threads: Vec<_> = (0..6)
            .map(|_| shuttle::thread::spawn(shuttle::thread::yield_now))
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    });
    assert!(
        matches!(
            verdict,
            Verdict::Passed {
                stopped: Stopped::Time,
                ..
            }
        ),
        "{verdict}"
    );
}
