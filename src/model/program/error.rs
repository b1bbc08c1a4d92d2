//! Why a program was refused.

use super::build::{MAX_OBJECTS, MAX_STATEMENTS, MAX_THREADS};
use super::expression::MAX_DEPTH;

/// What is wrong with a [`crate::model::Program`] before it runs. What goes
/// wrong while it runs is found by [`crate::model::Program::explore`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// Nothing would ever happen.
    #[error("the program has no threads: add one with .thread(\"A\", |t| t.load(\"r\", \"x\"))")]
    NoThreads,
    /// More threads than are explored.
    #[error("the program has {0} threads and at most {MAX_THREADS} are explored: leave some out")]
    TooManyThreads(usize),
    /// More shared variables, locks, conditions and channels than are explored.
    #[error(
        "the program shares {0} variables, locks, conditions and channels, and at most {MAX_OBJECTS} are explored"
    )]
    TooManyObjects(usize),
    /// More statements than are explored.
    #[error(
        "the threads have more than {MAX_STATEMENTS} statements: use repeat_while, or fewer rounds"
    )]
    TooManyStatements,
    /// A name that no expression could spell.
    #[error("{0:?} is not a name: use letters, digits and _, and begin with a letter or _")]
    InvalidName(String),
    /// Two things of one name.
    #[error("the name {0:?} is given twice: rename one of the two")]
    NameTwice(String),
    /// A statement names what the program does not have.
    #[error("thread {thread}, {statement:?}: there is no {kind} {name:?}: {hint}")]
    Unknown {
        /// The thread's name.
        thread: String,
        /// The text of the statement.
        statement: String,
        /// What is missing, such as "lock".
        kind: &'static str,
        /// The name that was given.
        name: String,
        /// What to do about it.
        hint: String,
    },
    /// A branch or jump to a label that the thread does not have.
    #[error(
        "thread {thread} jumps to {label:?} and has no such label: add .label({label:?}) to the thread"
    )]
    JumpNowhere {
        /// The thread's name.
        thread: String,
        /// The label that is missing.
        label: String,
    },
    /// A channel that can hold nothing.
    #[error(
        "the channel {0:?} has room for 0 values: give it room for 1 or more (a rendezvous is not modelled)"
    )]
    NoRoom(String),
    /// An expression that cannot be read.
    #[error("the expression {text:?} cannot be read {}: {hint}", place(.at))]
    Expression {
        /// The whole expression.
        text: String,
        /// Where reading stopped: the rest from there.
        at: String,
        /// What was expected.
        hint: String,
    },
    /// An expression nested too deeply.
    #[error(
        "the expression that begins with {0:?} is nested more than {MAX_DEPTH} deep: use .set(..) for a part of it"
    )]
    TooDeep(String),
    /// The final condition or an observed register names what is not there.
    #[error(
        "at the end of the program there is no {0:?}: name a shared variable, or a register as thread.register"
    )]
    UnknownAtEnd(String),
    /// A schedule lets a thread move that cannot.
    #[error(
        "step {step} of the schedule is thread {thread}, which cannot move then: {enabled} can"
    )]
    CannotMove {
        /// The step's place in the schedule, from 0.
        step: usize,
        /// The number of the thread.
        thread: usize,
        /// The threads that can move, empty if the run has ended.
        enabled: String,
    },
    /// More registers in one thread than are explored.
    #[error("thread {0} has {1} registers and at most 64 are explored: use some of them again")]
    TooManyRegisters(String, usize),
}

fn place(at: &str) -> String {
    match at {
        "" => "at its end".to_owned(),
        at => format!("at {at:?}"),
    }
}
