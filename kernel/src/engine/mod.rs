//! The engine: turns the text of a cell into an outcome.
//!
//! Here live the evcxr adapter, the stand-in for cargo that links a cell to the
//! helper library without building it again, and the translation of compiler
//! messages into the student's own lines. It may use `bridge` (what running
//! code says) and `runtime` (the process that runs cells). It never sees a
//! socket, a header or a signature: `session` owns those.
//!
//! The door is [`Engine`]: jobs go in one at a time, [`Notice`]s come out.

mod interface;

pub use interface::{
    Completion, Completions, Evaluator, Execution, Failure, Inspection, Job, MimeBundle, Notice, Output,
    Outcome, StreamName, Ticket,
};
