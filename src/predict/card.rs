//! The verdict as a card: both numbers as bars of one scale, told apart by
//! pattern as well as by colour, and in words.

use crate::html::escape;
use crate::notebook::{self, MimeBundle, Rich};

use super::prediction::{Outcome, Prediction, Verdict, shown};

const CARD: &str = "background:#fff;color:#1a1a1a;border:1px solid #bbb;border-radius:4px;\
                    padding:8px 12px;margin:4px 0;max-width:760px";
/// Okabe and Ito's green, vermilion and blue, dark enough for text.
const GREEN: &str = "#00614A";
const RED: &str = "#A34700";
const BLUE: &str = "#005A8C";

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
        let mut html = format!(
            "<p style=\"margin:0\"><b style=\"color:{color}\"><span aria-hidden=\"true\">{sign}</span></b> {}</p>",
            escape(&self.to_string())
        );
        if let Outcome::Answered { answer, .. } = self.outcome() {
            html.push_str(&bars(self.prediction().value(), *answer));
        }
        MimeBundle::text(format!("{sign} {self}")).with_html(format!(
            "<div role=\"status\" class=\"twoaxes-verdict\" style=\"{CARD};border-left:6px solid {color}\">{html}</div>"
        ))
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
        MimeBundle::text(self.to_string()).with_html(format!(
            "<div role=\"status\" style=\"{CARD};border-left:6px solid {BLUE}\">{}</div>",
            escape(&self.to_string())
        ))
    }
}
