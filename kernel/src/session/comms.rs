//! Comms: channels between a widget in a client and code in the kernel.

use serde_json::{Map, json};

use super::Session;
use crate::protocol::messages::comm::{CommInfoReply, CommInfoRequest, CommMessage, CommOpen};
use crate::protocol::{Channel, Message};

impl Session {
    /// `comm_info_request`.
    pub(super) fn comm_info(&self, request: &Message) {
        match request.content_as::<CommInfoRequest>() {
            Ok(_) => self.outbox.reply(
                Channel::Shell,
                request,
                &CommInfoReply {
                    status: "ok",
                    comms: Map::new(),
                },
            ),
            Err(reason) => self
                .outbox
                .reply_bad_request(Channel::Shell, request, reason),
        }
    }

    /// `comm_open`: no target is known, and the protocol answers that with a
    /// close.
    pub(super) fn comm_open(&mut self, request: &Message) {
        match request.content_as::<CommOpen>() {
            Ok(open) => {
                tracing::info!("closed a comm of the unknown target {:?}", open.target_name);
                let close = CommMessage {
                    comm_id: open.comm_id,
                    data: json!({}),
                };
                self.outbox
                    .publish(Some(&request.header), "comm_close", &close);
            }
            Err(reason) => tracing::warn!("bad comm_open: {reason}"),
        }
    }

    /// `comm_msg` and `comm_close`.
    pub(super) fn comm_message(&self, request: &Message) {
        match request.content_as::<CommMessage>() {
            Ok(message) => {
                tracing::info!(
                    "ignored {} for the unknown comm {:?}",
                    request.header.msg_type,
                    message.comm_id
                );
            }
            Err(reason) => tracing::warn!("bad {}: {reason}", request.header.msg_type),
        }
    }
}
