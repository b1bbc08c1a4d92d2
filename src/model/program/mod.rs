//! Programs in a small step language, and everything that they can do.
//!
//! A [`Program`] is written with [`Program::builder`]; [`Program::explore`]
//! counts its interleavings and outcomes over states and never lists them.
//! Memory is sequentially consistent (Lamport 1979): weaker orders are for
//! `loom`. A thread can be interrupted before each step that touches something
//! shared; what it computes between those goes with the step before.
//!
//! This room draws nothing, reads no clock, and never panics: what goes wrong
//! in a program is an outcome, what is wrong with it a [`ProgramError`].

mod build;
mod code;
mod compile;
mod endless;
mod error;
mod explore;
mod expression;
mod failing;
mod graph;
mod layers;
mod live;
mod machine;
mod outcome;
mod reach;
mod schedule;
mod show;
mod state;
#[cfg(test)]
mod tests;
mod traces;
mod ways;

use std::sync::Arc;

pub use build::{MAX_OBJECTS, MAX_STATEMENTS, MAX_THREADS, ProgramBuilder, Steps};
pub use endless::Endless;
pub use error::ProgramError;
pub use explore::{Exploration, MAX_STATES};
pub use graph::{Edge, Node, StateGraph};
pub use outcome::{Blocked, Ending, Fault, Outcome};
pub use schedule::{Schedule, ScheduledStep};
pub use state::{Change, State, Stepped};

use code::Code;

/// A program of a few threads.
///
/// ```
/// use twoaxes::model::Program;
///
/// let found = Program::increments(&[1, 1]).explore();
/// assert!(found.interleavings() == 6);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    code: Arc<Code>,
}

impl Program {
    /// A program to be written down.
    #[must_use]
    pub fn builder() -> ProgramBuilder {
        ProgramBuilder::default()
    }

    /// Thread `i` adds 1 to a shared `x = 0` as many times as `rounds[i]` says,
    /// each time with a load and a store; at the end `x` should be the sum.
    ///
    /// What cannot be explored is cut down, and [`Program::notes`] says so:
    /// more than [`MAX_THREADS`] threads, more than [`MAX_STATEMENTS`]
    /// statements, no thread at all.
    #[must_use]
    pub fn increments(rounds: &[usize]) -> Self {
        let most = MAX_STATEMENTS / 2 / rounds.len().clamp(1, MAX_THREADS);
        let mut used: Vec<usize> = rounds
            .iter()
            .take(MAX_THREADS)
            .map(|r| *r.min(&most))
            .collect();
        if used.is_empty() {
            used.push(0);
        }
        let mut builder = Self::builder().shared("x", 0);
        if used != rounds {
            builder.notes.push(format!(
                "{} threads were asked for; the program has {used:?} rounds, at most {MAX_THREADS} threads and {MAX_STATEMENTS} statements",
                rounds.len()
            ));
        }
        let sum: usize = used.iter().sum();
        for (name, rounds) in ["A", "B", "C", "D", "E", "F", "G", "H"]
            .into_iter()
            .zip(used)
        {
            builder = builder.thread(name, |t| {
                t.times(rounds, |t| t.load("r", "x").store("x", "r + 1"))
            });
        }
        let code = compile::compile(&builder.ensure(format!("x == {sum}")));
        code.map_or_else(|_| Self::of(Code::default()), Self::of)
    }

    /// What was changed about the question so that it could be answered.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.code.notes
    }

    /// The names of the threads; their numbers are their places in this list.
    #[must_use]
    pub fn threads(&self) -> Vec<&str> {
        self.code
            .threads
            .iter()
            .map(|thread| thread.name.as_str())
            .collect()
    }

    /// The statements of a thread as text, two spaces of indent for each block;
    /// empty if there is no such thread.
    #[must_use]
    pub fn statements(&self, thread: usize) -> Vec<String> {
        let Some(thread) = self.code.threads.get(thread) else {
            return Vec::new();
        };
        let indented = |s: &code::Statement| format!("{}{}", "  ".repeat(s.indent), s.text);
        thread.statements.iter().map(indented).collect()
    }

    fn of(code: Code) -> Self {
        Self {
            code: Arc::new(code),
        }
    }
}
