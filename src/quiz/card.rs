//! Questions, verdicts and progress as cards: HTML that reads in light and dark
//! themes, and plain text that says the same.

use crate::cards::{BLUE, CARD, GREEN, GREY, RED, SHORT, badge, cut, framed};
use crate::html::{escape, prose};
use crate::ledger::{Clash, Mark};
use crate::notebook::{self, MimeBundle, Rich};

use super::bank::{Feedback, Form, Given, Question};
use super::judge::{Outcome, QuizError, Verdict};
use super::progress::Progress;
use super::variant::letter;

impl Verdict {
    /// Shows the verdict as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Verdict {
    fn mime_bundle(&self) -> MimeBundle {
        answered(self, None, None)
    }
}

/// A card under construction, in both forms.
struct Card {
    text: String,
    html: String,
    color: &'static str,
}

impl Card {
    /// Begins with a sign, a word and what the card is about, if that is one
    /// thing; at the right stands how far the student is.
    fn new(
        (sign, word, color): (&str, &str, &'static str),
        about: &str,
        far: Option<&Progress>,
    ) -> Self {
        let mut text = match about {
            "" => format!("{sign} {word}"),
            about => format!("{sign} {word} ({about})"),
        };
        let mut right = String::new();
        if let Some(far) = far {
            text.push_str(&format!(" - {}", far.sentence()));
            right = format!(
                "<span class=\"twoaxes-far\" style=\"{GREY};white-space:nowrap\">{} {}</span>",
                dots(far),
                escape(&far.sentence())
            );
        }
        let html = format!(
            "<div style=\"display:flex;flex-wrap:wrap;gap:4px 12px;justify-content:space-between\"><span>{} <strong>{word}</strong> <span style=\"{GREY}\">{}</span></span>{right}</div>",
            badge(sign, color),
            escape(about)
        );
        Self { text, html, color }
    }

    /// Adds a paragraph; its backticks mark code.
    fn say(&mut self, style: &str, paragraph: &str) {
        self.text.push_str(&format!("\n{paragraph}"));
        self.html.push_str(&format!(
            "<p style=\"margin:4px 0 0;white-space:pre-line;{style}\">{}</p>",
            prose(paragraph)
        ));
    }

    fn finish(self) -> MimeBundle {
        let Self { text, html, color } = self;
        framed("twoaxes-verdict", color, text, &html)
    }
}

/// One sign for each question of the section; the words stand beside it.
fn dots(far: &Progress) -> String {
    let signs = far.questions().map(|(_, mark)| {
        let (sign, _, color) = sign(mark);
        format!("<span style=\"color:{color}\">{sign}</span>")
    });
    format!(
        "<span aria-hidden=\"true\" style=\"letter-spacing:2px\">{}</span>",
        signs.collect::<String>()
    )
}

/// How a mark looks: a sign, what it says, and its colour.
fn sign(mark: Option<Mark>) -> (&'static str, &'static str, &'static str) {
    match mark {
        Some(Mark::Right) => ("✔", "right", GREEN),
        Some(Mark::Wrong) => ("✘", "not yet right", RED),
        Some(Mark::Recorded) => ("◆", "taken down", BLUE),
        Some(Mark::Predicted) => ("◆", "predicted, not measured yet", BLUE),
        Some(Mark::Unreadable) => ("!", "cannot be read", RED),
        Some(Mark::Untouched) => ("○", "not answered", "#555"),
        Some(Mark::Points { got, of }) if got == of => ("✔", "", GREEN),
        Some(Mark::Points { got: 0, .. }) => ("✘", "", RED),
        Some(Mark::Points { .. }) => ("◐", "", BLUE),
        None => ("·", "its cell has not run", "#555"),
    }
}

/// What became of an answer: the question, the answer, the verdict and what to
/// think about, with the progress through the section.
pub(super) fn answered(
    verdict: &Verdict,
    far: Option<&Progress>,
    clash: Option<&Clash>,
) -> MimeBundle {
    let mut card = judged(verdict, far);
    warn(&mut card, clash);
    card.finish()
}

/// What an answer would be told that was only clicked.
pub(super) fn tried(verdict: &Verdict) -> MimeBundle {
    let mut card = judged(verdict, None);
    let readable = !matches!(
        verdict.outcome,
        Outcome::Unanswered { .. } | Outcome::Unreadable { .. }
    );
    if readable {
        let (id, answer) = (&verdict.question.id, verdict.answer.trim());
        card.say(
            GREY,
            &format!(
                "This was a try. For it to count, write `answer({id:?}, {answer:?});` into its \
                 cell and run that."
            ),
        );
    }
    card.finish()
}

fn judged(verdict: &Verdict, far: Option<&Progress>) -> Card {
    let Verdict {
        question, outcome, ..
    } = verdict;
    let head = match outcome {
        Outcome::Correct { .. } => ("✔", "Correct", GREEN),
        Outcome::Wrong { .. } => ("✘", "Not yet", RED),
        Outcome::Recorded => ("◆", "Taken down", BLUE),
        Outcome::Unanswered { .. } => ("?", "Not answered", BLUE),
        Outcome::Unreadable { .. } => ("!", "Not understood", BLUE),
    };
    let mut card = Card::new(head, question.name(), far);
    card.say("font-weight:600", &question.prompt);
    if let Some(chosen) = chosen(verdict) {
        card.say("", &chosen);
    }
    match outcome {
        Outcome::Correct {
            explanation,
            reference,
        } => {
            card.say("", explanation);
            card.say(GREY, &format!("Read more: {reference}"));
        }
        Outcome::Wrong { hint } => card.say("", hint),
        Outcome::Recorded => card.say("", "You learn with your grade whether it is right."),
        Outcome::Unanswered { how } => card.say("", how),
        Outcome::Unreadable { why } => card.say("", &cut(why, SHORT)),
    }
    card
}

/// An answer to a question that the next cell measures: not judged yet.
pub(super) fn noted(
    verdict: &Verdict,
    far: Option<&Progress>,
    clash: Option<&Clash>,
) -> MimeBundle {
    let head = ("◆", "Your prediction stands", BLUE);
    let mut card = Card::new(head, verdict.question.name(), far);
    card.say("font-weight:600", &verdict.question.prompt);
    card.say("", &format!("You predict {}.", number(verdict)));
    card.say("", "Now run the next cell: it measures.");
    warn(&mut card, clash);
    card.finish()
}

/// A prediction beside what was measured.
pub(super) fn measured(
    verdict: &Verdict,
    value: f64,
    likely: bool,
    far: Option<&Progress>,
) -> MimeBundle {
    let question = &verdict.question;
    let unit = question.form.unit();
    let said = format!("The run says {}", with_unit(&shown(value), unit));
    let (head, word) = match &verdict.outcome {
        Outcome::Correct { .. } if likely => (("✔", "Well predicted", GREEN), "You predicted"),
        Outcome::Correct { .. } => (
            ("✔", "Right in general; this run was unlike it", GREEN),
            "You predicted",
        ),
        Outcome::Wrong { .. } => (("✘", "Not as predicted", RED), "You predicted"),
        Outcome::Recorded => (("◆", "Measured", BLUE), "You predicted"),
        _ => (("?", "No prediction", BLUE), ""),
    };
    let mut card = Card::new(head, question.name(), far);
    match word {
        "" => card.say(
            "",
            &format!(
                "{said}. Write your prediction into the cell above and run it, then this one \
                 again."
            ),
        ),
        word => card.say("", &format!("{word} {}. {said}.", number(verdict))),
    }
    match &verdict.outcome {
        Outcome::Correct {
            explanation,
            reference,
        } => {
            card.say("", explanation);
            card.say(GREY, &format!("Read more: {reference}"));
        }
        Outcome::Wrong { hint } => card.say("", hint),
        _ => {}
    }
    if !likely {
        card.say(
            GREY,
            "This run lies outside of what is usual: fewer CPUs, a limit or a busy machine may be \
             why. Run the cell again when it is quiet. What counts is what is usual.",
        );
    }
    card.finish()
}

/// What to do about a run that has given no number.
pub(super) fn unmeasured(question: &Question, far: Option<&Progress>) -> MimeBundle {
    let mut card = Card::new(("?", "Not measured", BLUE), question.name(), far);
    card.say(
        "",
        "The run has no number to compare your prediction with. Run the cells above once more, \
         then this one.",
    );
    card.finish()
}

fn warn(card: &mut Card, clash: Option<&Clash>) {
    match clash {
        Some(Clash::SameRun { before }) => card.say(
            "",
            &format!(
                "This cell answers the question twice: first with \"{}\". Keep one line, and run \
                 the cell again.",
                cut(before, SHORT)
            ),
        ),
        Some(Clash::OtherCell { before }) => card.say(
            "",
            &format!(
                "Another cell answered this question with \"{}\". Delete one of the two cells \
                 before you hand in, so that it is clear which answer counts.",
                cut(before, SHORT)
            ),
        ),
        Some(Clash::EmptyCopy { stands }) => card.say(
            "",
            &format!(
                "Another cell answered this question with \"{}\", and that answer stands. Delete \
                 this cell, or the other one.",
                cut(stands, SHORT)
            ),
        ),
        None => {}
    }
}

/// The answer in words, if it could be read.
fn chosen(verdict: &Verdict) -> Option<String> {
    let question = &verdict.question;
    if matches!(
        verdict.outcome,
        Outcome::Unanswered { .. } | Outcome::Unreadable { .. }
    ) {
        return None;
    }
    let given = question.understand(verdict.answer.trim()).ok()?;
    let option = |place: &usize| {
        let text = question
            .form
            .options()
            .get(*place)
            .map_or("", String::as_str);
        format!("{}. {text}", letter(*place))
    };
    Some(match given {
        Given::Options(places) => {
            let options: Vec<String> = places.iter().map(option).collect();
            format!("Your answer: {}", options.join("\n"))
        }
        Given::Number(_) => format!("Your answer: {}", number(verdict)),
        Given::Text(text) => format!("Your answer: {}", cut(&text, SHORT)),
    })
}

fn number(verdict: &Verdict) -> String {
    let unit = verdict.question.form.unit();
    match verdict.question.understand(verdict.answer.trim()) {
        Ok(Given::Number(number)) => with_unit(&shown(number), unit),
        _ => cut(verdict.answer.trim(), SHORT),
    }
}

fn with_unit(number: &str, unit: Option<&str>) -> String {
    unit.map_or_else(|| number.to_owned(), |unit| format!("{number} {unit}"))
}

/// Four digits that matter or one behind the point, and no zeros at the end.
fn shown(number: f64) -> String {
    let decimals = match number.abs() {
        n if n >= 100.0 => 1,
        n if n >= 10.0 => 2,
        _ => 3,
    };
    let text = format!("{number:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// The card for a question that cannot be judged.
pub(super) fn problem(error: &QuizError) -> MimeBundle {
    let message = error.to_string();
    let mut letters = message.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    let sentence: String = first.into_iter().chain(letters).chain(['.']).collect();
    let word = match error {
        QuizError::UnknownQuestion { .. } | QuizError::UnknownVariant { .. } => "No such question",
        QuizError::UnknownExercise { .. } => "No such exercise",
        QuizError::UnknownSection { .. } => "No such section",
        _ => "This does not work",
    };
    let mut card = Card::new(("!", word, BLUE), "", None);
    card.say("", &cut(&sentence, SHORT));
    card.finish()
}

/// What a file of questions has brought.
pub(super) fn loaded(ids: &[String]) -> MimeBundle {
    let mut card = Card::new(("◆", "Ready", BLUE), "questions of this notebook", None);
    card.say("", &ids.join(", "));
    card.finish()
}

/// The card of a question, with how to answer it.
pub(super) fn question(question: &Question) -> MimeBundle {
    let mut text = format!("Question {}\n{}\n", question.name(), question.prompt);
    let mut html = format!(
        "<p style=\"margin:0 0 4px;{GREY}\">Question {}</p><p style=\"margin:0 0 6px\"><strong>{}</strong></p>",
        escape(question.name()),
        prose(&question.prompt)
    );
    if let Some(code) = &question.code {
        text.push_str(&format!("\n{code}\n\n"));
        html.push_str(&format!(
            "<pre style=\"background:#f3f3f3;color:#1a1a1a;padding:8px;overflow-x:auto\"><code>{}</code></pre>",
            escape(code)
        ));
    }
    if !question.form.options().is_empty() {
        html.push_str("<ul style=\"list-style:none;margin:0 0 6px;padding:0\">");
        for (letter, option) in question.lettered() {
            text.push_str(&format!("  {letter}. {option}\n"));
            html.push_str(&format!(
                "<li style=\"margin:2px 0\"><b>{letter}.</b> {}</li>",
                prose(option)
            ));
        }
        html.push_str("</ul>");
    }
    let mut how = format!("Answer with {}.", question.how());
    if matches!(question.form, Form::Predict { .. }) {
        how.push_str(" The cell after it measures.");
    }
    if question.feedback == Feedback::Later {
        how.push_str(" You learn with your grade whether it is right.");
    }
    text.push_str(&how);
    html.push_str(&format!("<p style=\"margin:0\">{}</p>", escape(&how)));
    MimeBundle::text(text).with_html(format!(
        "<section class=\"twoaxes-question\" aria-label=\"Question {}\" style=\"{CARD};border-left:6px solid {BLUE}\">{html}</section>",
        escape(question.name())
    ))
}

/// How a section stands: a line for each question and each exercise.
pub(super) fn progress(far: &Progress) -> MimeBundle {
    let done = far.is_complete();
    let head = if done {
        ("✔", "All done here", GREEN)
    } else {
        ("◐", "So far", BLUE)
    };
    let mut card = Card::new(head, far.section(), None);
    let rows = (far.questions().map(|(question, mark)| {
        (
            mark,
            format!("Question {}", question.name()),
            sign(mark).1.to_owned(),
        )
    }))
    .chain(far.exercises().map(|(exercise, mark)| {
        let (mark, state) = match mark {
            // As far as anybody can see, it is as it was handed out.
            Some(Mark::Points { got: 0, .. }) if exercise.repair => {
                (Some(Mark::Untouched), "not repaired yet".to_owned())
            }
            Some(Mark::Points { got, .. }) => {
                (mark, format!("{got} of {} points", exercise.points))
            }
            Some(Mark::Untouched) => (mark, "not attempted".to_owned()),
            other => (mark, sign(other).1.to_owned()),
        };
        (
            mark,
            format!("Exercise {}: {}", exercise.id, exercise.title),
            state,
        )
    }));
    card.html.push_str(
        "<table style=\"border-collapse:collapse;margin:6px 0 0;background:#fff;color:#1a1a1a\">",
    );
    for (mark, name, state) in rows {
        let (sign, _, color) = sign(mark);
        card.text.push_str(&format!("\n{sign} {name}: {state}"));
        card.html.push_str(&format!(
            "<tr style=\"background:#fff\"><td aria-hidden=\"true\" style=\"color:{color};text-align:center;padding:1px 8px\">{sign}</td><td style=\"text-align:left;padding:1px 8px\">{}</td><td style=\"text-align:left;padding:1px 8px;{GREY}\">{}</td></tr>",
            escape(&name),
            escape(&state)
        ));
    }
    card.html.push_str("</table>");
    for sentence in far.summary() {
        card.say("", &sentence);
    }
    card.finish()
}
