//! One execution of processes that pass messages, and the order between its
//! events: [`Execution`].
//!
//! ```text
//! builder ──┐
//!           ├─> Execution ──> clocks, happens-before, cuts, linear extensions
//! ShiViz ───┘           └──> a Trace on cores, and back to ShiViz
//! ```
//!
//! Happens-before is Lamport's (1978): program order, a send before its
//! receive, and what follows from both. It is answered by vector clocks
//! (Fidge 1988, Mattern 1988), which are computed once, when the execution is
//! built.
//!
//! This room uses [`crate::trace`] only. It draws nothing, and an
//! [`Execution`] that exists has no cycle.

mod build;
mod clock;
mod cores;
mod cuts;
mod error;
mod events;
mod neighbours;
mod sample;
mod shiviz;
#[cfg(test)]
mod tests;

pub use build::ExecutionBuilder;
pub use clock::VectorClock;
pub use cores::Realisation;
pub use error::{ExecutionError, RealiseError, ShivizError, ShivizFault, TooManyCuts};
pub use events::{Event, EventId, EventKind, Execution, Message, ProcessId};
pub use neighbours::Around;
pub use shiviz::ShivizFormat;
