//! How an exercise went, as a card: a line for each case.

use crate::cards::{BLUE, GREEN, GREY, LONG, RED, SHORT, badge, cut, framed};
use crate::html::{escape, prose};
use crate::notebook::{self, MimeBundle, Rich};

use super::attempt::Fault;
use super::{Case, Exercise, Untried};

impl Exercise {
    /// Shows the card as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }

    /// Sign, words and colour of the whole.
    fn headline(&self) -> (&'static str, String, &'static str) {
        let (got, visible) = (self.got(), self.visible());
        if self.is_untouched() {
            return ("○", "Not attempted yet: 0 points".to_owned(), BLUE);
        }
        let words = format!("{got} of {} points", self.most());
        if let Some(Untried::Uncheckable(_)) = self.untried {
            return ("!", "Could not be checked: 0 points".to_owned(), RED);
        }
        let repair = self.known.as_ref().is_some_and(|known| known.repair);
        match got {
            0 if repair => ("○", format!("Not repaired yet: {words}"), BLUE),
            0 => ("✘", words, RED),
            got if got == visible => ("✔", words, GREEN),
            _ => ("◐", words, BLUE),
        }
    }

    /// What there is to say below the cases.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        remarks.extend(
            self.problem
                .clone()
                .map(|why| format!("This exercise is not known: {why}.")),
        );
        match &self.untried {
            Some(Untried::Missing(why) | Untried::Uncheckable(why)) => remarks.push(why.clone()),
            None if self.is_untouched() => remarks.push(
                "Write the code in the cell above where it says `todo!()`, run that cell, then \
                 this one."
                    .to_owned(),
            ),
            None => {}
        }
        let hidden = self.most().saturating_sub(self.visible());
        if hidden > 0 && self.untried.is_none() && !self.is_untouched() {
            let come = if hidden == 1 { "comes" } else { "come" };
            remarks.push(format!(
                "{hidden} more {come} from tests that run when you have handed in."
            ));
        }
        remarks
    }
}

impl Rich for Exercise {
    fn mime_bundle(&self) -> MimeBundle {
        let (sign, words, color) = self.headline();
        let about = match &self.known {
            None => self.id.clone(),
            Some(known) => format!("{}: {}", self.id, known.title),
        };
        let mut text = format!("{sign} {words} ({about})");
        let mut html = format!(
            "<div>{}<strong>{}</strong> <span style=\"{GREY}\">{}</span></div>",
            badge(sign, color),
            escape(&words),
            escape(&about)
        );
        if !self.is_untouched() {
            html.push_str("<ul style=\"list-style:none;margin:6px 0 0;padding:0\">");
            for case in &self.cases {
                add_case(case, &mut text, &mut html);
            }
            html.push_str("</ul>");
        }
        for remark in self.remarks() {
            text.push_str(&format!("\n{remark}"));
            html.push_str(&format!(
                "<p style=\"margin:4px 0 0\">{}</p>",
                prose(&remark)
            ));
        }
        framed("twoaxes-exercise", color, text, &html)
    }
}

fn add_case(case: &Case, text: &mut String, html: &mut String) {
    let (sign, color) = match &case.outcome {
        Ok(()) => ("✔", GREEN),
        Err(Fault::NotWritten | Fault::Skipped) => ("○", "#555"),
        Err(_) => ("✘", RED),
    };
    let points = match case.points {
        1 => "1 point".to_owned(),
        more => format!("{more} points"),
    };
    let what = cut(&case.what, SHORT);
    text.push_str(&format!("\n{sign} {what} ({points})"));
    html.push_str(&format!(
        "<li style=\"margin:2px 0\"><b aria-hidden=\"true\" style=\"color:{color};display:inline-block;min-width:1.4em\">{sign}</b>{} <span style=\"{GREY}\">({points})</span>",
        prose(&what)
    ));
    if let Some(found) = &case.found {
        text.push_str(&format!("\n  {found}"));
        html.push_str(&format!(
            "<div style=\"margin:0 0 4px 1.4em;{GREY}\">{}</div>",
            prose(found)
        ));
    }
    if let Err(fault) = &case.outcome {
        let (why, order) = fault.words();
        text.push_str(&format!("\n  {why}"));
        html.push_str(&format!(
            "<div style=\"margin:0 0 4px 1.4em;overflow-wrap:anywhere;white-space:pre-line\">{}</div>",
            prose(&why)
        ));
        if let Some(order) = order {
            text.push_str(&format!("\n  {order}"));
            html.push_str(&format!(
                "<div style=\"margin:0 0 4px 1.4em\"><code style=\"background:#f2f2f2;color:#222;overflow-wrap:anywhere\">{}</code></div>",
                escape(&order)
            ));
        }
    }
    html.push_str("</li>");
}

impl Fault {
    /// What went wrong, and in which order the threads ran.
    fn words(&self) -> (String, Option<String>) {
        let words = match self {
            Self::NotWritten => "Not attempted: the code says `todo!()`.".to_owned(),
            Self::Wrong(why) | Self::Unknown(why) | Self::Stuck(why) => cut(why, LONG),
            Self::Panicked(message) => format!("It panicked: {}", cut(message, LONG)),
            Self::Endless(time) => format!(
                "It was still running after {} s: does a loop never end? It goes on in the \
                 background, takes a CPU, and spoils what you measure: restart the kernel before \
                 you go on.",
                time.as_secs_f64()
            ),
            Self::Skipped => "Not tried, because an earlier one did not end.".to_owned(),
            Self::Schedule { why, order } => {
                let order = order.as_ref();
                return (
                    format!("One order of the threads fails: {}", cut(why, LONG)),
                    order.map(|order| format!("threads in order: {}", cut(order, LONG))),
                );
            }
        };
        (words, None)
    }
}
