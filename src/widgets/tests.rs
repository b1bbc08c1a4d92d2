//! Widgets as a front end's messages move them.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::*;
use crate::notebook::comm;
use crate::notebook::{ALONE, Rich, begin_cell};

/// What a front end sends on the comm of `widget`.
fn send(widget: &impl Widget, data: Value) {
    let event = json!({"comm": widget.model().id(), "action": "message", "data": data});
    if let Some(task) = comm::task(&event.to_string()) {
        task();
    }
}

fn set(widget: &impl Widget, state: Value) {
    send(
        widget,
        json!({"method": "update", "state": state, "buffer_paths": []}),
    );
}

#[test]
fn what_a_reader_sets_is_the_value_and_handlers_hear_of_it() {
    let heard = Arc::new(Mutex::new(Vec::<String>::new()));
    let note = |heard: &Arc<Mutex<Vec<String>>>, text: String| heard.lock().unwrap().push(text);
    let workers = slider("workers", 1..=8);
    let inner = Arc::clone(&heard);
    workers.on_change(move |value: i32| note(&inner, value.to_string()));
    set(&workers, json!({"value": 5}));
    // The code's own change is no news to it.
    workers.set_value(6);
    set(&workers, json!({"unknown": 1}));
    assert_eq!(*heard.lock().unwrap(), ["5"]);
    assert_eq!(workers.value(), 6);

    let button = Button::new("go");
    let inner = Arc::clone(&heard);
    button.on_click(move || note(&inner, "click".to_owned()));
    send(
        &button,
        json!({"method": "custom", "content": {"event": "click"}}),
    );
    send(
        &button,
        json!({"method": "custom", "content": {"event": "hover"}}),
    );
    send(&button, json!({"method": "unheard of"}));
    assert_eq!(*heard.lock().unwrap(), ["5", "click"]);
}

#[test]
fn what_cannot_be_is_taken_for_something_that_can() {
    let workers = slider::<u8>("workers", 2..=8);
    for (sent, value) in [
        (json!(9), 8),
        (json!(-1), 2),
        (json!("many"), 2),
        (json!(null), 2),
        (json!(3), 3),
    ] {
        set(&workers, json!({"value": sent}));
        assert_eq!(workers.value(), value, "{sent}");
    }
    let policy = Dropdown::new("policy", ["a", "b"]);
    for (sent, value) in [
        (json!(1), "b"),
        (json!(2), ""),
        (json!(null), ""),
        (json!(0), "a"),
    ] {
        set(&policy, json!({"index": sent}));
        assert_eq!(policy.value(), value, "{sent}");
    }
    assert_eq!(RadioButtons::unchosen("x", ["a"]).index(), None);
    assert_eq!(Dropdown::new("x", Vec::<String>::new()).index(), None);
    #[expect(clippy::reversed_empty_ranges)]
    let backwards = slider("n", 5..=1);
    assert_eq!((backwards.value(), backwards.at(9).value()), (1, 5));
}

#[test]
fn a_widget_that_nobody_can_show_is_a_line_of_text() {
    let slider = slider("workers", 1..=8).at(4);
    let checkbox = Checkbox::new("pinned", true);
    let text = Text::new("name", "Ada");
    let both = VBox::new((&slider, &checkbox));
    let rows: [(&dyn Widget, &str); 7] = [
        (&slider, "workers: 4 (1 to 8)"),
        (&checkbox, "[x] pinned"),
        (&text, "name: Ada"),
        (&both, "workers: 4 (1 to 8)\n[x] pinned"),
        (&Button::new("go"), "[go]"),
        (&IntProgress::new("done", 0..=9), "done: 0 of 9"),
        (
            &RadioButtons::new("policy", ["a", "b"]),
            "policy: a (of a, b)",
        ),
    ];
    for (widget, expected) in rows {
        assert_eq!(widget.text(), expected);
    }
    let bundle = slider.mime_bundle();
    let view = bundle
        .get("application/vnd.jupyter.widget-view+json")
        .unwrap();
    let view: Value = serde_json::from_str(view).unwrap();
    assert_eq!(view["model_id"], slider.model().id());
}

