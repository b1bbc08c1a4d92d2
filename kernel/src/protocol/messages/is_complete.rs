//! `is_complete_request`: should Enter run the cell or open a line.

use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
pub struct IsCompleteRequest {
    pub code: String,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum IsCompleteReply {
    Complete,
    Incomplete {
        /// What the next line should begin with.
        indent: String,
    },
    Invalid,
}
