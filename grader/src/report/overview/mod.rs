//! The instructor's page about a class: who needs attention, how points are
//! distributed, which tasks were hard and why.

mod histogram;
mod scores;
mod tally;

pub(super) use tally::Tally;

use maud::{Markup, html};
use tally::{NotebookTally, Points, Said, TaskTally};

use super::feedback::{asked, options};
use super::file_name::feedback_link;
use super::words::{counted, late, points, points_of};
use super::{markup, page};
use crate::results::TaskKind;

/// Rows of the table of hard tasks, and wrong answers to one question.
const HARDEST: usize = 20;
const WRONG: usize = 5;

/// The page, a whole HTML document.
#[must_use]
pub(super) fn overview(tally: &Tally<'_>) -> String {
    let body = html! {
        h1 { "Class overview" }
        (summary(tally))
        (said("Could not be graded", &tally.problems))
        (pending(tally))
        (scores(tally))
        (hardest(tally))
        (wrong_answers(tally))
        (said("Remarks on submissions", &tally.remarks))
        (students(tally))
    };
    page::page("Class overview", &body)
}

fn summary(tally: &Tally<'_>) -> Markup {
    let students = counted(tally.students.len() as u64, "student");
    let handed_in = counted(tally.submissions, "notebook");
    html! {
        p {
            strong { (students) } ", who handed in " strong { (handed_in) } ". "
            @match tally.problems.count {
                0 => "All could be graded. ",
                1 => { strong { "1" } " could not be graded. " }
                many => { strong { (many) } " could not be graded. " }
            }
            @match tally.pending() {
                0 => "Nothing waits for a person.",
                1 => { strong { "1" } " answer waits for a person." }
                many => { strong { (many) } " answers wait for a person." }
            }
        }
    }
}

fn said(title: &str, said: &Said) -> Markup {
    html! {
        @if said.count > 0 {
            h2 { (title) }
            div.wide {
                table {
                    thead { tr { th scope="col" { "student" } th scope="col" { "notebook" } th scope="col" { "what" } } }
                    tbody {
                        @for (student, notebook, sentence) in &said.listed {
                            tr { td { (student_link(student)) } td { (notebook) } td { (sentence) } }
                        }
                    }
                }
            }
            @if said.count > said.listed.len() as u64 {
                p.faint { "and " (said.count - said.listed.len() as u64) " more" }
            }
        }
    }
}

fn pending(tally: &Tally<'_>) -> Markup {
    let waiting: Vec<_> = tally.tasks().filter(|(_, task)| task.pending > 0).collect();
    html! {
        @if !waiting.is_empty() {
            h2 { "Waiting for a person" }
            p.faint { code { "twoaxes-grader pending" } " lists the answers, " code { "twoaxes-grader mark" } " gives points." }
            div.wide {
                table {
                    thead { tr { th scope="col" { "notebook" } th scope="col" { "task" } th.number scope="col" { "answers" } } }
                    tbody {
                        @for (notebook, task) in waiting {
                            tr { td { (notebook.name) } td { (task_name(task)) } td.number { (task.pending) } }
                        }
                    }
                }
            }
        }
    }
}

/// The notebooks that somebody has handed in.
fn begun<'a>(tally: &'a Tally<'a>) -> impl Iterator<Item = &'a NotebookTally<'a>> {
    tally.notebooks.iter().filter(|one| one.notebook.handed_in)
}

fn scores(tally: &Tally<'_>) -> Markup {
    let centre = |scores: &scores::Scores| match (scores.mean(), scores.median()) {
        (Some(mean), Some(median)) => format!("Mean {mean:.0}%, median {median}%."),
        _ => String::new(),
    };
    let not_begun = tally.notebooks.iter().filter(|one| !one.notebook.handed_in);
    let not_begun: Vec<&str> = not_begun.map(|one| one.notebook.name.as_str()).collect();
    html! {
        h2 { "Scores" }
        @if begun(tally).count() > 1 {
            (histogram::histogram("scores", "All notebooks together", "student", &tally.scores))
            p { (centre(&tally.scores)) " What a student did not hand in, and others did, counts 0." }
        }
        @for (place, one) in (1..).zip(begun(tally)) {
            (histogram::histogram(&format!("scores-{place}"), &one.notebook.name, "submission", &one.scores))
            p { (centre(&one.scores)) }
        }
        @if !not_begun.is_empty() {
            p { "Nobody has handed in yet, so that it does not count: " (not_begun.join(", ")) "." }
        }
    }
}

