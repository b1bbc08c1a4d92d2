//! A line to type into.

use serde_json::json;

use super::interact::control;
use super::model::{Kind, Model, Widget, widget};

/// A line of text that a reader types.
#[derive(Debug, Clone)]
pub struct Text {
    model: Model,
    label: String,
}

impl Text {
    /// A line beside `label`, with `value` in it.
    pub fn new(label: &str, value: &str) -> Self {
        let kind = Kind {
            model: "Text",
            view: "Text",
            style: Some("Text"),
            width: None,
        };
        // Told when it is complete, not with each key.
        let state = json!({"description": label, "value": value, "continuous_update": false});
        Self {
            model: Model::new(&kind, state),
            label: label.to_owned(),
        }
    }

    /// What stands in it.
    pub fn value(&self) -> String {
        self.model
            .get("value")
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Puts `value` into it.
    pub fn set_value(&self, value: &str) {
        self.model.set("value", value);
    }

    /// Has `handler` called with the text whenever a reader has changed it and gone on.
    pub fn on_change(&self, handler: impl Fn(String) + Send + Sync + 'static) {
        let text = self.clone();
        self.model.on_set("value", move || handler(text.value()));
    }

    /// Has `handler` called with the text when a reader presses Enter.
    pub fn on_submit(&self, handler: impl Fn(String) + Send + Sync + 'static) {
        let text = self.clone();
        self.model.on_event("submit", move || handler(text.value()));
    }
}

impl Widget for Text {
    fn model(&self) -> &Model {
        &self.model
    }

    fn text(&self) -> String {
        format!("{}: {}", self.label, self.value())
    }
}

control!(Text, String, "value");
widget!(Text);
