//! Concurrency and parallelism are two independent axes. This crate is what a
//! notebook cell imports to see that for itself: simulators, figures and quiz
//! questions.
//!
//! | room | what it holds | may use |
//! |---|---|---|
//! | [`trace`] | what ran where and when, and the numbers read off it | nothing |
//! | [`machine`] | CPUs, limits, a unit of computation, who else was busy | `trace` |
//! | `team` | threads of a real run: begun together, joined before it returns | `machine` |
//! | [`record`] | real runs, written down as traces | `trace`, `machine` |
//! | [`barista`] | time slices, queue policies, waiting, switch costs | `trace` |
//! | [`model`] | happens-before, clocks, every interleaving of a program | `trace` |
//! | [`workers`] | parallel workers, the laws of speedup, fits | `trace` |
//! | [`quadrants`] | the two-axis map, where a trace stands on it | `trace` |
//! | [`pitfalls`] | six hazards, each to be run | the simulators |
//! | [`server`] | thousands of requests in flight on one thread | `trace`, `machine`, `record` |
//! | [`mod@predict`] | a number written down before the run that answers | `trace`, `html`, `notebook` |
//! | [`plot`] | figures of all these, figures with a slider | all of these, `notebook` |
//! | [`quiz`] | questions, answers, verdicts, progress | `notebook`, `widgets` |
//! | [`mod@exercise`] | code that a student wrote, tried out and scored | `quiz`, `model`, `notebook` |
//! | [`notebook`] | showing values in a notebook | nothing |
//! | [`widgets`] | sliders, buttons, boxes; code that runs when they move | `notebook` |
//! | `progress_bar` | how far something has come, while it happens | `notebook`, `html` |
//! | `threads` | which threads of a cell ran where | `trace`, `plot`, `notebook`, `cell` |
//! | [`mod@timeit`] | how long a piece of code takes | `notebook` |
//! | `cell` | what the kernel's generated code calls | `notebook` |
//!
//! What is called `measure` in a simulator's room runs for real: only that uses
//! `machine`, `record` and `team` there.
//!
//! It works in three places with the same code: in the twoaxes kernel, where
//! [`prelude`] is already in scope; in plain evcxr, after
//! `:dep twoaxes = { path = ".." }` and `use twoaxes::prelude::*;`; and in an
//! ordinary program, where figures come out as text
//! (`cargo run --example barista`).
//!
//! ```
//! use twoaxes::prelude::*;
//!
//! let trace = barista::time_slice(&[20, 20], 5);
//! assert_eq!((trace.makespan(), trace.peak_concurrency()), (40, 2));
//! ```
//!
//! Nothing here panics on any input, and no simulator reads a clock outside of its
//! `measure`.

#![deny(missing_docs)]

pub mod barista;
mod cards;
#[doc(hidden)]
pub mod cell;
pub mod exercise;
mod html;
mod ledger;
pub mod machine;
pub mod model;
pub mod notebook;
mod panics;
pub mod pitfalls;
pub mod plot;
pub mod predict;
mod progress_bar;
pub mod quadrants;
pub mod quiz;
pub mod record;
pub mod server;
mod stderr;
mod team;
#[doc(hidden)]
pub mod threads;
pub mod timeit;
pub mod trace;
pub mod widgets;
pub mod workers;

pub use timeit::timeit;

/// The version of this crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What every cell of the twoaxes kernel has in scope.
///
/// Kept small on purpose: a glob import must not take names that a reader
/// would like to use. `rayon`, `tokio`, `plotters`, `loom` and `shuttle` are the very
/// crates that this library was built with, so a cell needs no `:dep` for them.
pub mod prelude {
    #[doc(hidden)]
    pub use crate::cell::EvcxrDisplay as _;
    pub use crate::exercise::exercise;
    pub use crate::progress_bar::ProgressBar;
    pub use crate::quiz::{answer, progress, question};
    pub use crate::trace::Trace;
    pub use crate::widgets::{interact, slider};
    pub use crate::{
        barista, exercise, machine, model, notebook, pitfalls, plot, predict, quadrants, quiz,
        record, server, trace, widgets, workers,
    };
    /// The type of what `join` returns has its name, and evcxr writes such types out.
    #[doc(no_inline)]
    pub use std::any::Any;
    pub use {loom, plotters, rayon, shuttle, tokio};
}