fn hardest(tally: &Tally<'_>) -> Markup {
    let hardest = tally.hardest();
    html! {
        @if !hardest.is_empty() {
            h2 { "Hardest tasks" }
            div.wide {
                table {
                    caption { "By the share of points that was earned, before lateness." }
                    thead { tr {
                        th scope="col" { "notebook" } th scope="col" { "task" }
                        th.number scope="col" { "earned (%)" } th.number scope="col" { "answered" }
                        th.number scope="col" { "handed in" }
                    } }
                    tbody {
                        @for (notebook, task, share) in hardest.into_iter().take(HARDEST) {
                            tr {
                                td { (notebook.name) } td { (task_name(task)) }
                                td.number { (format!("{:.0}", share * 100.0)) } td.number { (task.answered) }
                                td.number { (task.handed_in) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn wrong_answers(tally: &Tally<'_>) -> Markup {
    let tasks = tally.tasks();
    let answered: Vec<_> = tasks
        .filter(|(_, task)| task.task.kind == TaskKind::Question)
        .map(|(notebook, task)| (notebook, task, task.wrong()))
        .filter(|(_, _, wrong)| !wrong.is_empty())
        .collect();
    html! {
        @if !answered.is_empty() {
            h2 { "Most chosen wrong answers" }
            @for (notebook, task, wrong) in answered {
                h3 { (task_name(task)) " " span.faint { (notebook.name) } }
                (asked(task.task))
                div.wide {
                    table {
                        thead { tr { th.number scope="col" { "times" } th scope="col" { "answer" } } }
                        tbody {
                            @for (answer, count) in wrong.iter().take(WRONG) {
                                tr { td.number { (count) } td { (wrong_answer(task, answer)) } }
                            }
                        }
                    }
                }
                (rest(&wrong, task.other_wrong))
            }
        }
    }
}

/// How many wrong answers are not in the table.
fn rest(wrong: &[(&str, u64)], other: u64) -> Markup {
    let more: u64 = wrong.iter().skip(WRONG).map(|(_, count)| count).sum();
    html! {
        @if more + other > 0 { p.faint { (counted(more + other, "other wrong answer")) } }
    }
}

fn wrong_answer(task: &TaskTally<'_>, answer: &str) -> Markup {
    let options = options(task.task, answer);
    html! {
        @if options.is_empty() { code { (answer) } }
        @for (place, (letter, text)) in options.iter().enumerate() {
            @if place > 0 { br; }
            strong { (letter) "." } " " (markup::inline(text))
        }
    }
}

fn students(tally: &Tally<'_>) -> Markup {
    html! {
        h2 { "Students" }
        div.wide {
            table {
                caption {
                    "Points of " (points(tally.possible)) " in all notebooks that somebody has handed in, after lateness."
                }
                thead { tr {
                    th scope="col" { "student" } th.number scope="col" { "points" }
                    @for one in begun(tally) { th.number scope="col" { (one.notebook.name) } }
                    th.number scope="col" { "handed in" } th.number scope="col" { "waiting" }
                    th.number scope="col" { "problems" }
                } }
                tbody {
                    @for row in &tally.students {
                        tr {
                            td { (student_link(&row.name)) }
                            td.number { (points(row.points)) }
                            @for (one, got) in tally.notebooks.iter().zip(&row.notebooks) {
                                @if one.notebook.handed_in { td.number { (in_notebook(*got)) } }
                            }
                            td.number { (row.handed_in) }
                            td.number { (row.pending) }
                            td.number { (row.problems) }
                        }
                    }
                }
            }
        }
    }
}

fn in_notebook(got: Option<Points>) -> Markup {
    html! {
        @if let Some(got) = got {
            (points(got.points))
            @if let Some(late) = late(got.late) { br; span.faint { (late) } }
        }
    }
}

fn task_name(task: &TaskTally<'_>) -> Markup {
    let most = points_of(Some(task.task.possible), task.task.possible);
    html! {
        (markup::inline(&task.task.title))
        @if task.task.title != task.task.name { " " span.faint title=(most) { "(" (task.task.name) ")" } }
    }
}

fn student_link(name: &str) -> Markup {
    html! { a href=(feedback_link(name)) { (name) } }
}
