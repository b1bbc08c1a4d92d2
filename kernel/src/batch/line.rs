//! The lines.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::shown::{Display, Shown};
use crate::engine::{self, Failure};

/// The first line: cells can come.
#[derive(Debug, Serialize)]
pub struct Ready {
    ready: Confined,
}

#[derive(Debug, Serialize)]
struct Confined {
    /// How cells are confined.
    sandbox: String,
}

impl Ready {
    pub fn new(sandbox: &str) -> Self {
        Self {
            ready: Confined {
                sandbox: sandbox.to_owned(),
            },
        }
    }
}

/// A cell to run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub code: String,
    /// What the cell is called in reports: `cell [7]`.
    pub number: u32,
    /// How long it may run, in seconds, from when it is compiled.
    pub seconds: f64,
    /// What a verdict of this cell has to know.
    #[serde(default)]
    pub secret: Option<String>,
    /// The cell's id in the notebook.
    #[serde(default)]
    pub cell: Option<String>,
}

impl Request {
    /// A cell without anything in it.
    pub fn nothing() -> Self {
        Self {
            code: String::new(),
            number: 0,
            seconds: 60.0,
            secret: None,
            cell: None,
        }
    }
}

/// How a cell ended.
#[derive(Debug, Serialize)]
pub struct Ended {
    outcome: &'static str,
    /// The error, if there was one.
    error: Option<Error>,
    verdict: Option<Verdict>,
    /// Whether somebody made up a verdict; then there is none.
    forged: bool,
    /// What it showed.
    shown: Vec<Display>,
    /// What it printed, to both streams.
    printed: String,
    /// Whether there was more than was kept.
    cut: bool,
    /// Whether it was ended for taking too long.
    timed_out: bool,
    /// How long it took, compilation included.
    seconds: f64,
}

/// What a checking cell is worth; `points` is absent for all of them.
#[derive(Debug, Serialize)]
pub struct Verdict {
    pub points: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Error {
    /// `CompileError`, `Panic`, `Crash`, ...
    name: String,
    /// One line.
    value: String,
    /// The report, without colours.
    report: String,
}

impl Ended {
    pub fn new(
        failure: Option<Failure>,
        verdict: Option<Verdict>,
        forged: bool,
        shown: Shown,
        timed_out: bool,
        took: Duration,
    ) -> Self {
        let (displays, printed, cut) = shown.into_parts();
        Self {
            outcome: if failure.is_none() { "ok" } else { "failed" },
            error: failure.map(|failure| Error {
                report: engine::without_colours(&failure.traceback.join("\n")),
                name: failure.name,
                value: failure.value,
            }),
            verdict,
            forged,
            shown: displays,
            printed,
            cut,
            timed_out,
            seconds: took.as_secs_f64(),
        }
    }
}
