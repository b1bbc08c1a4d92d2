//! From a panic to what it means.
//!
//! Both tools report everything by panics. What a tool says of itself is told
//! from what the closure says by the source file of the panic, or by a sentence
//! that nobody else would write.

use std::any::Any;

use super::schedule::Schedule;
use super::search::Search;
use super::verdict::{Failure, FailureKind, Reason, Verdict};
use crate::panics::{self, Note};

/// What ran the closure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    Loom { threads: usize },
    Shuttle,
}

/// What a panic that ended an execution means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judgement {
    Failed(FailureKind, String),
    GaveUp(Reason),
}

impl Judgement {
    pub(super) fn verdict(
        self,
        search: Search,
        executions: u64,
        schedule: Option<Schedule>,
    ) -> Verdict {
        match self {
            Self::GaveUp(reason) => Verdict::gave_up(search, executions, reason),
            Self::Failed(kind, message) => Verdict::Failed {
                search,
                executions,
                failure: Failure {
                    kind,
                    message,
                    schedule,
                },
            },
        }
    }
}

/// Judges the panic that ended an execution on this thread.
pub(super) fn judge(tool: Tool, payload: &dyn Any) -> Judgement {
    let message = panics::message(payload);
    let file = panics::noted(&message).map_or_else(String::new, |note| note.file);
    judge_note(tool, &Note { message, file })
}

/// Judges an abort, by what its thread noted in the last execution: most often
/// a panic, a second one that met it while it unwound, and std's word on that.
pub(super) fn judge_abort(tool: Tool, notes: &[Note]) -> Judgement {
    let in_cleanup = notes
        .iter()
        .any(|note| note.message.starts_with(IN_CLEANUP));
    // What a tool says is nearer to the cause than what followed from it.
    let told = notes.iter().map(|note| judge_note(tool, note));
    let of_tool = told
        .clone()
        .find(|told| !matches!(told, Judgement::Failed(FailureKind::Panic, _)));
    let first = of_tool.or_else(|| told.clone().next());
    match first {
        Some(first) if in_cleanup => first,
        _ => failed(
            FailureKind::Abort,
            "the closure ends the process, as `std::process::abort` does".to_owned(),
        ),
    }
}

/// How std tells of a panic in a destructor while another one unwinds.
const IN_CLEANUP: &str = "panic in a destructor during cleanup";

fn judge_note(tool: Tool, Note { message, file }: &Note) -> Judgement {
    match tool {
        Tool::Loom { threads } => of_loom(message, file, threads),
        Tool::Shuttle => of_shuttle(message, file),
    }
}

fn of_loom(message: &str, file: &str, threads: usize) -> Judgement {
    if message.contains("Are you accessing a Shuttle primitive outside") {
        return wrong_types("shuttle", "loom");
    }
    if message.starts_with("Causality violation") {
        return failed(FailureKind::DataRace, tidy(message));
    }
    if !file.contains("/loom") {
        return failed(FailureKind::Panic, message.to_owned());
    }
    if message.starts_with("deadlock; threads") {
        let waiting = blocked_in_loom(message);
        return failed(FailureKind::Deadlock, waiting);
    }
    if message.starts_with("Model exceeded maximum number of branches") {
        return failed(FailureKind::TooLong, spinning().to_owned());
    }
    if message.contains("threads.len() < self.max") {
        return Judgement::GaveUp(Reason::Threads { most: threads });
    }
    if message.contains("Is the model fully deterministic?") {
        let what = "it took other steps than before".to_owned();
        return Judgement::GaveUp(Reason::NotDeterministic(what));
    }
    if message.contains(" leaked.") {
        return failed(FailureKind::Leak, tidy(message));
    }
    failed(FailureKind::Panic, message.to_owned())
}

fn of_shuttle(message: &str, file: &str) -> Judgement {
    if message.starts_with("cannot access Loom execution state") {
        return wrong_types("loom", "shuttle");
    }
    // The second is how it meets a thread that waits now and could run before.
    let other = message.contains("can_spuriously_wakeup()");
    if file.contains("/shuttle-schedulers") || other {
        let what = "other threads could run than before".to_owned();
        return Judgement::GaveUp(Reason::NotDeterministic(what));
    }
    if !file.contains("/shuttle") {
        return failed(FailureKind::Panic, message.to_owned());
    }
    if message.starts_with("deadlock") {
        return failed(FailureKind::Deadlock, blocked_in_shuttle(message));
    }
    if message.starts_with("exceeded max_steps bound") {
        return failed(FailureKind::TooLong, spinning().to_owned());
    }
    failed(FailureKind::Panic, message.to_owned())
}

fn failed(kind: FailureKind, message: String) -> Judgement {
    Judgement::Failed(kind, message)
}

fn wrong_types(used: &'static str, under: &'static str) -> Judgement {
    Judgement::GaveUp(Reason::WrongTypes { used, under })
}

fn spinning() -> &'static str {
    "the execution took more steps than the limit; does a thread wait in a loop for another one?"
}

/// `loom` writes over several lines and ends in empty ones.
fn tidy(message: &str) -> String {
    let lines = message.lines().map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

/// `loom` says `(Id(0), Blocked(..)), (Id(1), Terminated)`.
fn blocked_in_loom(message: &str) -> String {
    let threads = message.split("(Id(").skip(1);
    let blocked = threads.filter(|thread| thread.contains("Blocked"));
    waiting(blocked.filter_map(|thread| thread.split(')').next()))
}

/// `shuttle` says `blocked tasks: [main-thread (task main-thread(0)), ..]`, or
/// `task main-thread(0) tried to acquire a Mutex it already holds`.
fn blocked_in_shuttle(message: &str) -> String {
    if let Some((before, lock)) = message.split_once(" tried to acquire ") {
        let number = before.rsplit('(').next().unwrap_or(before);
        let thread = number.trim_end_matches(')');
        return format!("thread {thread} tried to acquire {lock}");
    }
    let tasks = message.split(" (task ").skip(1);
    waiting(tasks.filter_map(|task| {
        let label = task.split(')').next()?;
        Some(label.rsplit('(').next().unwrap_or(label))
    }))
}

fn waiting<'a>(threads: impl Iterator<Item = &'a str>) -> String {
    let threads: Vec<&str> = threads.collect();
    match threads[..] {
        [] => "nothing can wake the threads that wait".to_owned(),
        [one] => format!("thread {one} waits, and nothing can wake it"),
        _ => format!(
            "threads {} wait, and nothing can wake them",
            threads.join(", ")
        ),
    }
}
