//! Buttons.

use serde_json::json;

use super::model::{Kind, Model, Widget, widget};

/// Something to click.
///
/// ```
/// use twoaxes::prelude::*;
///
/// let button = widgets::Button::new("run again");
/// button.on_click(|| println!("clicked"));
/// button.show();
/// ```
#[derive(Debug, Clone)]
pub struct Button {
    model: Model,
    label: String,
}

impl Button {
    /// A button with `label` on it.
    pub fn new(label: &str) -> Self {
        let kind = Kind {
            model: "Button",
            view: "Button",
            style: Some("Button"),
            width: None,
        };
        let state =
            json!({"description": label, "disabled": false, "button_style": "", "icon": ""});
        Self {
            model: Model::new(&kind, state),
            label: label.to_owned(),
        }
    }

    /// Has `handler` called for each click.
    pub fn on_click(&self, handler: impl Fn() + Send + Sync + 'static) {
        self.model.on_event("click", handler);
    }

    /// Whether it can be clicked.
    pub fn set_enabled(&self, enabled: bool) {
        self.model.set("disabled", !enabled);
    }
}

impl Widget for Button {
    fn model(&self) -> &Model {
        &self.model
    }

    fn text(&self) -> String {
        format!("[{}]", self.label)
    }
}

widget!(Button);
