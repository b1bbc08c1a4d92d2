//! Small programs that are known, each with the outcome that it allows or
//! forbids.

use super::*;

/// Endings and values, as one text, and whether anything can go wrong.
fn check(builder: ProgramBuilder, allowed: &[&str]) -> Exploration {
    let found = builder.build().unwrap().explore();
    assert!(found.is_complete());
    let labels: BTreeSet<String> = found.outcomes().iter().map(Outcome::label).collect();
    assert_eq!(
        labels.iter().map(String::as_str).collect::<Vec<_>>(),
        allowed
    );
    found
}

#[test]
fn store_buffering_forbids_that_both_read_0() {
    let builder = Program::builder()
        .shared("x", 0)
        .shared("y", 0)
        .thread("A", |t| t.store("x", 1).load("r", "y"))
        .thread("B", |t| t.store("y", 1).load("r", "x"))
        .observe("A", "r")
        .observe("B", "r")
        .ensure("A.r + B.r > 0");
    let found = check(
        builder,
        &[
            "x = 1, y = 1, A.r = 0, B.r = 1",
            "x = 1, y = 1, A.r = 1, B.r = 0",
            "x = 1, y = 1, A.r = 1, B.r = 1",
        ],
    );
    assert!(found.failure().is_none());
}

#[test]
fn message_passing_forbids_a_flag_without_its_data() {
    let builder = Program::builder()
        .shared("data", 0)
        .shared("flag", 0)
        .thread("writer", |t| t.store("data", 42).store("flag", 1))
        .thread("reader", |t| t.load("f", "flag").load("d", "data"))
        .observe("reader", "f")
        .observe("reader", "d")
        .ensure("!(reader.f == 1 && reader.d == 0)");
    let found = builder.build().unwrap().explore();
    assert_eq!((found.outcomes().len(), found.failure()), (3, None));
}

/// Enters with turn and flags; inside, nobody else may be.
fn peterson(t: Steps, me: &str, other: &str, turn: i64, polite: bool) -> Steps {
    let t = if polite {
        t.store(me, 1).store("turn", turn)
    } else {
        t.store("turn", turn).store(me, 1)
    };
    t.load("f", other)
        .load("w", "turn")
        .repeat_while(format!("f == 1 && w == {turn}"), |t| {
            t.load("f", other).load("w", "turn")
        })
        .fetch_add("before", "inside", 1)
        .assert("before == 0")
        .fetch_add("before", "inside", -1)
        .store(me, 0)
}

#[test]
fn petersons_lock_keeps_others_out_and_needs_its_order() {
    let build = |polite| {
        Program::builder()
            .shared("a", 0)
            .shared("b", 0)
            .shared("turn", 0)
            .shared("inside", 0)
            .thread("A", |t| peterson(t, "a", "b", 2, polite))
            .thread("B", |t| peterson(t, "b", "a", 1, polite))
            .build()
            .unwrap()
            .explore()
    };
    let right = build(true);
    assert!(right.is_complete() && right.failure().is_none());
    assert!(right.outcomes().iter().all(|o| o.ending().is_good()));
    // Spinning alone is endless, and no fair scheduler would do it.
    assert!(right.interleavings().is_infinite() && right.traces().is_infinite());
    assert_eq!(right.endless().unwrap().starved().len(), 1);
    let wrong = build(false);
    let failure = wrong.failure().unwrap();
    assert!(
        failure
            .ending()
            .unwrap()
            .to_string()
            .contains("assert before == 0")
    );
}

#[test]
fn two_locks_in_opposite_order_deadlock() {
    let builder = Program::builder()
        .lock("m")
        .lock("n")
        .thread("A", |t| t.lock("m").lock("n").unlock("n").unlock("m"))
        .thread("B", |t| t.lock("n").lock("m").unlock("m").unlock("n"));
    let found = check(builder, &["deadlock", "finished"]);
    let [deadlock] = found.deadlocks()[..] else {
        panic!()
    };
    assert_eq!((deadlock.preemptions(), deadlock.steps().len()), (1, 2));
    assert_eq!(
        deadlock.ending().unwrap().to_string(),
        "deadlock: A stands at `lock n` and waits for B; B stands at `lock m` and waits for A"
    );
}

#[test]
fn a_thread_that_locks_twice_waits_for_itself() {
    let builder = Program::builder()
        .lock("m")
        .thread("A", |t| t.lock("m").lock("m"));
    let found = check(builder, &["deadlock"]);
    let ending = found.failure().unwrap().ending().unwrap().to_string();
    assert_eq!(
        ending,
        "deadlock: A stands at `lock m` and waits for itself"
    );
}

#[test]
fn three_philosophers_deadlock_unless_one_is_left_handed() {
    let dine = |left_handed: bool| {
        let eat = |first: &'static str, second: &'static str| {
            move |t: Steps| t.lock(first).lock(second).unlock(second).unlock(first)
        };
        Program::builder()
            .lock("f1")
            .lock("f2")
            .lock("f3")
            .thread("P1", eat("f1", "f2"))
            .thread("P2", eat("f2", "f3"))
            .thread(
                "P3",
                if left_handed {
                    eat("f1", "f3")
                } else {
                    eat("f3", "f1")
                },
            )
            .build()
            .unwrap()
            .explore()
    };
    let stuck = dine(false);
    let [deadlock] = stuck.deadlocks()[..] else {
        panic!()
    };
    // P3 takes f3, P2 takes f2 and must wait for f3, and then P1 takes f1.
    assert_eq!((deadlock.preemptions(), deadlock.steps().len()), (1, 3));
    assert!(dine(true).failure().is_none());
}

