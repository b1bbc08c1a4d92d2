//! The verdict as a card: both numbers as bars of one scale, told apart by
//! pattern as well as by colour, and in words; and what disturbed the run.

use crate::cards::{BLUE, GREEN, GREY, RED, badge, framed};
use crate::html::escape;
use crate::notebook::{self, MimeBundle, Rich};

use super::prediction::{Outcome, Prediction, Verdict, shown};

impl Verdict {
    /// Shows the verdict as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Verdict {
    fn mime_bundle(&self) -> MimeBundle {
        let (sign, color) = match (self.answer(), self.is_right()) {
            (None, _) => ("?", BLUE),
            (_, true) => ("✔", GREEN),
            (_, false) => ("✘", RED),
        };
        let mut text = format!("{sign} {self}");
        let mut html = format!(
            "<p style=\"margin:0\">{}{}</p>",
            badge(sign, color),
            escape(&self.to_string())
        );
        if let Outcome::Answered { answer, .. } = self.outcome() {
            html.push_str(&bars(self.prediction().value(), *answer));
        }
        for disturbance in self.disturbances() {
            text.push_str(&format!("\n{disturbance}"));
            html.push_str(&format!(
                "<p style=\"margin:4px 0 0;{GREY}\">{}</p>",
                escape(disturbance)
            ));
        }
        framed("twoaxes-verdict", color, text, &html)
    }
}

/// Two bars from 0; none where a number is below 0 or both are 0.
fn bars(predicted: f64, answer: f64) -> String {
    let longest = predicted.max(answer);
    if predicted < 0.0 || answer < 0.0 || longest <= 0.0 {
        return String::new();
    }
    let bar = |name: &str, value: f64, fill: &str| {
        format!(
            "<div style=\"display:flex;align-items:center;gap:8px;margin-top:4px\">\
             <span style=\"width:5.5em\">{name}</span>\
             <span style=\"flex:1\"><span style=\"display:block;box-sizing:border-box;height:14px;\
             border:1px solid #1a1a1a;width:{:.1}%;background:{fill}\"></span></span>\
             <span style=\"width:6em\">{}</span></div>",
            value / longest * 100.0,
            escape(&shown(value))
        )
    };
    let hatched = "repeating-linear-gradient(45deg,#fff 0 4px,#56B4E9 4px 8px)";
    format!(
        "<div aria-hidden=\"true\">{}{}</div>",
        bar("predicted", predicted, hatched),
        bar("the run", answer, "#0072B2")
    )
}

impl Prediction {
    /// Shows the prediction as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Prediction {
    fn mime_bundle(&self) -> MimeBundle {
        let text = self.to_string();
        let html = escape(&text);
        framed("twoaxes-prediction", BLUE, text, &html)
    }
}
