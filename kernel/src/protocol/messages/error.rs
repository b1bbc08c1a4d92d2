//! `error` on iopub, and the error form that any reply may take.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct ErrorOutput<'a> {
    pub ename: &'a str,
    pub evalue: &'a str,
    pub traceback: &'a [String],
}

/// The reply to a request that could not be served.
#[derive(Debug, Serialize)]
pub struct ErrorReply {
    pub status: &'static str,
    pub ename: &'static str,
    pub evalue: String,
    pub traceback: Vec<String>,
}

impl ErrorReply {
    #[must_use]
    pub fn new(ename: &'static str, evalue: String) -> Self {
        ErrorReply {
            status: "error",
            ename,
            traceback: vec![format!("{ename}: {evalue}")],
            evalue,
        }
    }
}
