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
    #[error(
        "{choice:?} is not the right answer to {id:?}; the instructor's notebook holds the right \
         ones, or \"?\""
    )]
    WrongAnswer { id: String, choice: String },
    #[error("it holds {0}; give each a cell of its own")]
    SeveralRoles(String),
    #[error("another cell has the same id; answer a question once, and delete the id of a copy")]
    RepeatedId,
    #[error(
        "it holds the question {question:?}, which is filled in from its question file, and \
         besides {notes:?}, which would be lost; move what is not the question to a cell of its \
         own, above the question or below its answer"
    )]
    NotesInQuestion { question: String, notes: String },
    #[error(
        "the question {0:?} stands in another place than directly above this answer; move it \
         here, or delete it there"
    )]
    QuestionElsewhere(String),
    #[error(
        "it holds {what}, whose points would count twice, since {before} holds it too; keep one of \
         them"
    )]
    CountedTwice { what: String, before: String },
}
