//! Exercises: from how the code ran to points and words.

use std::collections::BTreeSet;

use super::guard::{self, Found, with_types};
use crate::notebook::{fenced, without_comments};
use crate::plan::{Check, Plan, Run, defined};
use crate::results::{Item, Task, Verdict};
use crate::run::{CellError, Ended, Session, Tried};

/// The most bytes of what a cell has printed that are kept as evidence.
const PRINTED: usize = 4_000;

/// Points closer than this are the same.
const SAME: f64 = 1e-9;

/// Tries the student's code on a check, unless there is nothing to try.
///
/// # Errors
/// When nothing can be run at all.
pub fn attempt<'t>(
    task: &Task,
    check: &Check,
    plan: &Plan,
    session: &mut Session<'_>,
    stubs: Stubs,
    answer: impl Fn(usize) -> &'t str + Copy,
) -> anyhow::Result<Item> {
    // Comments are blanked: no tool on the way may take one for code.
    let prepared: Vec<String> = plan
        .answers
        .iter()
        .enumerate()
        .map(|(index, cell)| with_types(&without_comments(answer(index)), &cell.stub))
        .collect();
    let code = |index: usize| prepared.get(index).map_or("", String::as_str);
    // Those that will run, and no others, have to pass the guard.
    let mine: Vec<usize> = check
        .cells(code)
        .into_iter()
        .filter_map(|run| match run {
            Run::Answer(index) => Some(index),
            Run::Given(_) => None,
        })
        .collect();
    let item = Attempt {
        name: &task.name,
        possible: task.possible,
        answer: mine
            .iter()
            .map(|index| answer(*index))
            .collect::<Vec<_>>()
            .join("\n\n"),
    };
    let cells = || {
        mine.iter()
            .filter_map(|index| Some((*index, plan.answers.get(*index)?)))
    };
    let untouched = cells().all(|(index, cell)| is_untouched(answer(index), &cell.stub));
    if untouched && stubs == Stubs::AreNothing {
        let words = "Nothing was written here.";
        return Ok(item.worth(0.0, Verdict::Unanswered, words, ""));
    }
    let mut broken = None;
    for (index, cell) in cells() {
        match guard::look(code(index), cell, check) {
            Found::Fine => {}
            Found::Refused(why) => return Ok(item.worth(0.0, Verdict::Refused, &why, "")),
            Found::Broken => broken = broken.or(Some(index)),
        }
    }
    let defined: BTreeSet<String> = mine
        .iter()
        .flat_map(|index| defined(code(*index)))
        .collect();
    let missing = cells()
        .flat_map(|(_, cell)| &cell.defines)
        .find(|name| check.relies_on.contains(*name) && !defined.contains(*name));
    let tried = match (broken, missing) {
        // Never beside a check, whatever a compiler makes of it.
        (Some(index), _) => session.alone(index, code(index))?,
        (None, Some(name)) => {
            let words = format!("The answer does not define `{name}`, which the check needs.");
            return Ok(item.worth(0.0, Verdict::NotCompiled, &words, ""));
        }
        (None, None) => session.check(check, task.possible, code)?,
    };
    let name = |number: usize| {
        let index = session.answer_of(number)?;
        Some(plan.answers.get(index)?.id.clone())
    };
    Ok(item.judged(&tried, check, plan, name))
}

/// What a cell is worth that is as students got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stubs {
    /// Nothing, whatever its check would say.
    AreNothing,
    /// What its check says: whoever proves a course wants to know.
    AreTried,
}

fn is_untouched(text: &str, stub: &str) -> bool {
    text.trim().is_empty() || text.trim() == stub.trim()
}

struct Attempt<'a> {
    name: &'a str,
    possible: f64,
    answer: String,
}

