//! Logs: what is read, and which line is named when one cannot be.

use super::super::*;

const LOG: &str = r#"start
P {"P":1}
ask
P {"P":2}

asked
Q {"Q":1, "P":2}
answer
Q {"Q":2, "P":2}
answered
P {"P":3, "Q":2}
"#;

/// The names of messages as `ask -> asked`.
fn messages(run: &Execution) -> Vec<String> {
    let name = |id: EventId| run.event(id).unwrap().name.to_owned();
    let messages = run.messages().iter();
    messages
        .map(|m| format!("{} -> {}", name(m.from), name(m.to.unwrap())))
        .collect()
}

#[test]
fn a_log_in_the_default_format() {
    let run = Execution::from_shiviz(LOG).unwrap();
    assert_eq!(run.processes(), ["P", "Q"]);
    assert_eq!(messages(&run), ["ask -> asked", "answer -> answered"]);
    assert_eq!(run.vector_clock(EventId(4)), [3, 2]);
    assert_eq!(run.linear_extensions(), 1);
}

#[test]
fn other_ways_to_write_it() {
    let check = |log: &str| {
        let run = Execution::from_shiviz(log).unwrap();
        assert_eq!(messages(&run), ["a -> b"], "{log}");
        assert_eq!(run.vector_clock(run.event_named("b").unwrap()), [1, 1]);
    };
    check("a\nP {\"P\":1}\nb\nQ {\"P\":1,\"Q\":1}");
    check("a\r\nP {\"P\":1}\r\nb\r\nQ {\"P\":1,\"Q\":1}\r\n");
    // GoVector's way.
    check("P {\"P\":1}\na\nQ {\"P\":1,\"Q\":1}\nb\n");
    // A component of 0 is none.
    check("a\nP {\"P\":1,\"Q\":0,\"R\":0}\nb\nQ {\"P\":1,\"Q\":1}\n");
    // The file that ShiViz opens: pattern, delimiter, log.
    check(
        "(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)\n\nP {\"P\":1}\na\nQ {\"P\":1,\"Q\":1}\nb\n",
    );
}

#[test]
fn the_order_of_lines_does_not_matter() {
    let run = Execution::from_shiviz("b\nP {\"P\":2}\na\nP {\"P\":1}\n").unwrap();
    assert!(run.happens_before(run.event_named("a").unwrap(), run.event_named("b").unwrap()));
}

#[test]
fn one_event_may_take_over_from_two_and_give_to_two() {
    let log = "a\nP {\"P\":1}\nb\nQ {\"Q\":1}\nc\nR {\"R\":1,\"P\":1,\"Q\":1}\nd\nS {\"S\":1,\"R\":1,\"P\":1,\"Q\":1}\ne\nT {\"T\":1,\"R\":1,\"P\":1,\"Q\":1}\n";
    let run = Execution::from_shiviz(log).unwrap();
    assert_eq!(messages(&run), ["a -> c", "b -> c", "c -> d", "c -> e"]);
    let kind = |name| run.event(run.event_named(name).unwrap()).unwrap().kind;
    assert_eq!((kind("a"), kind("c")), (EventKind::Send, EventKind::Both));
    assert_eq!(run.linear_extensions(), 4);
}

#[test]
fn several_executions_in_one_log() {
    let format = ShivizFormat::new(r"(?<event>.*)\n(?<host>\S*) (?<clock>{.*})").unwrap();
    let format = format.delimiter("^=== (?<trace>.*) ===$").unwrap();
    let log = "=== first ===\na\nP {\"P\":1}\n=== second ===\nb\nQ {\"Q\":1}\nc\nQ {\"Q\":2}\n";
    let runs = format.read_all(log).unwrap();
    let seen: Vec<_> = runs
        .iter()
        .map(|(name, run)| (name.as_str(), run.len()))
        .collect();
    assert_eq!(seen, [("first", 1), ("second", 2)]);
    let file = format!("(?<event>.*)\\n(?<host>\\S*) (?<clock>{{.*}})\n^===.*$\n{log}");
    let error = Execution::from_shiviz(&file).unwrap_err().to_string();
    assert!(error.contains("the log holds 2 executions"), "{error}");
    let runs = Execution::all_from_shiviz(&file).unwrap();
    let names: Vec<_> = runs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["1", "2"]);
    let one = file.split("=== second").next().unwrap();
    assert_eq!(Execution::from_shiviz(one).unwrap().len(), 1);
    let broken = log.replace("\"Q\":2", "\"Q\":3");
    assert_eq!(format.read_all(&broken).unwrap_err().line, 8);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_part_of_a_log() {
    let check = |log: &str| {
        let log = format!("\u{feff}{}", log.replace('\n', "\r\n"));
        let run = Execution::from_shiviz(&log).unwrap();
        assert_eq!(run.processes(), ["P"], "{log:?}");
        assert_eq!(run.events().next().unwrap().name, "start", "{log:?}");
    };
    check("start\nP {\"P\":1}\n");
    check("P {\"P\":1}\nstart\n");
    check("(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)\n\nP {\"P\":1}\nstart\n\n\n");
    let format = ShivizFormat::new(r"(?<host>\S*) (?<clock>{.*}) (?<event>.*)").unwrap();
    let run = format.read("\u{feff}P {\"P\":1} start").unwrap();
    assert_eq!(run.processes(), ["P"]);
}

