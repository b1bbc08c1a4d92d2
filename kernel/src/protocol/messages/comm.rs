//! `comm_info_request`, `comm_open`, `comm_msg`, `comm_close`: messages between
//! widgets and running code.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
pub struct CommInfoRequest {
    /// Only comms of this target.
    #[serde(default)]
    pub target_name: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct CommInfoReply {
    pub status: &'static str,
    /// Comm id to `{"target_name": ...}`.
    pub comms: Map<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct CommOpen {
    pub comm_id: String,
    #[serde(default)]
    pub target_name: String,
    #[serde(default)]
    pub data: Value,
}

/// `comm_msg` and `comm_close` have the same shape.
#[derive(Debug, Serialize, Deserialize)]
pub struct CommMessage {
    pub comm_id: String,
    #[serde(default)]
    pub data: Value,
}
