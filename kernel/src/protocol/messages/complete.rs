//! `complete_request`: what could stand at the cursor.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
pub struct CompleteRequest {
    pub code: String,
    /// In Unicode code points.
    pub cursor_pos: usize,
}

#[derive(Debug, Serialize)]
pub struct CompleteReply {
    pub status: &'static str,
    pub matches: Vec<String>,
    /// In Unicode code points, like the end.
    pub cursor_start: usize,
    pub cursor_end: usize,
    pub metadata: Map<String, Value>,
}

/// One entry of `metadata._jupyter_types_experimental`, from which JupyterLab
/// draws its icons and signatures.
#[derive(Debug, Serialize)]
pub struct TypedMatch {
    pub start: usize,
    pub end: usize,
    pub text: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}
