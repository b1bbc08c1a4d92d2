//! `inspect_request`: what is the thing at the cursor.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
pub struct InspectRequest {
    pub code: String,
    /// In Unicode code points.
    pub cursor_pos: usize,
    // `detail_level` is not read: rust-analyzer has one level.
}

#[derive(Debug, Serialize)]
pub struct InspectReply {
    pub status: &'static str,
    pub found: bool,
    pub data: Map<String, Value>,
    pub metadata: Map<String, Value>,
}
