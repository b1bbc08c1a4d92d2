//! The one form that source notebooks have: questions as the bank words them,
//! roles and points where the grader looks for them, and nothing that a run or
//! a tool has left behind.
//!
//! An author writes cells; everything that can be known from their text is
//! filled in here. What a cell is for is read off its code:
//!
//! | a code cell with | is |
//! |---|---|
//! | `answer("..")` | a quiz answer; the question stands above it |
//! | `// BEGIN SOLUTION` | the answer to an exercise |
//! | `exercise("..")` | the check of that exercise, worth its points |
//! | `progress("..")` | the score of a section's questions, a point each |
//! | `questions_from("..")` | not for students to change |
//!
//! Uses `notebook`, `course` and the question bank, and runs nothing.

mod above;
mod cell;
mod error;
mod metadata;
mod points;

use std::collections::HashSet;

pub use error::FormatError;

use serde_json::Map;
use twoaxes::quiz::{Bank, Question};

use crate::course::{Course, Made};
use crate::notebook::{Cell, CellKind, Notebook, Place};

pub(crate) use metadata::{NOTEBOOK, of_cell as known_of_cell};

/// Gives every notebook of a course its form. Nothing is written.
///
/// # Errors
/// As [`notebook`], and when points would count twice; the message names the
/// file and the cell.
pub fn course(course: &Course) -> anyhow::Result<Vec<Made>> {
    let made = course.make(|source| notebook(source, &course.bank))?;
    points::counted_once(course)?;
    Ok(made)
}

/// Gives one notebook its form.
///
/// # Errors
/// When a cell names a question, an exercise or a section that no bank has,
/// answers a question wrongly, or is for several things at once, when two cells
/// have the same id, and when something would be lost where a question is
/// filled in; the error names the cell.
pub fn notebook(source: &Notebook, bank: &Bank) -> Result<Notebook, (Place, FormatError)> {
    let mut made = Notebook {
        cells: Vec::with_capacity(source.cells.len()),
        ..source.clone()
    };
    made.minor = made.minor.max(5);
    metadata::of_notebook(&mut made.metadata);
    let mut ids = HashSet::new();
    for (index, cell) in source.cells.iter().enumerate() {
        let mut cell = cell.clone();
        let place = Place::of(index, cell.id.as_deref());
        let question = match cell::format(&mut cell, bank) {
            Ok(question) => question,
            Err(error) => return Err((place, error)),
        };
        if cell.id.is_some() && !ids.insert(cell.id.clone()) {
            return Err((place, FormatError::RepeatedId));
        }
        if let Some(question) = question {
            put_above(&mut made.cells, question, bank, &mut ids, place)?;
        }
        made.cells.push(cell);
    }
    metadata::give_ids(&mut made.cells);
    Ok(made)
}

/// Sees to it that the last of `cells` holds the question of the answer that
/// comes next, at `place` of the source.
fn put_above(
    cells: &mut Vec<Cell>,
    question: &Question,
    bank: &Bank,
    ids: &mut HashSet<Option<String>>,
    place: Place,
) -> Result<(), (Place, FormatError)> {
    let id = Some(above::id_of(question));
    let mut is_held = false;
    if let Some(cell) = cells.last_mut() {
        let was = cell.id.clone();
        // In the source as well, that cell is the one before the answer.
        let at = Place {
            number: place.number.saturating_sub(1),
            id: was.clone(),
        };
        is_held = above::hold(cell, question, bank).map_err(|error| (at, error))?;
        if is_held && was == id {
            return Ok(());
        }
        if is_held {
            ids.remove(&was);
        }
    }
    if !ids.insert(id) {
        return Err((place, FormatError::QuestionElsewhere(question.id.clone())));
    }
    if !is_held {
        let mut cell = empty();
        above::hold(&mut cell, question, bank).map_err(|error| (place, error))?;
        cells.push(cell);
    }
    Ok(())
}

/// An empty Markdown cell.
fn empty() -> Cell {
    Cell {
        kind: CellKind::Markdown,
        id: None,
        source: String::new(),
        metadata: Map::new(),
        extra: Map::new(),
    }
}
