//! Completion and inspection: what the engine knows of the text at a cursor.

use serde_json::{Map, Value, json};

use super::shell::{Running, Work};
use super::{Session, offsets};
use crate::engine::{Completions, Inspection, Job};
use crate::protocol::messages::complete::{CompleteReply, CompleteRequest, TypedMatch};
use crate::protocol::messages::inspect::{InspectReply, InspectRequest};
use crate::protocol::{Channel, Message};

impl Session {
    pub(super) fn complete(&mut self, request: Message) {
        let CompleteRequest { code, cursor_pos } = match request.content_as() {
            Ok(content) => content,
            Err(reason) => return self.refuse(&request, reason),
        };
        let cursor = offsets::to_bytes(&code, cursor_pos);
        let ticket = self.ticket();
        let job = Job::Complete {
            ticket,
            code: code.clone(),
            cursor,
        };
        self.start(ticket, request, Work::Complete(code), job);
    }

    pub(super) fn inspect(&mut self, request: Message) {
        let InspectRequest { code, cursor_pos } = match request.content_as() {
            Ok(content) => content,
            Err(reason) => return self.refuse(&request, reason),
        };
        let cursor = offsets::to_bytes(&code, cursor_pos);
        let ticket = self.ticket();
        self.start(
            ticket,
            request,
            Work::Inspect,
            Job::Inspect {
                ticket,
                code,
                cursor,
            },
        );
    }

    pub(super) fn finish_completion(&mut self, running: &Running, completions: &Completions) {
        let Work::Complete(code) = &running.work else {
            return self.conclude_mismatch(running);
        };
        self.reply_completions(&running.request, code, completions);
    }

    pub(super) fn reply_completions(
        &mut self,
        request: &Message,
        code: &str,
        completions: &Completions,
    ) {
        let start = offsets::to_code_points(code, completions.start);
        let end = offsets::to_code_points(code, completions.end);
        let typed: Vec<_> = completions
            .candidates
            .iter()
            .map(|candidate| TypedMatch {
                start,
                end,
                text: candidate.text.clone(),
                kind: candidate.kind.clone(),
                signature: candidate.signature.clone(),
            })
            .collect();
        let mut metadata = Map::new();
        metadata.insert("_jupyter_types_experimental".to_owned(), json!(typed));
        let reply = CompleteReply {
            status: "ok",
            matches: completions
                .candidates
                .iter()
                .map(|candidate| candidate.text.clone())
                .collect(),
            cursor_start: start,
            cursor_end: end,
            metadata,
        };
        self.outbox.reply(Channel::Shell, request, &reply);
        self.outbox.idle(&request.header);
    }

    pub(super) fn finish_inspection(&mut self, request: &Message, inspection: Option<Inspection>) {
        let found = inspection.is_some();
        let mut data = Map::new();
        if let Some(Inspection {
            plain,
            html,
            markdown,
        }) = inspection
        {
            data.insert("text/plain".to_owned(), Value::String(plain));
            data.insert("text/html".to_owned(), Value::String(html));
            data.insert("text/markdown".to_owned(), Value::String(markdown));
        }
        let reply = InspectReply {
            status: "ok",
            found,
            data,
            metadata: Map::new(),
        };
        self.outbox.reply(Channel::Shell, request, &reply);
        self.outbox.idle(&request.header);
    }
}
