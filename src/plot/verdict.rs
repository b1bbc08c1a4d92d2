//! The verdict of a model checker as a card: what came out, and how.

use crate::html::escape;
use crate::model::check::Verdict;
use crate::notebook::{self, MimeBundle, Rich};

impl Verdict {
    /// Shows the verdict as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Verdict {
    fn mime_bundle(&self) -> MimeBundle {
        MimeBundle::text(self.to_string()).with_html(card(self))
    }
}

/// A card that reads on light and dark pages alike: its own background, and a
/// word and a sign beside the colour (Okabe and Ito's green, vermillion, blue).
fn card(verdict: &Verdict) -> String {
    let (colour, sign) = match verdict {
        Verdict::Passed { .. } => ("#00614A", "✓"),
        Verdict::Failed { .. } => ("#A34700", "✗"),
        _ => ("#005A8C", "?"),
    };
    let mut html = format!(
        "<div role=\"group\" aria-label=\"verdict\" style=\"background:#fff;color:#222;\
         border:1px solid #bbb;border-left:6px solid {colour};border-radius:4px;\
         padding:0.5em 0.8em;max-width:48em;font-family:sans-serif;font-size:14px;\
         line-height:1.45\">\
         <div><b style=\"color:{colour}\"><span aria-hidden=\"true\">{sign}</span> {}</b> \
         <span style=\"color:#555\">{}</span></div>\
         <div style=\"white-space:pre-wrap;overflow-wrap:anywhere;margin-top:0.2em\">{}</div>",
        verdict.word(),
        escape(&verdict.search().to_string()),
        escape(&verdict.summary()),
    );
    if let Some(order) = verdict.order() {
        html.push_str(&format!(
            "<div style=\"margin-top:0.2em\">threads in order: \
             <code style=\"background:#f2f2f2;color:#222\">{}</code></div>",
            escape(&order)
        ));
    }
    if verdict.schedule().is_some() {
        html.push_str(
            "<div style=\"color:#555;margin-top:0.2em\">To see it again: \
             <code style=\"background:#f2f2f2;color:#222\">verdict.replay(closure)</code></div>",
        );
    }
    html.push_str("</div>");
    html
}