impl Attempt<'_> {
    fn worth(&self, earned: f64, verdict: Verdict, words: &str, evidence: &str) -> Item {
        Item {
            name: self.name.to_owned(),
            earned: Some(earned),
            verdict,
            answer: self.answer.clone(),
            said: String::new(),
            words: words.to_owned(),
            evidence: evidence.to_owned(),
        }
    }

    fn judged(
        &self,
        tried: &Tried,
        check: &Check,
        plan: &Plan,
        name: impl Fn(usize) -> Option<String>,
    ) -> Item {
        let told = |report: &str| located(report, &name, &check.id);
        match tried {
            Tried::NoTime => self.worth(
                0.0,
                Verdict::Ended,
                "The time for this notebook was used up before this could be checked.",
                "",
            ),
            Tried::Gone(why) => self.worth(
                0.0,
                Verdict::Ended,
                "This code cannot be compiled: the compiler gave up over it.",
                why,
            ),
            Tried::Above { answer, ended } => {
                let Some(error) = &ended.error else {
                    let words = "The answer cannot be read as Rust.";
                    return self.worth(0.0, Verdict::NotCompiled, words, &evidence(ended));
                };
                let report = error.report.as_str();
                let verdict = verdict_of(ended);
                let cell = answer.and_then(|index| plan.answers.get(index));
                let place = match cell {
                    Some(cell) => format!("The cell {:?}", cell.id),
                    None => "A cell of the notebook that builds on the answer".to_owned(),
                };
                // The last words of a compiler are no help to a student.
                let report = match gave_up(error) {
                    true => "the compiler gave up over it: write it plainer",
                    false => report,
                };
                let words = format!("{place} {}\n\n{}", how(ended), shown(&told(report)));
                self.worth(0.0, verdict, words.trim(), &evidence(ended))
            }
            Tried::Checked { ended, visible } => self.checked(ended, visible.as_ref(), check, told),
        }
    }

    fn checked(
        &self,
        ended: &Ended,
        visible: Option<&Ended>,
        check: &Check,
        told: impl Fn(&str) -> String,
    ) -> Item {
        let proof = evidence(ended);
        // After an error there is no verdict, whatever came before.
        let verdict = ended.verdict.as_ref().filter(|_| ended.error.is_none());
        let Some(verdict) = verdict else {
            let kind = verdict_of(ended);
            let words = self.failed(ended, visible, check, told);
            return self.worth(0.0, kind, words.trim(), &proof);
        };
        let points = verdict.points.unwrap_or(self.possible);
        let earned = points.clamp(0.0, self.possible);
        if earned >= self.possible - SAME {
            return self.worth(self.possible, Verdict::Right, "All cases pass.", &proof);
        }
        let kind = if earned > 0.0 {
            Verdict::Partly
        } else {
            Verdict::Wrong
        };
        let shown = visible.unwrap_or(ended);
        let mut words = cards(shown);
        if visible.is_some_and(passes) {
            words.push_str("\nIt passes the tests in the notebook, and not all that are hidden.");
        } else if let Some(points) = visible.and_then(points_of) {
            let hidden = earned - points;
            if hidden >= 0.0 {
                words.push_str(&format!("\nThe hidden tests gave {hidden} points."));
            }
        }
        self.worth(earned, kind, words.trim(), &proof)
    }

    /// What to say of a check that came to no verdict, without a word about a
    /// hidden test.
    fn failed(
        &self,
        ended: &Ended,
        visible: Option<&Ended>,
        check: &Check,
        told: impl Fn(&str) -> String,
    ) -> String {
        let report = |ended: &Ended| {
            ended
                .error
                .as_ref()
                .map(|error| shown(&told(&error.report)))
        };
        let more = match (&check.visible, visible) {
            (Some(_), Some(visible)) if visible.error.is_some() => report(visible),
            (Some(_), Some(_)) if verdict_of(ended) == Verdict::NotCompiled => {
                Some("It fits the tests in the notebook, and not one that is hidden.".to_owned())
            }
            (Some(_), Some(_)) => Some(
                "It passes the tests in the notebook, and fails one that is hidden.".to_owned(),
            ),
            (Some(_), None) => None,
            (None, _) => report(ended),
        };
        format!("The check {}\n\n{}", how(ended), more.unwrap_or_default())
    }
}

/// The points of a check that ran to its end.
fn points_of(ended: &Ended) -> Option<f64> {
    ended.verdict.as_ref()?.points
}

/// A report as it is, in a text that is read as Markdown.
fn shown(report: &str) -> String {
    match report.trim().is_empty() {
        true => String::new(),
        false => fenced(report.trim_end()),
    }
}

/// What the check has shown about the cases: not the points, which are those of
/// the visible ones, nor what only helps beside a running kernel.
fn cards(ended: &Ended) -> String {
    let lines = ended.shown.iter().flat_map(|display| display.text.lines());
    let lines: Vec<String> = lines
        .filter(|line| !is_headline(line))
        .filter(|line| !line.ends_with("from tests that run when you have handed in."))
        .map(
            |line| match line.split_once(" It goes on in the background") {
                Some((told, _)) => told.to_owned(),
                None => line.to_owned(),
            },
        )
        .collect();
    match (&ended.error, lines.is_empty()) {
        (Some(error), true) => shown(&error.report),
        _ => lines.join("\n"),
    }
}

