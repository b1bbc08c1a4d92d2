//! Space-time diagrams as text, SVG and HTML.

use proptest::prelude::*;

use crate::model::{EventId, Execution, ProcessId};
use crate::plot::tests::{assert_self_contained, assert_well_formed};

fn example() -> Execution {
    let mut run = Execution::builder();
    let (p, q) = (run.process("P"), run.process("Q"));
    run.local(p, "a");
    run.send(p, "m");
    run.local(q, "c");
    run.receive(q, "m");
    run.send(q, "gone");
    run.build().unwrap()
}

/// Each event is on the next process, and every third sends to the one 16
/// further on.
fn large(processes: usize, events: usize) -> Execution {
    let mut run = Execution::builder();
    let ids: Vec<ProcessId> = (0..processes)
        .map(|n| run.process(format!("process {n}")))
        .collect();
    for event in 0..events {
        let id = run.local(ids[event * 7 % processes], &format!("e{event}"));
        if event >= 16 && event % 3 == 0 {
            run.message(EventId(event - 16), id, &format!("m{event}"));
        }
    }
    run.build().unwrap()
}

#[test]
fn an_execution_in_characters() {
    insta::assert_snapshot!(example().diagram().figure().text(), @r"
    One execution: 5 events on 2 processes
    Space-time diagram of 5 events on 2 processes with 2 messages (1 lost); 2 pairs of events are concurrent.
    event      process     kind  Lamport  vector clock
    a                P    local        1        [1, 0]
    c                Q    local        1        [0, 1]
    send m           P     send        2        [2, 0]
    receive m        Q  receive        3        [2, 2]
    send gone        Q     send        4        [2, 3]
    message gone is lost
    ");
}

#[test]
fn events_that_are_not_drawn_leave_no_gap() {
    let mut run = Execution::builder();
    let ids: Vec<_> = (0..17).map(|n| run.process(format!("P{n}"))).collect();
    let mut last = run.local(ids[16], "hidden");
    for _ in 0..5000 {
        last = run.local(ids[16], "hidden");
    }
    let first = run.local(ids[0], "seen");
    run.message(last, first, "m");
    let width = |run: &Execution| {
        let svg = run.diagram().figure().svg().to_owned();
        let width = svg
            .split("width=\"")
            .nth(1)
            .and_then(|w| w.split('"').next());
        width.unwrap().parse::<f64>().unwrap()
    };
    assert!(width(&run.build().unwrap()) < 1500.0);
}

#[test]
fn an_execution_as_svg() {
    let svg = example().diagram().figure().svg().to_owned();
    assert_well_formed(&svg);
    insta::assert_snapshot!(svg.replace('>', ">\n"));
}

#[test]
fn events_tell_what_lies_around_them() {
    let diagram = example().diagram();
    let html = diagram.html();
    assert_self_contained(html);
    assert_well_formed(html);
    assert!(html.contains(
        "aria-label=\"send m on P, send, Lamport clock 2, vector clock [2, 0]: 1 event before, 2 after, 1 concurrent\""
    ));
    assert_eq!(html.matches("tabindex=\"0\"").count(), 1);
    assert_eq!(html.matches("tabindex=\"-1\"").count(), 4);
    assert_eq!(html.matches("class=\"h\"").count(), 5, "a ring for each");
    assert!(html.contains("data-lm-suppress-shortcuts=\"true\""));
    let plain = diagram.figure().svg();
    assert!(!plain.contains("onfocus") && !plain.contains("tabindex"));
}

#[test]
fn what_is_left_out_is_told() {
    let check = |run: &Execution, expected: &[&str]| {
        let diagram = run.diagram();
        for sentence in expected {
            assert!(diagram.figure().svg().contains(sentence), "{sentence}");
            assert!(diagram.figure().text().contains(sentence), "{sentence}");
        }
        let size = diagram.html().len();
        assert!(size < 250_000, "{size} bytes");
    };
    check(
        &large(16, 5000),
        &[
            "Only the first 150 of 5000 events are drawn.",
            "The vector clocks do not fit; the table has them.",
        ],
    );
    check(
        &large(30, 90),
        &["Only the first 16 of 30 processes are drawn."],
    );
    // One column an event.
    check(&large(1, 5000), &["Only the first 150 of 5000 events"]);
}

#[test]
fn nothing_can_be_drawn_too() {
    let diagram = Execution::builder().build().unwrap().diagram();
    assert_well_formed(diagram.html());
    assert!(diagram.figure().title().contains("nothing happens"));
}

proptest! {
    /// Names are the caller's and may hold anything.
    #[test]
    fn names_cannot_break_out(process in any::<String>(), name in any::<String>(), message in "[<>&'\"a-z]{0,12}") {
        let mut run = Execution::builder();
        let (p, q) = (run.process(&process), run.process(" data-e=\"\">"));
        run.local(p, &name);
        run.send(p, &message);
        run.receive(q, &message);
        run.send(q, "<script>");
        let diagram = run.build().unwrap().diagram();
        assert_well_formed(diagram.html());
        assert_well_formed(diagram.figure().svg());
        prop_assert_eq!(diagram.html().matches("class=\"h\"").count(), 4);
        prop_assert!(!diagram.html().contains("<script"));
    }
}
