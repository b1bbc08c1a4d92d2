//! `interrupt_request`: stop what runs.

use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct InterruptReply {
    pub status: &'static str,
}
