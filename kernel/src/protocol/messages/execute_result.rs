//! `execute_result`: the value of a cell's last expression.

use serde::Serialize;
use serde_json::{Map, Value};

#[derive(Debug, Serialize)]
pub struct ExecuteResult {
    pub execution_count: u32,
    pub data: Map<String, Value>,
    pub metadata: Map<String, Value>,
}
