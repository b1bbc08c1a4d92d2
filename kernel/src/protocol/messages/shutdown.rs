//! `shutdown_request`: end the kernel, perhaps to start another.

use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
pub struct ShutdownRequest {
    #[serde(default)]
    pub restart: bool,
}

#[derive(Debug, Serialize)]
pub struct ShutdownReply {
    pub status: &'static str,
    pub restart: bool,
}