/// Whether a line is the first of a card, or a number by itself.
fn is_headline(line: &str) -> bool {
    let is_number = line.trim().chars().all(|c| c.is_ascii_digit());
    is_number || (line.starts_with(['✔', '✘', '◐', '○', '!']) && line.contains(" points ("))
}

/// Whether the visible check has shown no case that fails.
fn passes(ended: &Ended) -> bool {
    ended.error.is_none()
        && !cards(ended)
            .lines()
            .any(|line| line.starts_with(['✘', '!']))
}

fn verdict_of(ended: &Ended) -> Verdict {
    if ended.ends_process() {
        return Verdict::Ended;
    }
    let name = ended.error.as_ref().map_or("", |error| error.name.as_str());
    match name {
        "CompileError" | "LinkError" | "Error" | "VariableError" | "TypeRedefined" => {
            Verdict::NotCompiled
        }
        _ => Verdict::Wrong,
    }
}

/// Whether the compiler did not come to say where the error is.
fn gave_up(error: &CellError) -> bool {
    error.name == "CompileError" && !error.report.contains("-->")
}

/// How a cell ended, as the rest of a sentence.
fn how(ended: &Ended) -> String {
    let Some(error) = &ended.error else {
        return match ended.forged {
            true => "was given a verdict that is not its own, so it has none.",
            false => "ended without a verdict.",
        }
        .to_owned();
    };
    if ended.timed_out {
        return "did not end in time and was stopped: does a loop never end, or does a thread wait \
                for ever?"
            .to_owned();
    }
    match error.name.as_str() {
        "Exit" => format!("ended the whole program: {}.", error.value),
        "Crash" => format!("was ended by the system: {}{}.", error.value, why(error)),
        "CompileError" => "does not compile.".to_owned(),
        "Panic" => "panicked.".to_owned(),
        _ => "failed.".to_owned(),
    }
}

/// What a signal most often means here.
fn why(error: &CellError) -> &'static str {
    let signals = [
        (
            "SIGSEGV",
            ", most often because a function calls itself without an end",
        ),
        (
            "SIGABRT",
            ", which happens when it aborts or takes more memory than there is for it",
        ),
        ("SIGXFSZ", ", because it wrote too large a file"),
        (
            "SIGXCPU",
            ", because it used more CPU time than there is for it",
        ),
        (
            "SIGKILL",
            ", most often because it used more CPU time or memory than there is for it",
        ),
        ("SIGSYS", ", because it called what is not allowed"),
    ];
    let mut signals = signals.into_iter();
    signals
        .find(|(signal, _)| error.value.contains(signal))
        .map_or("", |(_, why)| why)
}

/// The report with names of cells in place of the numbers that they had here.
fn located(report: &str, name: impl Fn(usize) -> Option<String>, check: &str) -> String {
    let mut told = String::with_capacity(report.len());
    let mut rest = report;
    while let Some((before, after)) = rest.split_once("cell [") {
        told.push_str(before);
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        let closed = after
            .get(digits.len()..)
            .and_then(|rest| rest.strip_prefix(']'));
        let Some(closed) = closed else {
            told.push_str("cell [");
            rest = after;
            continue;
        };
        let named = digits.parse().ok().and_then(&name);
        let named = named.unwrap_or_else(|| check.to_owned());
        told.push_str(&format!("cell {named:?}"));
        rest = closed;
    }
    told.push_str(rest);
    // What helps beside a running kernel.
    let helps =
        |line: &&str| !line.contains("run that cell first") && !line.starts_with("(`:explain`");
    told.lines().filter(helps).collect::<Vec<_>>().join("\n")
}

/// All that is known, for the instructor.
fn evidence(ended: &Ended) -> String {
    let mut lines = vec![format!("{:.2} s", ended.seconds)];
    if let Some(error) = &ended.error {
        lines.push(error.report.clone());
    }
    lines.extend(ended.shown.iter().map(|display| display.text.clone()));
    if !ended.printed.is_empty() {
        let end = ended
            .printed
            .floor_char_boundary(PRINTED.min(ended.printed.len()));
        lines.push(format!(
            "It printed: {}",
            ended.printed.get(..end).unwrap_or_default()
        ));
        if end < ended.printed.len() || ended.cut {
            lines.push("(and more)".to_owned());
        }
    }
    lines.join("\n")
}
