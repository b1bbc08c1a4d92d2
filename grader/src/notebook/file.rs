//! The notebook in memory.
//!
//! Only what this tool decides on has a field of its own. Everything else is
//! carried in `extra` and in the metadata maps, so that a key from a newer
//! Jupyter survives a reading and a writing.

use std::fmt;

use serde_json::{Map, Value};

/// A notebook of nbformat 4.
#[derive(Debug, Clone, PartialEq)]
pub struct Notebook {
    /// The cells, from top to bottom.
    pub cells: Vec<Cell>,
    /// Kernelspec, language and whatever else tools have left there.
    pub metadata: Map<String, Value>,
    /// The minor version of the format: 5 is the first with cell ids.
    pub minor: u64,
    /// Keys of the file that this tool does not know.
    pub extra: Map<String, Value>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    pub kind: CellKind,
    /// The cell's name in the file; files before nbformat 4.5 have none.
    pub id: Option<String>,
    /// The text, lines joined.
    pub source: String,
    pub metadata: Map<String, Value>,
    /// Keys of the cell that this tool does not know, such as `attachments`.
    pub extra: Map<String, Value>,
}

/// What kind of text a cell holds, and what a run left with it.
#[derive(Debug, Clone, PartialEq)]
pub enum CellKind {
    Code {
        execution_count: Option<u64>,
        outputs: Vec<Value>,
    },
    Markdown,
    Raw,
}

impl Cell {
    /// Whether the cell holds code.
    #[must_use]
    pub fn is_code(&self) -> bool {
        matches!(self.kind, CellKind::Code { .. })
    }
}

impl CellKind {
    /// The name that the file uses.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            CellKind::Code { .. } => "code",
            CellKind::Markdown => "markdown",
            CellKind::Raw => "raw",
        }
    }
}

/// Where in a notebook something is wrong, as a person would look for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The cell's position, the first being 1.
    pub number: usize,
    pub id: Option<String>,
}

impl Place {
    /// The place of the cell at `index`, the first being 0.
    #[must_use]
    pub fn of(index: usize, id: Option<&str>) -> Self {
        Self {
            number: index + 1,
            id: id.map(str::to_owned),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(f, "cell {} (id {id:?})", self.number),
            None => write!(f, "cell {}", self.number),
        }
    }
}
