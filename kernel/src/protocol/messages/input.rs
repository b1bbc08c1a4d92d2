//! `input_request` and `input_reply` on stdin: a cell asks the user for a line.

use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize)]
pub struct InputRequest {
    pub prompt: String,
    pub password: bool,
}

#[derive(Debug, Deserialize)]
pub struct InputReply {
    pub value: String,
}
