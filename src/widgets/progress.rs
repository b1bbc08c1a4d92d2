//! A bar that code moves.

use std::ops::RangeInclusive;

use serde_json::json;

use super::model::{Kind, Model, Widget, widget};

/// A bar between two numbers. Where several threads advance it,
/// [`ProgressBar`](crate::prelude::ProgressBar) counts and draws no more often than the
/// eye sees.
#[derive(Debug, Clone)]
pub struct IntProgress {
    model: Model,
    label: String,
    range: RangeInclusive<i64>,
}

impl IntProgress {
    /// A bar for numbers of `range`, which stands at the lower end.
    pub fn new(label: &str, range: RangeInclusive<i64>) -> Self {
        let kind = Kind {
            model: "IntProgress",
            view: "Progress",
            style: Some("Progress"),
            width: None,
        };
        let state = json!({
            "description": label,
            "min": range.start(),
            "max": range.end(),
            "value": range.start(),
        });
        Self {
            model: Model::new(&kind, state),
            label: label.to_owned(),
            range,
        }
    }

    /// Where it stands.
    pub fn value(&self) -> i64 {
        self.model
            .get("value")
            .as_i64()
            .unwrap_or(*self.range.start())
    }

    /// Moves it to `value`.
    pub fn set_value(&self, value: i64) {
        self.model.set("value", value);
    }
}

impl Widget for IntProgress {
    fn model(&self) -> &Model {
        &self.model
    }

    fn text(&self) -> String {
        format!("{}: {} of {}", self.label, self.value(), self.range.end())
    }
}

widget!(IntProgress);
