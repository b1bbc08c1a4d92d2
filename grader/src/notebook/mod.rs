//! Notebooks as files: reading, writing, and what each cell is for.
//!
//! This room knows the nbformat 4 file and nbgrader's cell metadata. It runs
//! nothing, and it never decides what an answer is worth.

mod answer;
mod blanks;
mod calls;
mod comments;
mod fence;
mod file;
mod lexer;
mod literals;
mod read;
mod role;
mod words;
mod write;

pub use answer::{
    Answer, AnswerCall, answer_calls, answers_in_comments, is_answer_alone, line_of, renamed_answer,
};
pub use blanks::{is_unseen, without_trailing_blanks};
pub use calls::{Argument, Call, calls, first_arguments};
pub use comments::without_comments;
pub use fence::fenced;
pub use file::{Cell, CellKind, Notebook, Place};
pub use literals::{Beside, Literal, literals};
pub use read::{MAX_BYTES, NotebookError, ordinary_file, parse, read};
pub use role::{Grading, Role, RoleError};
pub use words::{depth, free_words, methods, words};
pub use write::to_json;
