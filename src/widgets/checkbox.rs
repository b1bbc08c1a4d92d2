//! Checkboxes.

use serde_json::json;

use super::interact::control;
use super::model::{Kind, Model, Widget, widget};

/// Yes or no.
#[derive(Debug, Clone)]
pub struct Checkbox {
    model: Model,
    label: String,
}

impl Checkbox {
    /// A box beside `label`, checked or not.
    pub fn new(label: &str, checked: bool) -> Self {
        let kind = Kind {
            model: "Checkbox",
            view: "Checkbox",
            style: Some("Checkbox"),
            width: Some("max-content"),
        };
        let state = json!({"description": label, "value": checked, "indent": false});
        Self {
            model: Model::new(&kind, state),
            label: label.to_owned(),
        }
    }

    /// Whether it is checked.
    pub fn value(&self) -> bool {
        self.model.get("value").as_bool().unwrap_or(false)
    }

    /// Checks it, or not.
    pub fn set_value(&self, checked: bool) {
        self.model.set("value", checked);
    }

    /// Has `handler` called whenever a reader has changed it.
    pub fn on_change(&self, handler: impl Fn(bool) + Send + Sync + 'static) {
        let checkbox = self.clone();
        self.model
            .on_set("value", move || handler(checkbox.value()));
    }
}

impl Widget for Checkbox {
    fn model(&self) -> &Model {
        &self.model
    }

    fn text(&self) -> String {
        let mark = if self.value() { 'x' } else { ' ' };
        format!("[{mark}] {}", self.label)
    }
}

control!(Checkbox, bool, "value");
widget!(Checkbox);
