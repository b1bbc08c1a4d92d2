//! The formal model: what can happen, said exactly.
//!
//! | part | what it answers |
//! |---|---|
//! | [`execution`] | one execution of message-passing processes: which events happen before which, which are concurrent |
//! | [`program`] | a small program of a few threads: every way in which it can run |
//! | [`check`] | real Rust closures under `loom` and `shuttle` |
//!
//! This room uses [`crate::trace`] only, to lay an execution out on cores. It
//! reads no clock itself and no randomness without a seed.

pub mod check;
mod count;
pub mod execution;
pub mod program;

pub use count::Count;
pub use execution::{
    Around, Event, EventId, EventKind, Execution, ExecutionBuilder, ExecutionError, Message,
    ProcessId, Realisation, RealiseError, ShivizError, ShivizFault, ShivizFormat, TooManyCuts,
    VectorClock,
};
pub use program::{
    Ending, Endless, Exploration, Outcome, Program, ProgramBuilder, ProgramError, Schedule, State,
    StateGraph, Steps,
};
