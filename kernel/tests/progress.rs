//! What a cell waits for, as a front end sees it, and that nothing of it stays.

// A test says what it expects, in its helpers too.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::time::Instant;

use serde_json::{Value, json};
use support::client::{Client, Received};
use support::fake::Call;
use support::{Kernel, start};
use twoaxes_kernel::session::Signal;

/// Steps of a cell (`hold` ends when a text was shown), and its outputs.
const CELLS: &[(&str, &[&str])] = &[
    // A short wait shows nothing.
    ("wait:a;on", &[]),
    ("wait:a;on;print:x", &["stream x"]),
    ("wait:a", &[]),
    // A long one does, and leaves nothing.
    ("wait:a;hold;on", &["display_data a", "clear_output"]),
    ("wait:a;hold", &["display_data a", "clear_output"]),
    (
        "wait:a;hold;on;print:x",
        &["display_data a", "clear_output", "stream x"],
    ),
    // The text changes in place; the same text again is no message.
    (
        "wait:a;hold;wait:a;wait:b;hold;on",
        &["display_data a", "update_display_data b", "clear_output"],
    ),
    // It can wait twice.
    (
        "wait:a;hold;on;wait:b;hold;on",
        &[
            "display_data a",
            "clear_output",
            "display_data b",
            "clear_output",
        ],
    ),
    // Only the last of many texts counts.
    (
        "wait:1;wait:2;wait:3;hold",
        &["display_data 3", "clear_output"],
    ),
    // Own output takes its place, and is never cleared.
    (
        "wait:a;hold;print:x;wait:b;pass;on;print:y",
        &["display_data a", "clear_output", "stream x", "stream y"],
    ),
    ("print:x;wait:a;pass;on", &["stream x"]),
    // What changes another cell's display is no output of this one.
    (
        "wait:a;hold;update:u;wait:b;hold",
        &[
            "display_data a",
            "update_display_data u",
            "update_display_data b",
            "clear_output",
        ],
    ),
    // Text is no markup.
    (
        "wait:<b> & c;hold",
        &["display_data <b> & c", "clear_output"],
    ),
];

#[test]
fn a_wait_is_shown_and_leaves_nothing() {
    let kernel = start();
    let client = kernel.client();
    for (steps, expected) in CELLS {
        let outputs = run(&kernel, &client, steps);
        assert_eq!(described(&outputs), *expected, "{steps}");
        assert_one_display_at_a_time(&outputs);
    }
}

#[test]
fn texts_come_at_a_pace_and_the_last_one_does() {
    let kernel = start();
    let client = kernel.client();
    let texts: Vec<String> = (1..=500).map(|text| format!("wait:{text}")).collect();
    let begin = Instant::now();
    let cell = client.execute(&format!("steps wait:0;hold;{};hold", texts.join(";")));
    let mut updates = 0_u128;
    loop {
        let message = client.on_iopub();
        let text = message.content["data"]["text/plain"].as_str();
        if matches!(text, Some("0 …" | "500 …")) {
            kernel.signals.send(Signal::Interrupt).unwrap();
        }
        updates += u128::from(message.kind == "update_display_data");
        if message.parent == cell && message.content["execution_state"] == "idle" {
            break;
        }
    }
    let most = begin.elapsed().as_millis() / 100 + 1;
    assert!((1..=most).contains(&updates), "{updates} updates");
}

#[test]
fn a_wait_that_began_before_the_cell_is_shown_in_it() {
    let kernel = start();
    let client = kernel.client();
    client.run(json!({"code": "leave a wait"}));
    let outputs = run(&kernel, &client, "hold;on");
    assert_eq!(described(&outputs), ["display_data a wait", "clear_output"]);
}

#[test]
fn a_silent_cell_shows_no_wait() {
    let kernel = start();
    let client = kernel.client();
    let (_, outputs) = client.run(json!({"code": "steps wait:a;pass;on", "silent": true}));
    assert!(outputs.is_empty(), "{outputs:?}");
}

#[test]
fn a_question_takes_the_place_of_a_wait() {
    let kernel = start();
    let client = kernel.client();
    let cell = client.request(
        "execute_request",
        json!({"code": "steps wait:a;hold;ask", "allow_stdin": true}),
    );
    let mut seen = Vec::new();
    while seen.last().is_none_or(|kind| kind != "clear_output") {
        let message = client.on_iopub();
        if message.kind == "display_data" {
            kernel.signals.send(Signal::Interrupt).unwrap();
        }
        seen.push(message.kind);
    }
    assert_eq!(client.reply_to(&cell).content["status"], "ok");
}

#[test]
fn an_error_and_a_shutdown_leave_nothing_of_a_wait() {
    for (code, end) in [
        ("steps wait:a;hold;fail", Signal::Interrupt),
        ("steps wait:a;hold", Signal::Terminate),
    ] {
        let kernel = start();
        let client = kernel.client();
        let cell = client.execute(code);
        let mut kinds = Vec::new();
        loop {
            let message = client.on_iopub();
            if message.kind == "display_data" {
                kernel.signals.send(end).unwrap();
            }
            if message.parent == cell && message.content["execution_state"] == "idle" {
                break;
            }
            kinds.push(message.kind);
        }
        assert_eq!(
            kinds[kinds.len() - 2..],
            ["clear_output", "error"],
            "{code}"
        );
    }
}

/// Runs `steps` and lets it go on at each text that is shown.
fn run(kernel: &Kernel, client: &Client, steps: &str) -> Vec<Received> {
    let code = format!("steps {steps}");
    let cell = client.execute(&code);
    kernel.wait_for(|call| matches!(call, Call::Executed(started) if *started == code));
    let mut outputs = Vec::new();
    loop {
        let message = client.on_iopub();
        if message.parent != cell {
            continue;
        }
        if message.content["execution_state"] == "idle" {
            break;
        }
        if message.content["data"].is_object()
            && message.content["transient"]["display_id"] != "another cell's"
        {
            kernel.signals.send(Signal::Interrupt).unwrap();
        }
        outputs.push(message);
    }
    assert_eq!(client.reply_to(&cell).content["status"], "ok", "{steps}");
    outputs
}

fn described(outputs: &[Received]) -> Vec<String> {
    let described = |message: &Received| {
        let content = &message.content;
        let text = content["text"]
            .as_str()
            .or(content["data"]["text/plain"].as_str());
        match message.kind.as_str() {
            "status" | "execute_input" => None,
            kind => Some(
                format!("{kind} {}", text.unwrap_or_default().trim_end_matches(" …"))
                    .trim()
                    .to_owned(),
            ),
        }
    };
    outputs.iter().filter_map(described).collect()
}

/// An update names the display that stands, in HTML that stays text.
fn assert_one_display_at_a_time(outputs: &[Received]) {
    let mut standing: Option<Value> = None;
    for message in outputs {
        let id = message.content["transient"]["display_id"].clone();
        match message.kind.as_str() {
            "display_data" => {
                assert_eq!(standing.replace(id), None);
                let html = message.content["data"]["text/html"].as_str().unwrap();
                assert!(!html.contains("<b>"), "{html}");
            }
            "update_display_data" if id != "another cell's" => assert_eq!(standing, Some(id)),
            "clear_output" => {
                assert_eq!(message.content, json!({"wait": false}));
                standing = None;
            }
            _ => {}
        }
    }
    assert_eq!(standing, None);
}
