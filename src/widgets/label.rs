//! A text that code can change.

use serde_json::json;

use super::model::{Kind, Model, Widget, widget};

/// A piece of HTML, which can be replaced.
#[derive(Debug, Clone)]
pub struct Html {
    model: Model,
}

impl Html {
    /// Shows `html`.
    pub fn new(html: &str) -> Self {
        let kind = Kind {
            model: "HTML",
            view: "HTML",
            style: Some("HTML"),
            width: None,
        };
        Self {
            model: Model::new(&kind, json!({"value": html})),
        }
    }

    /// The HTML.
    pub fn value(&self) -> String {
        self.model
            .get("value")
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Shows `html` instead.
    pub fn set_value(&self, html: &str) {
        self.model.set("value", html);
    }
}

impl Widget for Html {
    fn model(&self) -> &Model {
        &self.model
    }

    fn text(&self) -> String {
        self.value()
    }
}

widget!(Html);
