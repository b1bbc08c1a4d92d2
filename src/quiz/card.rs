//! Questions and verdicts as cards: HTML that reads in light and dark themes,
//! and plain text that says the same.

use crate::html::{escape, prose};
use crate::notebook::{self, MimeBundle, Rich};

use super::bank::{Kind, Question};
use super::judge::{Outcome, QuizError, Verdict};

impl Verdict {
    /// Shows the verdict as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Verdict {
    fn mime_bundle(&self) -> MimeBundle {
        let (icon, word, color, text) = match &self.outcome {
            Outcome::Correct { explanation, .. } => ("✔", "Correct", GREEN, explanation),
            Outcome::Wrong { hint } => ("✘", "Not yet", RED, hint),
            Outcome::Unanswered { how } => ("?", "Not answered", BLUE, how),
            Outcome::Unreadable { why } => ("!", "Not understood", BLUE, why),
        };
        let mut paragraphs = vec![text.clone()];
        if let Outcome::Correct {
            reference: Some(reference),
            ..
        } = &self.outcome
        {
            paragraphs.push(format!("Read more: {reference}"));
        }
        status(&self.id, icon, word, color, &paragraphs)
    }
}

/// The card for a question that cannot be judged.
pub(super) fn problem(error: &QuizError) -> MimeBundle {
    let message = error.to_string();
    let mut letters = message.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    let sentence: String = first.into_iter().chain(letters).chain(['.']).collect();
    status("quiz", "!", "No such question", BLUE, &[sentence])
}

/// The card of a question, with how to answer it.
pub(super) fn question(question: &Question) -> MimeBundle {
    let mut text = format!("Question {}\n{}\n", question.id, question.prompt);
    let mut html = format!(
        "<p style=\"margin:0 0 4px;color:#555\">Question {}</p><p style=\"margin:0 0 6px\"><strong>{}</strong></p>",
        escape(&question.id),
        prose(&question.prompt)
    );
    if let Some(code) = &question.code {
        let code = code.trim_matches('\n');
        text.push_str(&format!("\n{code}\n\n"));
        html.push_str(&format!(
            "<pre style=\"background:#f3f3f3;color:#1a1a1a;padding:8px;overflow-x:auto\"><code>{}</code></pre>",
            escape(code)
        ));
    }
    if let Kind::Choice { options, .. } | Kind::Choices { options, .. } = &question.kind {
        html.push_str("<ul style=\"list-style:none;margin:0 0 6px;padding:0\">");
        for option in options {
            text.push_str(&format!("  {}. {}\n", option.letter, option.text));
            html.push_str(&format!(
                "<li style=\"margin:2px 0\"><b>{}.</b> {}</li>",
                option.letter,
                prose(&option.text)
            ));
        }
        html.push_str("</ul>");
    }
    let how = format!("Answer with {}.", question.form());
    text.push_str(&how);
    html.push_str(&format!("<p style=\"margin:0\">{}</p>", escape(&how)));
    MimeBundle::text(text).with_html(format!(
        "<section class=\"twoaxes-question\" aria-label=\"Question {}\" style=\"{CARD};border-left:6px solid {BLUE}\">{html}</section>",
        escape(&question.id)
    ))
}

const CARD: &str = "background:#fff;color:#1a1a1a;border:1px solid #bbb;border-radius:4px;padding:8px 12px;margin:4px 0;max-width:760px";

/// Okabe and Ito's green, vermilion and blue; the words say the same.
const GREEN: &str = "#009E73";
const RED: &str = "#D55E00";
const BLUE: &str = "#0072B2";

fn status(id: &str, icon: &str, word: &str, color: &str, paragraphs: &[String]) -> MimeBundle {
    let mut text = format!("{icon} {word} ({id})");
    let mut html = format!(
        "<p style=\"margin:0\"><span aria-hidden=\"true\" style=\"display:inline-block;min-width:1.4em;text-align:center;font-weight:bold;color:#fff;background:{color};border-radius:3px;margin-right:6px\">{icon}</span><strong>{word}</strong> <span style=\"color:#555\">{}</span></p>",
        escape(id)
    );
    for paragraph in paragraphs {
        text.push_str(&format!("\n{paragraph}"));
        html.push_str(&format!(
            "<p style=\"margin:4px 0 0;white-space:pre-line\">{}</p>",
            prose(paragraph)
        ));
    }
    MimeBundle::text(text).with_html(format!(
        "<div role=\"status\" class=\"twoaxes-verdict\" style=\"{CARD};border-left:6px solid {color}\">{html}</div>"
    ))
}
