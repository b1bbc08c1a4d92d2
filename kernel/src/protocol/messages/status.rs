//! `status`: brackets whatever a request causes on iopub.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Status {
    pub execution_state: State,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Starting,
    Busy,
    Idle,
}
