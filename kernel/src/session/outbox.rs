//! Everything that the session says: replies, and broadcasts on iopub.

use std::collections::VecDeque;

use crossbeam_channel::{Sender, TrySendError};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::protocol::connection::Connection;
use crate::protocol::messages::error::ErrorReply;
use crate::protocol::messages::iopub_welcome::IopubWelcome;
use crate::protocol::messages::status::{State, Status};
use crate::protocol::messages::stream::Stream;
use crate::protocol::sockets::{Outbound, Sockets};
use crate::protocol::wire::Encoder;
use crate::protocol::{Channel, Header, Message};

/// The longest text of one `stream` message. Together with the lengths of the
/// queues this bounds what output can cost in memory.
const STREAM_BYTES: usize = 64 * 1024;

type Frames = Vec<Vec<u8>>;

pub(super) struct Outbox {
    encoder: Encoder,
    /// The kernel's own session id, in each header.
    session: String,
    sockets: Sockets,
    /// Messages for iopub that found its queue full.
    waiting: VecDeque<Frames>,
    /// How many messages went to iopub.
    published: usize,
}

impl Outbox {
    pub fn new(connection: &Connection, sockets: Sockets) -> Self {
        Outbox {
            encoder: Encoder::new(connection),
            session: uuid::Uuid::new_v4().to_string(),
            sockets,
            waiting: VecDeque::new(),
            published: 0,
        }
    }

    /// Answers `request` on `channel`, to the client that sent it.
    pub fn reply(&self, channel: Channel, request: &Message, content: &impl Serialize) {
        let Some(kind) = request.header.msg_type.strip_suffix("_request") else {
            return;
        };
        self.send(channel, request, &format!("{kind}_reply"), content);
    }

    /// Answers a request that could not be understood.
    pub fn reply_bad_request(&self, channel: Channel, request: &Message, reason: String) {
        tracing::warn!("bad request on {channel:?}: {reason}");
        self.reply(channel, request, &ErrorReply::new("BadRequest", reason));
    }

    /// Answers a request that this kernel does not know, or not on `channel`. The
    /// protocol does not ask for it, but a client that waits need not wait.
    pub fn reply_unknown(&self, channel: Channel, request: &Message) {
        let kind = &request.header.msg_type;
        tracing::info!("ignored on {channel:?}: {kind:?}, which this kernel does not know there");
        let reason = format!(
            "this kernel does not answer {kind} here; kernel_info lists what it has in supported_features"
        );
        let reply = ErrorReply::new("NotSupported", reason);
        self.reply(channel, request, &reply);
    }

    /// Sends a message to the client that sent `request`.
    pub fn send(
        &self,
        channel: Channel,
        request: &Message,
        msg_type: &str,
        content: &impl Serialize,
    ) {
        let message = Message::new(msg_type, &self.session, Some(&request.header), content).map(
            |mut message| {
                message.identities.clone_from(&request.identities);
                message
            },
        );
        match message.and_then(|message| self.encoder.encode(message)) {
            Ok(frames) => self.tell(Outbound::Send(channel, frames)),
            Err(error) => tracing::error!("{msg_type} has no JSON form: {error}"),
        }
    }

    /// Asks for [`super::event::Event::CaughtUp`].
    pub fn barrier(&self) {
        self.tell(Outbound::Barrier);
    }

    fn tell(&self, outbound: Outbound) {
        // When the thread is gone the loop sees it on its other channel.
        let _ = self.sockets.outbound.send(outbound);
        self.sockets.waker.wake();
    }

    pub fn busy(&mut self, parent: &Header) {
        self.status(Some(parent), State::Busy);
    }

    pub fn idle(&mut self, parent: &Header) {
        self.status(Some(parent), State::Idle);
    }

    pub fn starting(&mut self) {
        self.status(None, State::Starting);
    }

    fn status(&mut self, parent: Option<&Header>, execution_state: State) {
        self.publish(parent, "status", &Status { execution_state });
    }

