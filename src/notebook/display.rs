//! Showing a value, and showing another in its place later.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value, json};

use super::bundle::{MimeBundle, Rich};
use super::channel;

/// Names a display so that it can be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayId(String);

/// Shows `value` below the cell, at once.
pub fn display(value: &impl Rich) {
    show(&value.mime_bundle(), json!({"type": "display"}));
}

/// Shows `value` and returns the name under which it can be replaced.
pub fn display_with_id(value: &impl Rich) -> DisplayId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // The process number keeps the name apart from those before a restart.
    let id = format!("twoaxes-{}-{number}", std::process::id());
    show(
        &value.mime_bundle(),
        json!({"type": "display", "display_id": id}),
    );
    DisplayId(id)
}

/// Replaces what `id` shows by `value`, wherever it is shown. Outside our
/// kernel, where nothing can be replaced, it is shown anew.
pub fn update_display(id: &DisplayId, value: &impl Rich) {
    show(
        &value.mime_bundle(),
        json!({"type": "update_display", "display_id": id.0}),
    );
}

/// Removes the cell's output; with `wait`, only when new output comes. Outside
/// our kernel it does nothing.
pub fn clear_output(wait: bool) {
    channel::show(json!({"type": "clear_output", "wait": wait}));
}

/// Reports `bundle` as the value of the cell's last expression.
pub(crate) fn result(bundle: &MimeBundle) {
    show(bundle, json!({"type": "result"}));
}

/// Says `message` with the forms of `bundle` in it.
fn show(bundle: &MimeBundle, mut message: Value) {
    let data: Map<String, Value> = bundle
        .forms()
        .map(|(mime, content)| (mime.to_owned(), form(mime, content)))
        .collect();
    message["data"] = Value::from(data);
    message["metadata"] = Value::from(bundle.metadata().clone());
    if channel::show(message).is_none() {
        print_plainly(bundle);
    }
}

/// JSON forms travel as JSON values, all others as strings.
fn form(mime: &str, content: &str) -> Value {
    if mime == "application/json" || mime.ends_with("+json") {
        serde_json::from_str(content).unwrap_or_else(|_| Value::from(content))
    } else {
        Value::from(content)
    }
}

/// Without our kernel: evcxr's content markers under evcxr, else plain text.
fn print_plainly(bundle: &MimeBundle) {
    if std::env::var_os("EVCXR_IS_RUNTIME").is_some() {
        for (mime, content) in bundle.forms() {
            println!("EVCXR_BEGIN_CONTENT {mime}\n{content}\nEVCXR_END_CONTENT");
        }
    } else if let Some(text) = bundle.get("text/plain") {
        println!("{text}");
    }
}