#[test]
fn a_wakeup_before_the_wait_is_lost_unless_the_flag_is_looked_at() {
    let build = |looks: bool| {
        let base = Program::builder()
            .shared("ready", 0)
            .lock("m")
            .condition("c");
        base.thread("waiter", |t| {
            let t = t.lock("m");
            let t = if looks {
                t.load("r", "ready")
                    .repeat_while("r == 0", |t| t.wait("c", "m").load("r", "ready"))
            } else {
                t.wait("c", "m")
            };
            t.unlock("m")
        })
        .thread("waker", |t| {
            t.lock("m").store("ready", 1).notify_one("c").unlock("m")
        })
    };
    let lost = check(build(false), &["ready = 1", "ready = 1, deadlock"]);
    assert_eq!(lost.failure().unwrap().preemptions(), 0);
    check(build(true), &["ready = 1"]);
}

#[test]
fn notify_one_wakes_the_first_and_notify_all_everybody() {
    let build = |all: bool| {
        let waits = |t: Steps| {
            t.lock("m")
                .load("r", "open")
                .repeat_while("r == 0", |t| t.wait("c", "m").load("r", "open"))
                .unlock("m")
        };
        Program::builder()
            .shared("open", 0)
            .lock("m")
            .condition("c")
            .thread("A", waits)
            .thread("B", waits)
            .thread("C", |t| {
                let t = t.lock("m").store("open", 1);
                if all {
                    t.notify_all("c")
                } else {
                    t.notify_one("c")
                }
                .unlock("m")
            })
    };
    check(build(true), &["open = 1"]);
    check(build(false), &["open = 1", "open = 1, deadlock"]);
}

#[test]
fn an_exchange_in_a_loop_never_loses_an_increment() {
    let add = |t: Steps| {
        t.load("old", "x")
            .compare_exchange("seen", "x", "old", "old + 1")
            .repeat_while("seen != old", |t| {
                t.set("old", "seen")
                    .compare_exchange("seen", "x", "old", "old + 1")
            })
    };
    let base = Program::builder().shared("x", 0);
    let found = check(
        base.thread("A", add).thread("B", add).thread("C", add),
        &["x = 3"],
    );
    assert!(found.endless().is_none() && found.interleavings().is_exact());
    let at_once = |t: Steps| t.fetch_add("r", "x", 1);
    let base = Program::builder().shared("x", 0);
    check(base.thread("A", at_once).thread("B", at_once), &["x = 2"]);
}

#[test]
fn a_channel_keeps_its_order() {
    for (room, interleavings) in [(1, 1), (2, 4), (3, 5), (9, 5)] {
        let builder = Program::builder()
            .channel("q", room)
            .thread("producer", |t| t.send("q", 1).send("q", 2).send("q", 3))
            .thread("consumer", |t| {
                t.receive("a", "q").receive("b", "q").receive("c", "q")
            })
            .observe("consumer", "a")
            .observe("consumer", "b")
            .observe("consumer", "c");
        let found = check(builder, &["consumer.a = 1, consumer.b = 2, consumer.c = 3"]);
        // Ballot numbers: never more received than sent, never more than `room` on the way.
        assert_eq!(found.interleavings(), interleavings, "room for {room}");
    }
    let builder = Program::builder()
        .unbounded_channel("q")
        .thread("A", |t| t.receive("r", "q"));
    check(builder, &["deadlock"]);
}

#[test]
fn statements_fail_with_their_reason() {
    let check = |steps: fn(Steps) -> Steps, expected: &str| {
        let builder = Program::builder()
            .shared("x", i64::MAX)
            .lock("m")
            .condition("c");
        let found = builder.thread("A", steps).build().unwrap().explore();
        let ending = found.failure().unwrap().ending().unwrap().to_string();
        assert_eq!(ending, expected);
        assert_eq!((found.outcomes().len(), found.failures().len()), (1, 1));
    };
    check(
        |t| t.assert("1 > 2"),
        "A fails at `assert 1 > 2`: the assertion is false",
    );
    check(
        |t| t.load("r", "x").store("x", "r + 1"),
        "A fails at `store x = r + 1`: the value does not fit into 64 bits",
    );
    check(
        |t| t.set("r", 0).set("r", "1 / r"),
        "A fails at `r = 1 / r`: division by zero",
    );
    check(
        |t| t.unlock("m"),
        "A fails at `unlock m`: the thread does not hold that lock",
    );
    check(
        |t| t.wait("c", "m"),
        "A fails at `wait c with m`: the thread does not hold that lock",
    );
    check(
        |t| t.set("r", 0).label("top").set("r", "1 - r").jump("top"),
        "A fails at `go to top`: never ends: a loop without any shared step",
    );
}

#[test]
fn fetch_add_wraps_as_in_rust() {
    let builder = Program::builder()
        .shared("x", i64::MAX)
        .thread("A", |t| t.fetch_add("r", "x", 1));
    check(builder, &["x = -9223372036854775808"]);
}
