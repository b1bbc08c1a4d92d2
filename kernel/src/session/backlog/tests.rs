//! What gives way to what, as tables.

use serde_json::{Map, Value};

use super::*;
use crate::engine::MimeBundle;

/// `A=1` updates the display A, `A:1` shows it, `!` clears, `.` starts a cell, `...` waits;
/// all else is printed.
fn pushed(words: &str) -> Backlog {
    let mut backlog = Backlog::default();
    let mut now = Instant::now();
    for word in words.split_whitespace() {
        if word == "..." {
            now += OLD;
            continue;
        }
        backlog.push(notice(word), now);
    }
    backlog
}

fn notice(word: &str) -> Notice {
    let data = |text: &str| -> MimeBundle {
        Map::from_iter([("text/plain".to_owned(), Value::from(text))])
    };
    if let Some((id, text)) = word.split_once('=') {
        return Notice::Output(Output::UpdateDisplay {
            data: data(text),
            metadata: Map::new(),
            display_id: id.to_owned(),
        });
    }
    if let Some((id, text)) = word.split_once(':') {
        return Notice::Output(Output::Display {
            data: data(text),
            metadata: Map::new(),
            display_id: Some(id.to_owned()),
        });
    }
    match word {
        "!" => Notice::Output(Output::Clear { wait: false }),
        "." => Notice::Started,
        _ => Notice::Output(Output::Stream {
            name: StreamName::Stdout,
            text: word.to_owned(),
        }),
    }
}

fn word(notice: Notice) -> String {
    let text = |data: &MimeBundle| data["text/plain"].as_str().unwrap().to_owned();
    match notice {
        Notice::Output(Output::UpdateDisplay {
            data, display_id, ..
        }) => format!("{display_id}={}", text(&data)),
        Notice::Output(Output::Display {
            data,
            display_id: Some(id),
            ..
        }) => format!("{id}:{}", text(&data)),
        Notice::Output(Output::Clear { .. }) => "!".to_owned(),
        Notice::Output(Output::Stream { text, .. }) => text,
        Notice::Started => ".".to_owned(),
        other => panic!("{other:?} has no word"),
    }
}

#[test]
fn an_update_gives_way_to_a_later_one_and_nothing_changes_its_place() {
    for (came, left) in [
        ("A=1", "A=1"),
        ("A=1 A=2 A=3", "A=3"),
        ("A=1 B=1 A=2 B=2", "A=2 B=2"),
        ("A:0 A=1 A=2", "A:0 A=2"),
        // Text is where it was; the display is what it is by then.
        ("A=1 x A=2 y", "x A=2 y"),
        // Another display, or what stands after a clearing, is another thing.
        ("A=1 ! A=2", "A=1 ! A=2"),
        ("A=1 A:0 A=2", "A=1 A:0 A=2"),
        ("A=1 B:0 A=2", "B:0 A=2"),
        ("A=1 . A=2", "A=1 . A=2"),
        // One that has waited is shown, and the ones behind it give way again.
        ("A=1 x ... A=2 y A=3", "A=1 x y A=3"),
        ("A=1 A=2 ... A=3", "A=2 A=3"),
    ] {
        let mut backlog = pushed(came);
        let found: Vec<String> = std::iter::from_fn(|| backlog.pop()).map(word).collect();
        assert_eq!(found.join(" "), left, "of {came}");
        assert_eq!(backlog.bytes, 0, "{came}");
    }
}

#[test]
fn room_is_bounded_in_reports_and_in_bytes() {
    let now = Instant::now();
    let mut backlog = Backlog::default();
    while backlog.has_room() {
        backlog.push(notice("x"), now);
    }
    assert_eq!(backlog.queue.len(), REPORTS);
    let mut backlog = pushed(&"x".repeat(BYTES));
    assert!(!backlog.has_room());
    assert_eq!(backlog.pop_text(StreamName::Stderr), None);
    assert_eq!(backlog.pop_text(StreamName::Stdout).unwrap().len(), BYTES);
    assert!(backlog.has_room());
    // Updates of one display take the room of one.
    for number in 0..10 * REPORTS {
        backlog.push(notice(&format!("A={number}")), now);
    }
    assert!(backlog.has_room());
}
