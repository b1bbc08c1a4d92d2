//! The one form that source notebooks have: questions as the bank words them,
//! roles and points where the grader looks for them, and nothing that a run or
//! a tool has left behind.
//!
//! An author writes cells; everything that can be known from their text is
//! filled in here. What a cell is for is read off its code:
//!
//! | a code cell with | is |
//! |---|---|
//! | `answer("..")` | a quiz answer; the Markdown above it becomes the question |
//! | `// BEGIN SOLUTION` | the answer to an exercise |
//! | `exercise("..")` | the check of that exercise, worth its points |
//! | `progress("..")` | the score of a section's questions, a point each |
//!
//! Uses `notebook` and the question bank, and runs nothing.

mod cell;
mod error;
mod metadata;

pub use error::FormatError;

use twoaxes::quiz::Bank;

use crate::notebook::{Answer, AnswerCall, Cell, Notebook, Place, answer_calls};

/// Gives one notebook its form.
///
/// # Errors
/// When a cell names a question, an exercise or a section that no bank has, or
/// answers a question without a Markdown cell above it; the error names the
/// cell.
pub fn notebook(source: &Notebook, bank: &Bank) -> Result<Notebook, (Place, FormatError)> {
    let mut made = source.clone();
    made.minor = made.minor.max(5);
    metadata::of_notebook(&mut made.metadata);
    for index in 0..made.cells.len() {
        let (above, rest) = made.cells.split_at_mut(index);
        let Some(current) = rest.first_mut() else {
            continue;
        };
        let place = Place::of(index, current.id.as_deref());
        cell::format(current, above.last_mut(), bank).map_err(|error| (place, error))?;
    }
    metadata::give_ids(&mut made.cells);
    Ok(made)
}

/// The answers that stand in a cell as literals.
fn literal_answers(cell: &Cell) -> Vec<Answer> {
    if !cell.is_code() {
        return Vec::new();
    }
    let calls = answer_calls(&cell.source).into_iter();
    calls
        .filter_map(|call| match call {
            AnswerCall::Literal(answer) => Some(answer),
            AnswerCall::Unclear { .. } => None,
        })
        .collect()
}
