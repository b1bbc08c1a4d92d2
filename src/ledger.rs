//! What this session has answered and earned, so that a card can say how far
//! the student has come.
//!
//! Private to the crate, on the level below `quiz` and `exercise`, which write
//! here. It uses [`crate::notebook`] to learn which cell runs. Nothing of it
//! counts: the grader reads a notebook's own text.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::notebook::{self, RunningCell};

/// How a question or an exercise stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Its cell has run, and nothing is filled in.
    Untouched,
    /// What is filled in cannot be read.
    Unreadable,
    /// Answered, not right.
    Wrong,
    /// Answered, right.
    Right,
    /// Answered; the verdict comes with the grade.
    Recorded,
    /// Answered; the next cell measures.
    Predicted,
    /// An exercise: so many points of those that its visible tests give.
    Points { got: u32, of: u32 },
}

/// Another answer to the same question, which this one replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Clash {
    /// The same run of the same cell gave it.
    SameRun { before: String },
    /// Another cell gave it.
    OtherCell { before: String },
}

struct Entry {
    mark: Mark,
    answer: String,
    by: RunningCell,
}

static ENTRIES: Mutex<BTreeMap<String, Entry>> = Mutex::new(BTreeMap::new());

/// Notes how `name` stands after the answer `answer`; the last one counts.
/// Says so if that replaces another answer which the student may have
/// forgotten.
pub(crate) fn record(name: &str, mark: Mark, answer: &str) -> Option<Clash> {
    let by = notebook::running_cell();
    let mut entries = entries();
    let entry = Entry {
        mark,
        answer: answer.to_owned(),
        by: by.clone(),
    };
    let before = entries.insert(name.to_owned(), entry)?;
    let same = before.answer == answer;
    if same || before.mark == Mark::Untouched || mark == Mark::Untouched {
        return None;
    }
    let from = before.answer;
    match (&before.by, &by) {
        (before, now) if before.run == now.run && now.run > 0 => {
            Some(Clash::SameRun { before: from })
        }
        (RunningCell { name: Some(a), .. }, RunningCell { name: Some(b), .. }) if a != b => {
            Some(Clash::OtherCell { before: from })
        }
        _ => None,
    }
}

/// How `name` stands; `None` if its cell has not run in this session.
pub(crate) fn mark(name: &str) -> Option<Mark> {
    entries().get(name).map(|entry| entry.mark)
}

/// The answer that `name` has, if one is filled in.
pub(crate) fn answer(name: &str) -> Option<String> {
    let entries = entries();
    let entry = entries.get(name)?;
    (entry.mark != Mark::Untouched).then(|| entry.answer.clone())
}

fn entries() -> MutexGuard<'static, BTreeMap<String, Entry>> {
    ENTRIES.lock().unwrap_or_else(PoisonError::into_inner)
}
