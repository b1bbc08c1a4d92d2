//! What a process does that finds itself in a sandbox.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::{Kind, Sandbox, filter, landlocked, text};

/// Tells the process that runs cells that it is confined, and how.
pub const VARIABLE: &str = "TWOAXES_SANDBOX";

/// The sandbox, as the process in it knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Inside {
    sandbox: Sandbox,
    /// The directory of cells' objects, and the descriptor that it is open at:
    /// it is not among the files that a cell sees.
    pub cells: PathBuf,
    pub descriptor: i32,
}

impl Inside {
    /// What [`VARIABLE`] is to say.
    pub fn new(sandbox: &Sandbox, cells: &Path, descriptor: i32) -> Self {
        Self {
            sandbox: sandbox.clone(),
            cells: cells.to_owned(),
            descriptor,
        }
    }

    /// As a text for the environment.
    pub fn to_variable(&self) -> anyhow::Result<String> {
        text(&self.cells)?;
        Ok(serde_json::to_string(self)?)
    }

    /// The sandbox that this process is in, if it is in one.
    pub fn find() -> anyhow::Result<Option<Self>> {
        let Some(text) = std::env::var_os(VARIABLE) else {
            return Ok(None);
        };
        let text = text.to_string_lossy();
        let inside = serde_json::from_str(&text)
            .with_context(|| format!("{VARIABLE} is {text:?}, which is not ours"))?;
        Ok(Some(inside))
    }

    /// Whether cells must not see the directory of their objects.
    pub fn hides_cells(&self) -> bool {
        self.sandbox.kind != Kind::Bare
    }

    /// Gives up what no cell needs. All that this process opens by itself must be
    /// open. The calling thread, and those that it starts, are the ones that run
    /// cells.
    pub fn confine(&self) -> anyhow::Result<()> {
        if self.sandbox.kind == Kind::Landlock {
            landlocked::restrict(&[])?;
        }
        if self.sandbox.kind != Kind::Bare {
            filter::apply()?;
        }
        self.sandbox.limits.apply()
    }
}