#[test]
fn an_empty_delimiter_parts_nothing() {
    let format = ShivizFormat::new(r"(?<event>.*)\n(?<host>\S*) (?<clock>{.*})").unwrap();
    let format = format.delimiter("").unwrap();
    let runs = format.read_all("a\nP {\"P\":1}\nb\nP {\"P\":2}\n").unwrap();
    assert_eq!((runs.len(), runs[0].1.len()), (1, 2));
}

#[test]
fn a_malformed_log_names_the_line() {
    let check = |log: &str, expected: &str| {
        let error = Execution::from_shiviz(log).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    };
    let log = |line: &str| format!("a\nP {{\"P\":1}}\nb\n{line}\nc\nQ {{\"Q\":1}}\n");
    check("", "no event was found");
    check(
        "just text\nand more",
        "line 1: `just text` is not part of an event",
    );
    check(&log("P {\"P\":2"), "line 3: `b` is not part of an event");
    check(
        &log("P {\"P\" 2}"),
        "line 4: the clock `{\"P\" 2}` cannot be read",
    );
    check(
        &log("P {\"P\":-2}"),
        "line 4: component P of the clock is -2",
    );
    check(
        &log("P {\"P\":2.5}"),
        "line 4: component P of the clock is 2.5",
    );
    check(
        &log("P {\"P\":9999999999}"),
        "line 4: component P of the clock is 9999999999",
    );
    check(
        &log("P {\"Q\":1}"),
        "line 4: the clock of P has no component P",
    );
    check(&log(" {\"P\":2}"), "line 4: the host has no name");
    check(
        &log("P {\"P\":1}"),
        "line 4: P has its event number 1 here and on line 2",
    );
    check(
        &log("P {\"P\":3}"),
        "line 4: P goes from event number 1 to 3",
    );
    check(
        &log("R {\"R\":2}"),
        "line 4: R goes from event number 0 to 2",
    );
    check(
        &log("P {\"P\":2,\"Q\":2}"),
        "line 4: the clock knows of event number 2 of Q, and Q has 1",
    );
    check(
        &log("P {\"P\":2,\"X\":1}"),
        "line 4: the clock knows of event number 1 of X, and X has 0",
    );
    check(
        "a\nP {\"P\":1,\"Q\":1}\nb\nQ {\"Q\":1,\"P\":1}\n",
        "line 2: no event can happen before itself",
    );
    check(
        "a\nP {\"P\":1}\nb\nQ {\"Q\":1,\"P\":1}\nc\nR {\"R\":1,\"Q\":1}\n",
        "line 6: nobody could have the clock {\"Q\":1,\"R\":1}",
    );
    check(
        "a\nP {\"P\":1}\nb\nQ {\"Q\":1,\"P\":1}\nc\nQ {\"Q\":2}\n",
        "line 6: nobody could have the clock {\"Q\":2}",
    );
    check(
        "a\nP {\"P\":1}\ntrailing\n",
        "line 3: `trailing` is not part of an event",
    );
}

#[test]
fn bad_patterns_say_what_is_wrong() {
    let check = |pattern: &str, expected: &str| {
        let error = Execution::from_shiviz_with(LOG, pattern)
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{error}");
    };
    check("(?<host>", "the pattern cannot be used");
    check("(?=x)(?<host>.)", "look-around");
    check("(?<host>.)(?<event>.)", "no group (?<clock>");
    check(
        "(?<host>.)(?<event>.)(?<clock>(.{1000}){1000})",
        "the pattern cannot be used",
    );
    check(&"x".repeat(1001), "a pattern of 1001 bytes");
    check(
        "(?<host>)(?<event>)(?<clock>)",
        "`start` is not part of an event",
    );
    check(
        "(?<host>zz)(?<event>)(?<clock>)",
        "`start` is not part of an event",
    );
}

/// For a backtracking engine, this takes for ever.
#[test]
fn hostile_patterns_end() {
    let log = "a".repeat(200_000);
    let error = Execution::from_shiviz_with(&log, "(?<host>(a*)*b)(?<clock>)(?<event>)");
    assert!(error.is_err());
    let log = "a".repeat(20_000);
    let error = Execution::from_shiviz_with(&log, "(?s)(?<host>a)(?<clock>)(?<event>)(.*z)?");
    assert!(error.is_err());
    let error = Execution::from_shiviz(&"P {\"P\":1} ".repeat(50_000));
    assert!(error.is_err());
}

#[test]
fn long_events_are_read_whole() {
    let long = "long ".repeat(4000);
    let log = format!("{long}\nP {{\"P\":1}}\nshort\nP {{\"P\":2}}\n");
    let run = Execution::from_shiviz(&log).unwrap();
    assert_eq!(
        (run.len(), run.event(EventId(0)).unwrap().name),
        (2, &*long)
    );
    let too_long = format!("{}\nP {{\"P\":1}}\n", "x".repeat(100_000));
    assert_eq!(Execution::from_shiviz(&too_long).unwrap_err().line, 1);
}

#[test]
fn names_that_a_log_cannot_hold() {
    let mut run = Execution::builder();
    for name in ["big \"server\"", "big \"server\"", "", "é{}"] {
        let process = run.process(name);
        run.local(process, "two\nlines");
        run.local(process, "");
        run.local(process, "P {\"P\":1}");
    }
    let run = run.build().unwrap();
    let again = Execution::from_shiviz(&run.to_shiviz()).unwrap();
    assert_eq!(
        again.processes(),
        ["big_\"server\"", "big_\"server\"_2", "process", "é{}"]
    );
    assert_eq!(again.concurrent_pairs_count(), run.concurrent_pairs_count());
    assert_eq!(again.event(EventId(0)).unwrap().name, "two lines");
}
