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
//! Uses `notebook` and the question bank, and runs nothing.

mod cell;
mod error;
mod metadata;

use std::collections::HashSet;

pub use error::FormatError;

use serde_json::Map;
use twoaxes::quiz::Bank;

use crate::notebook::{Cell, CellKind, Notebook, Place};

/// Gives one notebook its form.
///
/// # Errors
/// When a cell names a question, an exercise or a section that no bank has,
/// answers a question wrongly, or is for several things at once, and when two
/// cells have the same id; the error names the cell.
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
        if let Some(question) = question
            && !made
                .cells
                .last_mut()
                .is_some_and(|above| cell::hold(above, question))
        {
            let mut above = empty();
            cell::hold(&mut above, question);
            made.cells.push(above);
        }
        made.cells.push(cell);
    }
    metadata::give_ids(&mut made.cells);
    Ok(made)
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
