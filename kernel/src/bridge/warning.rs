//! What the compiler warns of in a cell that compiles, on its way to the engine.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One more than are told of a cell: of so many, nobody knows how many there are.
pub const MOST_WARNINGS: usize = 201;

/// A warning about the source that was compiled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// The lint.
    pub lint: String,
    /// rustc's own words: `message`, `spans` and `children`.
    pub told: Value,
    /// The item that it is about; without one it is about a statement of the cell.
    pub item: Option<Item>,
}

/// An item of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its first line, from 1.
    pub line: usize,
    pub text: String,
}
