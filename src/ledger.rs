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
    /// Another cell gave it, and this one has none: the other's stands.
    EmptyCopy { stands: String },
}

/// No answer is longer than this in a card or in the ledger, in characters.
const LONGEST: usize = 200;

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
    let answer: String = answer.chars().take(LONGEST).collect();
    let mut entries = entries();
    let standing = entries
        .get(name)
        .filter(|before| before.mark != Mark::Untouched && before.answer != answer);
    let clash = standing.and_then(|before| {
        let from = before.answer.clone();
        match (&before.by, &by) {
            (before, now) if before.run == now.run && now.run > 0 => {
                Some(Clash::SameRun { before: from })
            }
            (RunningCell { name: Some(a), .. }, RunningCell { name: Some(b), .. }) if a != b => {
                Some(match mark {
                    Mark::Untouched => Clash::EmptyCopy { stands: from },
                    _ => Clash::OtherCell { before: from },
                })
            }
            _ => None,
        }
    });
    if matches!(clash, Some(Clash::EmptyCopy { .. })) {
        return clash;
    }
    // Whoever runs the cell of a prediction again has not forgotten what the
    // measurement said.
    let judged = entries.get(name).filter(|before| {
        mark == Mark::Predicted
            && before.answer == answer
            && matches!(before.mark, Mark::Right | Mark::Wrong)
    });
    let mark = judged.map_or(mark, |before| before.mark);
    entries.insert(name.to_owned(), Entry { mark, answer, by });
    clash.filter(|_| mark != Mark::Untouched)
}

/// What has been answered to `name` stands so from now on. Whoever says it did
/// not give the answer.
pub(crate) fn judge(name: &str, mark: Mark) {
    if let Some(entry) = entries().get_mut(name) {
        entry.mark = mark;
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
