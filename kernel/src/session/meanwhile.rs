//! Requests that are answered at once, though a cell runs: somebody goes on typing, or
//! opens the page again.

use super::shell::Work;
use super::{Session, offsets};
use crate::protocol::Message;
use crate::protocol::messages::complete::CompleteRequest;
use crate::protocol::messages::inspect::InspectRequest;

/// What needs no engine, or one that is not asked.
const NEED_NOTHING: [&str; 5] = [
    "complete_request",
    "inspect_request",
    "is_complete_request",
    "history_request",
    "kernel_info_request",
];

impl Session {
    /// Answers `request` if something runs and the answer depends on nothing that waits;
    /// otherwise gives it back.
    pub(super) fn answer_meanwhile(&mut self, request: Message) -> Option<Message> {
        let runs_code = self
            .running
            .as_ref()
            .is_some_and(|running| matches!(running.work, Work::Cell(_) | Work::Deliver { .. }));
        let needs_nothing = NEED_NOTHING.contains(&request.header.msg_type.as_str());
        if !(runs_code && needs_nothing
            || self.running.is_some() && self.is_known_already(&request))
        {
            return Some(request);
        }
        self.outbox.busy(&request.header);
        match request.header.msg_type.as_str() {
            "complete_request" => self.complete_meanwhile(&request),
            "inspect_request" => self.inspect_meanwhile(&request),
            _ => self.serve_request(request),
        }
        self.is_still_busy();
        None
    }

    /// Says again that what runs runs: front ends show the last state that they heard of,
    /// whoever's it was.
    pub(super) fn is_still_busy(&mut self) {
        if let Some(running) = &self.running {
            self.outbox.busy(&running.request.header);
        }
    }

    fn complete_meanwhile(&mut self, request: &Message) {
        match request.content_as::<CompleteRequest>() {
            Ok(CompleteRequest { code, cursor_pos }) => {
                let cursor = offsets::to_bytes(&code, cursor_pos);
                let found = self.engine.complete_meanwhile(&code, cursor);
                self.reply_completions(request, &code, &found);
            }
            Err(reason) => self.refuse(request, reason),
        }
    }

    fn inspect_meanwhile(&mut self, request: &Message) {
        match request.content_as::<InspectRequest>() {
            Ok(InspectRequest { code, cursor_pos }) => {
                let cursor = offsets::to_bytes(&code, cursor_pos);
                let found = self.engine.inspect_meanwhile(&code, cursor);
                self.finish_inspection(request, found);
            }
            Err(reason) => self.refuse(request, reason),
        }
    }
}
