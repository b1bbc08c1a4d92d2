//! A student's page: what they answered, what was found, what persons said.

use maud::{Markup, html};

use super::words::{Standing, lateness, points_of, time};
use super::{Chosen, markup, page};
use crate::gradebook::{Entry, Notebook, Student, Submission};
use crate::results::{Item, Task, TaskKind, Verdict};

/// Answers beyond this are cut: a page has to open anywhere.
const MOST: usize = 20_000;

/// The page of a student, a whole HTML document. It holds no evidence and
/// nothing for the instructor.
#[must_use]
pub fn feedback(student: &Student, chosen: &Chosen<'_>) -> String {
    let handed_in = || {
        let notebooks = chosen.notebooks.iter();
        notebooks.filter_map(|one| Some((*one, student.submission(&one.name)?)))
    };
    let total: f64 = handed_in().map(|(_, submission)| submission.points()).sum();
    let possible = chosen.possible();
    let waiting: usize = handed_in()
        .map(|(_, submission)| submission.pending())
        .sum();
    let title = format!("Feedback for {}", student.name);
    let body = html! {
        h1 { (title) }
        p { "In all " strong { (points_of(Some(total), possible)) } "." }
        @if waiting > 0 {
            p {
                @if waiting == 1 { "1 answer waits" } @else { (waiting) " answers wait" }
                " for your instructor, and so far "
                @if waiting == 1 { "counts" } @else { "count" } " nothing."
            }
        }
        @for notebook in &chosen.notebooks {
            (section(notebook, student.submission(&notebook.name)))
        }
    };
    page::page(&title, &body)
}

fn section(notebook: &Notebook, submission: Option<&Submission>) -> Markup {
    html! {
        section {
            h2 { (notebook.name) }
            @match submission {
                None if !notebook.handed_in => p { "Nobody has handed this in yet, so it does not count." },
                None => p { "Not handed in: " (points_of(Some(0.0), notebook.possible())) "." },
                Some(submission) => (graded(notebook, submission)),
            }
        }
    }
}

fn graded(notebook: &Notebook, submission: &Submission) -> Markup {
    html! {
        p {
            strong { (points_of(Some(submission.points()), notebook.possible())) } "."
            @if let Some(when) = &submission.submitted {
                " Handed in " time datetime=(when) { (time(when)) } "."
            }
        }
        @if let Some(late) = lateness(submission.late, submission.share) {
            p.note { (late) }
        }
        @if let Some(problem) = &submission.problem {
            p.note { strong { "It could not be graded. " } (problem) }
        } @else {
            @for (task, entry) in notebook.tasks.iter().zip(&submission.entries) {
                (article(submission, task, entry))
            }
        }
    }
}

fn article(submission: &Submission, task: &Task, entry: &Entry) -> Markup {
    let standing = Standing::of(submission, entry);
    let tone = tone(standing, submission.before(entry), entry.possible);
    html! {
        article class={ "task " (tone) } {
            header {
                h3 { (markup::inline(&task.title)) }
                span.points { (points_of(submission.before(entry), entry.possible)) }
            }
            p.verdict { span aria-hidden="true" { (standing.sign()) " " } (standing.word()) }
            (asked(task))
            @if let Some(item) = &entry.item {
                @if !item.answer.is_empty() && item.verdict != Verdict::Unanswered {
                    p.label { "Your answer" }
                    (answer(task, item))
                }
                @if !item.words.is_empty() { (markup::text(&item.words)) }
            }
            @if let Some(mark) = &entry.mark {
                @if !mark.comment.is_empty() {
                    div.note {
                        p.label { "Comment by your instructor" }
                        (markup::text(&mark.comment))
                    }
                }
            }
        }
    }
}

const ASKED: &str = "What was asked";

/// The task in its own words, with the options that there are.
pub(super) fn asked(task: &Task) -> Markup {
    html! {
        @if !task.prompt.is_empty() || !task.options.is_empty() {
            details {
                summary { (ASKED) }
                (markup::text(&task.prompt))
                @if !task.options.is_empty() {
                    ul.options {
                        @for (letter, text) in &task.options {
                            li { strong { (letter) "." } " " (markup::inline(text)) }
                        }
                    }
                }
            }
        }
    }
}

/// Options with their texts, everything else as it was written.
fn answer(task: &Task, item: &Item) -> Markup {
    let options = options(task, &item.answer);
    html! {
        @if options.is_empty() {
            @match task.kind {
                // Its lines are as long as they are.
                TaskKind::Exercise => pre { code { (cut(&item.answer)) } },
                TaskKind::Question | TaskKind::Manual => pre.text { code { (cut(&item.answer)) } },
            }
        } @else {
            @if !item.said.is_empty() && item.said != item.answer {
                p {
                    "You wrote " strong { (cut(&item.said)) } ", which "
                    @if options.len() == 1 { "is " } @else { "are " }
                    strong { (item.answer) } " under “" (ASKED) "”: your notebook has the options in an order of its own."
                }
            }
            @for (letter, text) in options {
                p { strong { (letter) "." } " " (markup::inline(text)) }
            }
        }
    }
}

/// The options that an answer of letters names, in its order.
pub(super) fn options<'a>(task: &'a Task, answer: &str) -> Vec<(&'a str, &'a str)> {
    if task.kind != TaskKind::Question {
        return Vec::new();
    }
    let letters = answer.chars().filter(|c| !matches!(c, ',' | ' '));
    let named = letters.map(|c| {
        let option = task
            .options
            .iter()
            .find(|(letter, _)| letter.chars().eq([c]));
        option.map(|(letter, text)| (letter.as_str(), text.as_str()))
    });
    named.collect::<Option<_>>().unwrap_or_default()
}

fn tone(standing: Standing, points: Option<f64>, possible: f64) -> &'static str {
    match (standing, points) {
        (Standing::NotGraded, _) | (_, None) => "",
        (_, Some(points)) if points >= possible => "good",
        (_, Some(points)) if points > 0.0 => "part",
        _ => "bad",
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}\n..", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
