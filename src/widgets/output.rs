//! A place for what code prints and displays.

use serde_json::{Value, json};

use super::model::{Kind, Model, Widget, widget};
use crate::notebook::{channel, clear_output, running_cell};

/// A place that shows what is printed and displayed while it captures.
///
/// ```
/// use twoaxes::prelude::*;
///
/// let log = widgets::Output::new();
/// log.show();
/// let sum = log.capture(|| {
///     println!("this stands in `log`, wherever that is shown");
///     1 + 1
/// });
/// assert_eq!(sum, 2);
/// log.clear();
/// ```
#[derive(Debug, Clone)]
pub struct Output {
    model: Model,
}

impl Output {
    /// An empty one.
    pub fn new() -> Self {
        let kind = Kind {
            model: "Output",
            view: "Output",
            style: None,
            width: None,
        };
        let state = json!({"msg_id": "", "outputs": []});
        Self {
            model: Model::new(&kind, state),
        }
    }

    /// Runs `work`; what the cell shows meanwhile stands here. If it panics, its report stands
    /// here, too.
    pub fn capture<R>(&self, work: impl FnOnce() -> R) -> R {
        let outer = self.model.get("msg_id");
        // Front ends give it whatever is shown under this message.
        let own = Value::from(running_cell().request.unwrap_or_default());
        // Within another capture nothing changes: to front ends, that would be a second one.
        if own == outer {
            return work();
        }
        self.model.set("msg_id", own);
        let after_panic = AfterPanic {
            model: &self.model,
            outer,
        };
        let result = work();
        channel::flush_streams();
        self.model.set("msg_id", after_panic.outer.clone());
        result
    }

    /// Removes what it shows.
    pub fn clear(&self) {
        self.capture(|| clear_output(false));
    }
}

/// Nothing is said of the end of a capture that a panic ends: the panic's report is still to come,
/// and the kernel sets front ends back after that. But the next capture here must not come back
/// to this one.
struct AfterPanic<'a> {
    model: &'a Model,
    outer: Value,
}

impl Drop for AfterPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.model.note("msg_id", self.outer.take());
        }
    }
}

impl Default for Output {
    fn default() -> Self {
        Self::new()
    }
}

impl Widget for Output {
    fn model(&self) -> &Model {
        &self.model
    }

    fn text(&self) -> String {
        String::new()
    }
}

widget!(Output);