#[test]
fn an_output_shows_what_belongs_to_the_running_message() {
    let _alone = ALONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let output = Output::new();
    begin_cell(0, None, Some("message 7".to_owned()));
    let during = output.capture(|| output.model().get("msg_id"));
    assert_eq!(during, "message 7");
    assert_eq!(output.model().get("msg_id"), "");
    let panicked = std::panic::catch_unwind(|| output.capture(|| panic!("a test's own")));
    assert!(panicked.is_err());
    // Front ends hear it from the kernel, behind the report.
    assert_eq!(output.model().get("msg_id"), "");
    begin_cell(0, None, None);
}

#[test]
fn what_nobody_has_in_hand_is_closed_when_its_cell_runs_again() {
    let _alone = ALONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let hears = |widget: &Checkbox| {
        set(widget, json!({"value": true}));
        widget.value()
    };
    let make = |cell: &str| {
        begin_cell(0, Some(cell.to_owned()), None);
        let both = (Checkbox::new("a", false), Checkbox::new("b", false));
        close_at_rerun(&[&both.0]);
        close_at_rerun(&[&both.1]);
        both
    };
    let (first, other) = (make("rerun"), make("another"));
    let again = make("rerun");
    assert!(!hears(&first.0) && !hears(&first.1));
    assert!(hears(&other.0) && hears(&again.0) && hears(&again.1));
    begin_cell(0, None, None);
}

#[test]
fn what_a_handler_made_is_closed_when_it_runs_again() {
    let hears = |widget: &Checkbox| {
        set(widget, json!({"value": true}));
        widget.value()
    };
    let made = Arc::new(Mutex::new(Vec::new()));
    let make = {
        let made = Arc::clone(&made);
        move || {
            let one = Checkbox::new("made", false);
            close_at_rerun(&[&one]);
            made.lock().unwrap().push(one);
        }
    };
    // Of `interact`, whatever has moved; the first turn is within a cell.
    let controls = (slider("a", 0..=9), slider("b", 0..=9));
    interact(controls.clone(), {
        let make = make.clone();
        move |(a, _)| {
            if a != 3 {
                make();
            }
        }
    });
    set(&controls.1, json!({"value": 1}));
    set(&controls.0, json!({"value": 2}));
    let turns = std::mem::take(&mut *made.lock().unwrap());
    let heard: Vec<bool> = turns.iter().map(hears).collect();
    assert_eq!(heard, [false, false, true]);
    // A turn that makes nothing shows nothing.
    set(&controls.0, json!({"value": 3}));
    turns[2].set_value(false);
    assert!(!hears(&turns[2]));
    // Of any other handler.
    let (first, second) = (slider("n", 0..=9), slider("m", 0..=9));
    for one in [&first, &second] {
        let make = make.clone();
        one.on_change(move |_: i32| make());
    }
    for one in [&first, &second, &first] {
        set(one, json!({"value": 1}));
    }
    let heard: Vec<bool> = made.lock().unwrap().iter().map(hears).collect();
    assert_eq!(heard, [false, true, true]);
}

#[test]
fn interact_runs_at_once_and_whenever_something_moves() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let inner = Arc::clone(&heard);
    let (n, on) = (slider("n", 0..=9), Checkbox::new("on", false));
    interact((n.clone(), on.clone()), move |(n, on)| {
        inner.lock().unwrap().push((n, on));
        if n > 5 { Err("too many") } else { Ok(n) }
    });
    set(&n, json!({"value": 7}));
    set(&on, json!({"value": true}));
    assert_eq!(*heard.lock().unwrap(), [(0, false), (7, false), (7, true)]);
}

#[test]
fn a_closed_widget_hears_nothing() {
    let html = Html::new("<b>a</b>");
    assert_eq!(html.model().get("_model_name"), "HTMLModel");
    html.set_value("b");
    assert_eq!(html.value(), "b");
    html.close();
    set(&html, json!({"value": "c"}));
    assert_eq!(html.value(), "b", "it is closed");
}
