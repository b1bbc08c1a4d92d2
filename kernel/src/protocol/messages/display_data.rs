//! `display_data` and `update_display_data`: a picture, a table, a page.

use serde::Serialize;
use serde_json::{Map, Value};

#[derive(Debug, Serialize)]
pub struct DisplayData {
    pub data: Map<String, Value>,
    pub metadata: Map<String, Value>,
    pub transient: Transient,
}

/// What notebooks must not store.
#[derive(Debug, Default, Serialize)]
pub struct Transient {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_id: Option<String>,
}