    /// Greets a subscriber, under the topic that it asked for.
    pub fn welcome(&mut self, topic: &[u8]) {
        let subscription = String::from_utf8_lossy(topic);
        let content = IopubWelcome {
            subscription: &subscription,
        };
        let message = Message::new("iopub_welcome", &self.session, None, &content);
        let message = message.map(|mut message| {
            message.identities = vec![topic.to_vec()];
            message
        });
        self.queue("iopub_welcome", message);
    }

    /// Publishes text, in pieces that no client and no queue chokes on.
    pub fn stream(&mut self, parent: Option<&Header>, name: &'static str, text: &str) {
        for piece in pieces(text, STREAM_BYTES) {
            self.publish(parent, "stream", &Stream { name, text: piece });
        }
    }

    /// Broadcasts on iopub.
    pub fn publish(&mut self, parent: Option<&Header>, msg_type: &str, content: &impl Serialize) {
        self.publish_with(parent, msg_type, content, Map::new(), Vec::new());
    }

    /// Broadcasts on iopub, with metadata and binary data.
    pub fn publish_with(
        &mut self,
        parent: Option<&Header>,
        msg_type: &str,
        content: &impl Serialize,
        metadata: Map<String, Value>,
        buffers: Vec<Vec<u8>>,
    ) {
        let message = Message::new(msg_type, &self.session, parent, content);
        let message = message.map(|mut message| {
            let topic = format!("kernel.{}.{msg_type}", self.session);
            message.identities = vec![topic.into_bytes()];
            message.metadata = metadata;
            message.buffers = buffers;
            message
        });
        self.queue(msg_type, message);
    }

    fn queue(&mut self, msg_type: &str, message: serde_json::Result<Message>) {
        self.published += 1;
        match message.and_then(|message| self.encoder.encode(message)) {
            Ok(frames) => self.waiting.push_back(frames),
            Err(error) => tracing::error!("{msg_type} has no JSON form: {error}"),
        }
        self.send_waiting();
    }

    /// How many messages were published so far.
    pub fn published(&self) -> usize {
        self.published
    }

    /// Whether messages wait for room on iopub.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The queue that takes what waits.
    pub fn iopub(&self) -> &Sender<Frames> {
        &self.sockets.iopub
    }

    /// The first message that waits, for a send on [`Outbox::iopub`] that was
    /// selected. [`Outbox::send_waiting`] must follow.
    pub fn take_waiting(&mut self) -> Frames {
        self.waiting.pop_front().unwrap_or_default()
    }

    /// Sends what waits, as far as there is room.
    pub fn send_waiting(&mut self) {
        self.sockets.waker.wake();
        while let Some(frames) = self.waiting.pop_front() {
            match self.sockets.iopub.try_send(frames) {
                Ok(()) => self.sockets.waker.wake(),
                Err(TrySendError::Full(frames)) => {
                    self.waiting.push_front(frames);
                    return;
                }
                Err(TrySendError::Disconnected(_)) => self.waiting.clear(),
            }
        }
    }

    /// Sends what it can within a bound and closes the sockets.
    pub fn close(mut self) {
        let deadline = std::time::Instant::now() + crate::protocol::sockets::LINGER;
        while let Some(frames) = self.waiting.pop_front() {
            self.sockets.waker.wake();
            if self.sockets.iopub.send_deadline(frames, deadline).is_err() {
                tracing::warn!(
                    "{} messages found no reader before the end",
                    self.waiting.len() + 1
                );
                break;
            }
        }
        self.sockets.close();
    }
}

/// Cuts `text` into pieces of at most `limit` bytes, between characters.
fn pieces(text: &str, limit: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, left) = rest.split_at(rest.floor_char_boundary(limit));
        rest = left;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn pieces_are_cut_between_characters() {
        for (text, limit, expected) in [
            ("", 4, vec![]),
            ("abcd", 4, vec!["abcd"]),
            ("abcde", 4, vec!["abcd", "e"]),
            ("ab🦀c", 4, vec!["ab", "🦀", "c"]),
            ("🦀🦀", 7, vec!["🦀", "🦀"]),
        ] {
            assert_eq!(pieces(text, limit).collect::<Vec<_>>(), expected);
        }
    }
}
