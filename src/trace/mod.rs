//! What ran where and when: [`Trace`], [`Span`], [`Task`], [`Worker`], and the
//! numbers read off them.
//!
//! One type serves simulated and measured runs, so that what should happen and
//! what did happen are compared with the same metrics and drawn with the same
//! pictures. Every time is a whole number in the trace's own unit
//! ([`Trace::unit`]): ticks in a simulation, usually `ns` in a measurement.
//!
//! A trace can be written as CSV and as Chrome trace JSON, which Perfetto
//! opens, and read back exactly.
//!
//! This room is pure data. It uses nothing else of the crate, draws nothing,
//! reads no clock, and never holds a trace that breaks the rules checked in
//! [`TraceBuilder::build`].

mod build;
mod chrome;
mod conditions;
mod csv;
mod error;
mod import;
mod metrics;
mod model;
mod steps;
#[cfg(test)]
mod tests;

pub use build::TraceBuilder;
pub use conditions::Conditions;
pub use error::{Overlap, TraceError};
pub use import::{ImportError, Place, Problem};
pub use metrics::{LittlesLaw, TaskMetrics, WorkerMetrics};
pub use model::{Origin, Span, SpanKind, Task, TaskId, Trace, Worker, WorkerId};
