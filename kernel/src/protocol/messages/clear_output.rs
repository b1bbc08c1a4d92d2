//! `clear_output`: remove what the cell showed so far.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct ClearOutput {
    /// Keep the old output until there is new output.
    pub wait: bool,
}
