//! Programs that are refused, expressions, and programs as text.

use super::*;

#[test]
fn what_is_wrong_with_a_program_is_told() {
    let one = || Program::builder().shared("x", 0).lock("m");
    let with = |steps: fn(Steps) -> Steps| one().thread("A", steps);
    let check = |builder: ProgramBuilder, expected: &str| {
        let message = builder.build().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    check(one(), "no threads");
    let nine = (0..9).fold(one(), |b, n| b.thread(format!("t{n}"), |t| t));
    check(nine, "9 threads and at most 8");
    let many = (0..65).fold(one(), |b, n| b.lock(format!("l{n}")));
    check(many.thread("A", |t| t), "shares 67");
    check(
        with(|t| t.times(usize::MAX, |t| t.set("r", 0))),
        "more than 10000 statements",
    );
    check(
        with(|t| (0..65).fold(t, |t, n| t.set(format!("r{n}"), 0))),
        "65 registers",
    );
    check(one().lock("x").thread("A", |t| t), "\"x\" is given twice");
    check(
        one().lock("a b").thread("A", |t| t),
        "\"a b\" is not a name",
    );
    check(one().channel("q", 0).thread("A", |t| t), "room for 0");
    check(
        with(|t| t.load("r", "z")),
        "no shared variable \"z\": add it with .shared(\"z\", 0)",
    );
    check(with(|t| t.lock("x")), "no lock \"x\"");
    check(with(|t| t.wait("c", "m")), "no condition \"c\"");
    check(with(|t| t.send("q", 1)), "no channel \"q\"");
    check(with(|t| t.store("x", "r + 1")), "write it first");
    check(
        with(|t| t.store("x", "x + 1")),
        "x is shared, so read it in a step of its own",
    );
    check(with(|t| t.jump("there")), "no such label");
    check(with(|t| t.label("l").label("l")), "\"l\" is given twice");
    check(with(|t| t.set("1r", 0)), "\"1r\" is not a name");
    check(with(|t| t).ensure("y == 1"), "there is no \"y\"");
    check(with(|t| t).observe("A", "r"), "there is no \"A.r\"");
    let step = Program::increments(&[1])
        .replay(&[0, 0, 0])
        .unwrap_err()
        .to_string();
    assert_eq!(
        step,
        "step 2 of the schedule is thread 0, which cannot move then: nobody can"
    );
}

#[test]
fn expressions_mean_what_they_mean_in_rust() {
    let value = |text: &str| {
        let steps = |t: Steps| t.set("r", 7).store("x", text);
        let program = Program::builder()
            .shared("x", 0)
            .thread("A", steps)
            .build()?;
        let found = program.explore();
        Ok::<_, ProgramError>(found.outcomes()[0].value("x").unwrap())
    };
    for (text, expected) in [
        ("r", 7),
        (" r+1 ", 8),
        ("1 + r", 8),
        ("2 + 3 * 4 - 1", 13),
        ("(2 + 3) * 4", 20),
        ("10 - 3 - 2", 5),
        ("-r + 1", -6),
        ("--r", 7),
        ("7 / 2 % 2", 1),
        ("-7 / 2", -3),
        ("1 < 2 && 2 <= 2 || 0", 1),
        ("!(r >= 7) == 0", 1),
        ("!r != 1", 1),
        ("1_000", 1000),
        ("0 && 1 || 1", 1),
        ("3 > 2 == 1", 1),
    ] {
        assert_eq!(value(text), Ok(expected), "{text}");
    }
    for (text, at) in [
        ("", "at its end"),
        ("1 +", "a number or a name"),
        ("(1", "closing )"),
        ("1 1", "an operator or the end"),
        ("9223372036854775808", "below 2^63"),
        ("r ? 1", "? 1"),
        ("1é", "below 2^63"),
        ("=", "a number, a name"),
    ] {
        let message = value(text).unwrap_err().to_string();
        assert!(message.contains(at), "{message}");
    }
    let deep = format!("{}1{}", "(".repeat(100), ")".repeat(100));
    for text in [deep, "-".repeat(100_000) + "1", "1+(".repeat(40)] {
        assert!(value(&text).is_err());
    }
}

#[test]
fn increments_take_any_input() {
    for (rounds, threads) in [(vec![usize::MAX, 1], 2), (vec![1; 20], 8), (vec![], 1)] {
        let program = Program::increments(&rounds);
        assert_eq!(
            (program.threads().len(), program.notes().len()),
            (threads, 1)
        );
    }
    assert!(Program::increments(&[2, 2]).notes().is_empty());
}

#[test]
fn programs_and_runs_read_as_tables() {
    let program = Program::builder()
        .shared("x", 0)
        .lock("m")
        .channel("q", 2)
        .thread("A", |t| {
            t.load("r", "x")
                .when_else("r == 0", |t| t.store("x", 1), |t| t.send("q", "r"))
        })
        .thread("B", |t| {
            t.lock("m")
                .repeat_while("r < 2", |t| t.fetch_add("r", "x", 1))
                .unlock("m")
        })
        .ensure("x > 0")
        .build()
        .unwrap();
    insta::assert_snapshot!("a_program", program);
    insta::assert_snapshot!("a_run", program.replay(&[1, 0, 1, 1, 1]).unwrap());
    let lost = Program::increments(&[1, 1]).explore();
    insta::assert_snapshot!("a_lost_update", lost.failure().unwrap());
    let spin = Program::builder()
        .shared("flag", 0)
        .thread("A", |t| {
            t.load("r", "flag")
                .repeat_while("r == 0", |t| t.load("r", "flag"))
        })
        .thread("B", |t| t.store("flag", 1))
        .build()
        .unwrap();
    insta::assert_snapshot!("a_run_without_end", spin.explore().endless().unwrap());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[-+*/%()!<>=&|r0-9x_. ]{0,24}|.{0,12}") {
        let steps = |t: Steps| t.set("r", 3).store("x", &text).assert(text.clone());
        let program = Program::builder().shared("x", 0).thread("A", steps).ensure(text.clone()).build();
        if let Ok(program) = program {
            let _ = program.explore().failure();
        }
    }

    #[test]
    fn any_schedule_replays_or_is_refused(threads in prop::collection::vec(0..4_usize, 0..12)) {
        let program = Program::increments(&[2, 2]);
        if let Ok(schedule) = program.replay(&threads) {
            prop_assert_eq!(schedule.threads(), threads);
        }
    }
}
