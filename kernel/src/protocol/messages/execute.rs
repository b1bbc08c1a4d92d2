//! `execute_request`: run a cell.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Deserialize)]
pub struct ExecuteRequest {
    pub code: String,
    #[serde(default)]
    pub silent: bool,
    /// Ignored (taken as false) when `silent`.
    #[serde(default = "yes")]
    pub store_history: bool,
    /// `null` in messages of some clients.
    #[serde(default)]
    pub user_expressions: Option<Map<String, Value>>,
    /// The protocol's default is true; only a client that says nothing at all
    /// about input may rely on it, and it would hang, so we ask anyway.
    #[serde(default = "yes")]
    pub allow_stdin: bool,
    #[serde(default = "yes")]
    pub stop_on_error: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum ExecuteReply {
    Ok {
        execution_count: u32,
        payload: Vec<Payload>,
        user_expressions: Map<String, Value>,
    },
    /// nbclient, papermill, nbconvert and nbgrader all index the three error
    /// fields.
    Error {
        execution_count: u32,
        ename: String,
        evalue: String,
        traceback: Vec<String>,
        payload: Vec<Payload>,
        user_expressions: Map<String, Value>,
    },
    /// The cell never ran, since one before it failed.
    Aborted { execution_count: u32 },
}

/// What the front end should do besides showing outputs.
#[derive(Debug, Serialize)]
pub struct Payload {
    pub source: &'static str,
    pub data: Map<String, Value>,
    pub start: u32,
}

impl Payload {
    /// A help page for the pager.
    #[must_use]
    pub fn page(data: Map<String, Value>) -> Self {
        Payload {
            source: "page",
            data,
            start: 0,
        }
    }
}
