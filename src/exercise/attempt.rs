//! Trying out code that may do anything: panic, take for ever, or not be there.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::cards::cut;
use crate::model::check::{Check, FailureKind, Reason, Search, Stopped, Verdict};
use crate::panics;
use crate::stderr;

/// How a case failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The student's code says `todo!()`.
    NotWritten,
    /// What is wrong.
    Wrong(String),
    /// It panicked, with these words.
    Panicked(String),
    /// It was still running after so long.
    Endless(Duration),
    /// An earlier case did not end, so this one was not tried.
    Skipped,
    /// An execution failed under a checker.
    Schedule {
        /// What went wrong in it.
        why: String,
        /// Which thread went on at each step, and how to see it again.
        order: Option<String>,
    },
    /// A checker waited for it in vain, and its thread goes on.
    Stuck(String),
    /// There is no telling.
    Unknown(String),
}

pub(super) type Run = Box<dyn FnOnce() -> Result<(), String> + Send>;

/// What a checker runs again and again.
pub(super) type Closure = Arc<dyn Fn() + Send + Sync>;

/// How long a case may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience(pub(super) Duration);

impl Default for Patience {
    fn default() -> Self {
        Self(Duration::from_secs(10))
    }
}

/// What `todo!()` says.
const TODO: &str = "not yet implemented";

/// Runs `run` on a thread of its own. If it takes too long, the thread is left
/// behind: there is no way to end it.
pub(super) fn attempt(run: Run, Patience(time): Patience) -> Result<(), Fault> {
    let Some(hook) = panics::Guard::new() else {
        return Err(Fault::Unknown(
            "An exercise cannot be checked while a panic unwinds.".to_owned(),
        ));
    };
    let _hush = panics::Hush::new();
    let stdout = stderr::ToStdout::new();
    let (done, result) = mpsc::channel();
    let thread = thread::Builder::new().name("exercise".to_owned());
    let started = thread.spawn(move || {
        // For as long as it runs, which may be longer than anybody waits.
        let (_hook, _stdout) = (hook, stdout);
        panics::note_this_thread(&panics::Notes::default());
        let outcome =
            catch_unwind(AssertUnwindSafe(run)).map_err(|payload| panics::message(&*payload));
        // Nobody waits any more if it took too long.
        let _ = done.send(outcome);
    });
    let thread = match started {
        Ok(thread) => thread,
        Err(error) => {
            return Err(Fault::Unknown(format!(
                "No thread could be started to try it on: {error}."
            )));
        }
    };
    let outcome = match result.recv_timeout(time) {
        Ok(outcome) => outcome,
        Err(RecvTimeoutError::Timeout) => return Err(Fault::Endless(time)),
        Err(RecvTimeoutError::Disconnected) => Err("it ended without a word".to_owned()),
    };
    // It has said its last word; what is left is to drop what it owns.
    let _ = thread.join();
    match outcome {
        Ok(judged) => judged.map_err(Fault::Wrong),
        Err(message) => Err(fault_of(message, Fault::Panicked)),
    }
}

/// How many schedules are drawn by lot after a search that came to no end.
const BY_LOT: u64 = 2_000;

/// Fewer executions than this, when the time was up, say nothing: it would
/// depend on the machine whether a mistake is found.
const ENOUGH: u64 = 100;

/// Looks at the executions of a closure; gives what a passing checker says.
pub(super) fn explored(check: &Check, closure: Closure) -> Result<String, Fault> {
    let stdout = stderr::ToStdout::new();
    let found = explored_quietly(check, closure);
    if let Err(Fault::Stuck(_)) = found {
        // Its thread goes on, and so does what it prints.
        std::mem::forget(stdout);
    }
    found
}

fn explored_quietly(check: &Check, closure: Closure) -> Result<String, Fault> {
    let run = |check: &Check| {
        let closure = Arc::clone(&closure);
        check.run(move || closure())
    };
    let first = run(check);
    judged(&first)?;
    if first.is_complete() || first.search() != Search::Dfs {
        enough(&first, first.executions())?;
        return Ok(sentence(&first.summary()));
    }
    let second = run(&check.by_lot(1, BY_LOT));
    judged(&second)?;
    enough(
        &second,
        first.executions().saturating_add(second.executions()),
    )?;
    Ok(format!(
        "{} schedules in turn and {} by lot were tried, none of them failed, and there are more.",
        first.executions(),
        second.executions()
    ))
}

/// Whether so many executions, when `last` was stopped, are worth something.
fn enough(last: &Verdict, executions: u64) -> Result<(), Fault> {
    let time_was_up = matches!(
        last,
        Verdict::Passed {
            stopped: Stopped::Time,
            ..
        }
    );
    match time_was_up && executions < ENOUGH {
        false => Ok(()),
        true => Err(Fault::Unknown(format!(
            "Only {executions} orders of the threads could be tried in time, which says nothing: \
             does the code sleep, or compute for long? Take that out, and run this cell again."
        ))),
    }
}

fn sentence(summary: &str) -> String {
    format!("{summary}.")
}

fn judged(verdict: &Verdict) -> Result<(), Fault> {
    if verdict.passed() {
        return Ok(());
    }
    let Some(failure) = verdict.failure() else {
        let summary = format!("It could not be checked {}.", verdict.summary());
        return Err(match verdict.reason() {
            Some(Reason::Stuck { .. }) => Fault::Stuck(summary),
            _ => Fault::Unknown(summary),
        });
    };
    let order = verdict.order();
    let words = match failure.kind {
        FailureKind::Panic => failure.message.clone(),
        kind => format!("{kind}: {}", failure.message),
    };
    Err(fault_of(failure.message.clone(), |_| Fault::Schedule {
        why: words,
        order,
    }))
}

fn fault_of(message: String, otherwise: impl FnOnce(String) -> Fault) -> Fault {
    match message.starts_with(TODO) {
        true => Fault::NotWritten,
        false => otherwise(message),
    }
}

/// The most characters of a value that are shown.
const SHOWN: usize = 240;

/// The sentence on two values that should be the same.
pub(super) fn differ(expected: &dyn Debug, got: &dyn Debug) -> String {
    format!("Expected `{}`, got `{}`.", short(expected), short(got))
}

fn short(value: &dyn Debug) -> String {
    cut(&format!("{value:?}").replace('`', "'"), SHOWN)
}
