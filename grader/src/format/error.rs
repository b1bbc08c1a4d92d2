//! Why a source cell cannot be given its form.

use thiserror::Error;

/// Why a source cell cannot be given its form.
#[derive(Debug, Error)]
pub enum FormatError {
    #[error("there is no question {id:?}; the nearest are {}", .near.join(", "))]
    UnknownQuestion { id: String, near: Vec<String> },
    #[error("there is no exercise {0:?}; add it to the section's question file")]
    UnknownExercise(String),
    #[error("there is no section {0:?}; a question file says `section = ..`")]
    UnknownSection(String),
    #[error("it answers {0:?}, and the cell above it is not Markdown that can hold the question")]
    NoQuestionAbove(String),
    #[error("it answers {0} questions; give each a cell of its own")]
    SeveralAnswers(usize),
}
