//! `history_request`: cells that ran before, in this session or earlier ones.

use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
pub struct HistoryRequest {
    #[serde(default)]
    pub output: bool,
    // `raw` is not read: Rust cells are not transformed, so both forms are one.
    #[serde(flatten)]
    pub access: HistoryAccess,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "hist_access_type", rename_all = "lowercase")]
pub enum HistoryAccess {
    /// The last `n` cells.
    Tail { n: Option<i64> },
    /// The lines from `start` up to `stop`, which is not included, of one
    /// session; 0 is the current session and -1 the one before it.
    Range {
        #[serde(default)]
        session: i64,
        start: Option<i64>,
        stop: Option<i64>,
    },
    /// The last `n` cells whose whole text matches a glob.
    Search {
        pattern: Option<String>,
        n: Option<i64>,
        unique: Option<bool>,
    },
}

#[derive(Debug, Serialize)]
pub struct HistoryReply {
    pub status: &'static str,
    pub history: Vec<HistoryEntry>,
}

/// Written as `[session, line, source]` or `[session, line, [source, output]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum HistoryEntry {
    Source(i64, i64, String),
    WithOutput(i64, i64, (String, Option<String>)),
}
