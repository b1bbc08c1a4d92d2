//! Comms: channels between a widget in a client and code in the kernel.
//!
//! Running code opens them, and its handlers hear what clients send on them, when no cell
//! runs. What is asked about a widget's state is answered from a table here (`table`),
//! at once.

mod table;

use serde_json::{Map, Value, json};

use self::table::{Comm, State, WIDGET, method};
pub(super) use self::table::{Comms, joined};
use super::Session;
use super::shell::{Running, Work};
use crate::engine::{Buffer, CommAction, CommEvent, Delivery, Failure, Job, MimeBundle, Outcome};
use crate::protocol::messages::comm::{CommInfoReply, CommInfoRequest, CommMessage, CommOpen};
use crate::protocol::messages::error::ErrorOutput;
use crate::protocol::{Channel, Header, Message};

/// The target under which a client asks about all widgets at once.
const WIDGET_CONTROL: &str = "jupyter.widget.control";

/// The version of the widgets' messages, which goes with them.
const WIDGET_VERSION: &str = "2.1.0";

impl Session {
    /// `comm_info_request`.
    pub(super) fn comm_info(&self, request: &Message) {
        match request.content_as::<CommInfoRequest>() {
            Ok(content) => self.outbox.reply(
                Channel::Shell,
                request,
                &CommInfoReply {
                    status: "ok",
                    comms: self.comms.info(content.target_name.as_deref()),
                },
            ),
            Err(reason) => self
                .outbox
                .reply_bad_request(Channel::Shell, request, reason),
        }
    }

    /// Whether a request that comes while a cell runs is only about what the table knows: it
    /// need not wait, and a page that is loaded anew does not.
    pub(super) fn is_known_already(&self, request: &Message) -> bool {
        let is_cell = |running: &Running| matches!(running.work, Work::Cell(_));
        let is_comm = |waiting: &Message| waiting.header.msg_type.starts_with("comm_");
        // What comes behind another message on comms may depend on it.
        if !self.running.as_ref().is_some_and(is_cell) || self.queue.iter().any(is_comm) {
            return false;
        }
        let opens_control = || {
            let open = request.content_as::<CommOpen>();
            open.is_ok_and(|open| open.target_name == WIDGET_CONTROL)
        };
        let asks = || {
            let message = request.content_as::<CommMessage>();
            message.is_ok_and(|message| {
                method(&message.data).starts_with("request_state")
                    && self.comms.get(&message.comm_id).is_some()
            })
        };
        match request.header.msg_type.as_str() {
            "comm_info_request" => true,
            "comm_open" => opens_control(),
            "comm_msg" => asks(),
            _ => false,
        }
    }

    /// Joins a message on a comm with the one that waits before it. Whether it has.
    pub(super) fn join_with_last(&mut self, request: &mut Message) -> bool {
        let Some(last) = self.queue.back() else {
            return false;
        };
        let both_are_messages = [last, request]
            .iter()
            .all(|one| one.header.msg_type == "comm_msg");
        if !both_are_messages {
            return false;
        }
        let (Ok(first), Ok(second)) = (event(last), event(request)) else {
            return false;
        };
        let Some(joined) = joined(&first, &second) else {
            return false;
        };
        let Some(first) = self.queue.pop_back() else {
            return false;
        };
        // Its sender may wait for this before it sends the next.
        self.outbox.busy(&first.header);
        self.outbox.idle(&first.header);
        let content = CommMessage {
            comm_id: joined.comm,
            data: joined.data,
        };
        request.content = serde_json::to_value(content).map_err(|error| error.to_string());
        true
    }

    /// `comm_open`, `comm_msg` and `comm_close`. Returns the request when it is done.
    pub(super) fn serve_comm(&mut self, request: Message) -> Option<Message> {
        let event = match event(&request) {
            Ok(event) => event,
            Err(reason) => {
                tracing::warn!("bad {}: {reason}", request.header.msg_type);
                return Some(request);
            }
        };
        match &event.action {
            CommAction::Open { target } => {
                let comm = Comm {
                    target: target.clone(),
                    opened_by: None,
                    state: State::default(),
                };
                if !self.comms.insert(event.comm.clone(), comm) {
                    self.close_comm(Some(&request.header), event.comm);
                    return Some(request);
                }
                if target == WIDGET_CONTROL {
                    return Some(request);
                }
            }
            CommAction::Close => {
                if self.comms.remove(&event.comm).is_none() {
                    tracing::info!("a comm_close for the unknown comm {:?}", event.comm);
                    return Some(request);
                }
            }
            CommAction::Message => {
                let Some(comm) = self.comms.get(&event.comm) else {
                    // It does not know that the comm is gone, with a process that has ended.
                    tracing::info!("a comm_msg for the unknown comm {:?}", event.comm);
                    self.close_comm(Some(&request.header), event.comm);
                    return Some(request);
                };
                let is_control = comm.target == WIDGET_CONTROL;
                match method(&event.data) {
                    "request_states" if is_control => {
                        let (data, buffers) = self.comms.states();
                        self.send_comm(Some(&request.header), &event.comm, data, buffers);
                        return Some(request);
                    }
                    "request_state" => {
                        let (data, buffers) = comm.state.update();
                        self.send_comm(Some(&request.header), &event.comm, data, buffers);
                        return Some(request);
                    }
                    "update" if comm.target == WIDGET => {
                        if !self.note_update(&request, &event) {
                            return Some(request);
                        }
                    }
                    _ if is_control => return Some(request),
                    _ => {}
                }
            }
        }
        self.deliver(request, event);
        None
    }

    /// A client has changed a widget's state: other clients hear of it. Whether running
    /// code should.
    fn note_update(&mut self, request: &Message, event: &CommEvent) -> bool {
        self.comms.note(&event.comm, &event.data, &event.buffers);
        let mut data = event.data.clone();
        data["method"] = Value::from("echo_update");
        // What an `Output` shows is kept for pages to come. Others see it themselves.
        if let Some(state) = data.get_mut("state").and_then(Value::as_object_mut) {
            state.remove("outputs");
            if state.is_empty() {
                return false;
            }
        }
        let buffers = event.buffers.clone();
        self.send_comm(Some(&request.header), &event.comm, data, buffers);
        true
    }

    /// Lets running code hear `event`; the request ends when its handlers have.
    fn deliver(&mut self, request: Message, event: CommEvent) {
        let ticket = self.ticket();
        let opened_by = self.comms.get(&event.comm);
        let opened_by = opened_by.and_then(|comm| comm.opened_by.clone());
        let job = Job::Deliver(Delivery {
            ticket,
            event,
            request: request.header.msg_id.clone(),
        });
        self.budgets.begin_cell();
        self.start(ticket, request, Work::Deliver { opened_by }, job);
    }

    /// The handlers have run.
    pub(super) fn finish_delivery(&mut self, running: &Running, outcome: Outcome) {
        self.budgets.end_cell(std::time::Instant::now());
        if let Outcome::Failed(Failure {
            name,
            value,
            traceback,
        }) = outcome
        {
            let content = ErrorOutput {
                ename: &name,
                evalue: &value,
                traceback: &traceback,
            };
            let parent = self.parent_of(running);
            self.outbox.publish(parent.as_ref(), "error", &content);
        }
        // Only now: an `Output` shows the error as well.
        let own = &running.request.header;
        self.end_captures(own);
        if let Some(states) = self.kept_comms.take() {
            self.keep_comms(Some(own), &states);
        }
        self.outbox.idle(&running.request.header);
    }

    /// Under which header outputs of a comm's handlers go. Where a widget captures them
    /// that is the client's own message; else they stand below the cell that made the widget.
    pub(super) fn parent_of(&self, running: &Running) -> Option<Header> {
        let own = &running.request.header;
        match &running.work {
            Work::Deliver {
                opened_by: Some(cell),
            } if self.comms.capturing(&own.msg_id).next().is_none() => Some(cell.clone()),
            _ => Some(own.clone()),
        }
    }

    /// What is published under `request` is over; no widget shows it any more.
    pub(super) fn end_captures(&mut self, request: &Header) {
        let capturing = self.comms.capturing(&request.msg_id);
        let capturing: Vec<String> = capturing.cloned().collect();
        for comm in capturing {
            let data = json!({"method": "update", "state": {"msg_id": ""}, "buffer_paths": []});
            self.comms.note(&comm, &data, &[]);
            self.send_comm(Some(request), &comm, data, Vec::new());
        }
    }

    /// Running code opens a comm, sends on it or closes it.
    pub(super) fn on_comm(&mut self, event: CommEvent) {
        let parent = match &self.running {
            Some(running) => Some(running.request.header.clone()),
            None => self.last_cell.clone(),
        };
        match &event.action {
            CommAction::Open { target } => {
                let mut state = State::default();
                state.merge(&event.data, &event.buffers);
                let comm = Comm {
                    target: target.clone(),
                    opened_by: match self.running.as_ref().map(|running| &running.work) {
                        Some(Work::Deliver { opened_by }) => opened_by.clone(),
                        _ => parent.clone(),
                    },
                    state,
                };
                if !self.comms.insert(event.comm.clone(), comm) {
                    let words = format!(
                        "no more than {} widgets can be open; close some, or restart the kernel\n",
                        table::MOST
                    );
                    return self.outbox.stream(parent.as_ref(), "stdout", &words);
                }
                let content = CommOpen {
                    comm_id: event.comm,
                    target_name: target.clone(),
                    data: event.data,
                };
                self.outbox.publish_with(
                    parent.as_ref(),
                    "comm_open",
                    &content,
                    event.metadata,
                    bytes(event.buffers),
                );
            }
            CommAction::Message => {
                if self.comms.get(&event.comm).is_none() {
                    tracing::debug!("running code spoke on the closed comm {:?}", event.comm);
                    return;
                }
                if method(&event.data) == "update" {
                    self.comms.note(&event.comm, &event.data, &event.buffers);
                }
                if self.may_send(parent.as_ref(), &event) {
                    self.send_comm(parent.as_ref(), &event.comm, event.data, event.buffers);
                }
            }
            CommAction::Close => {
                if self.comms.remove(&event.comm).is_some() {
                    self.close_comm(parent.as_ref(), event.comm);
                }
            }
        }
    }

    /// The process that runs cells has just these comms: a cell was undone, or the process
    /// is another. The front end is told of what has changed.
    pub(super) fn on_comms_kept(&mut self, states: MimeBundle) {
        match &self.running {
            // The error that comes may belong into one of them.
            Some(Running {
                work: Work::Deliver { .. },
                ..
            }) => self.kept_comms = Some(states),
            running => {
                let parent = running.as_ref().map(|one| one.request.header.clone());
                let parent = parent.or_else(|| self.last_cell.clone());
                self.keep_comms(parent.as_ref(), &states);
            }
        }
    }

    fn keep_comms(&mut self, parent: Option<&Header>, states: &Map<String, Value>) {
        let is_lost =
            |id: &String, comm: &Comm| comm.target != WIDGET_CONTROL && !states.contains_key(id);
        let lost = self.comms.iter().filter(|(id, comm)| is_lost(id, comm));
        for id in lost.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
            self.comms.remove(&id);
            self.close_comm(parent, id);
        }
        for (id, state) in states {
            let Some(state) = state.as_object() else {
                continue;
            };
            let changed = self.comms.get(id).map(|comm| comm.state.difference(state));
            let Some(changed) = changed.filter(|changed| !changed.is_empty()) else {
                continue;
            };
            let data = json!({"method": "update", "state": changed, "buffer_paths": []});
            self.comms.note(id, &data, &[]);
            self.send_comm(parent, id, data, Vec::new());
        }
    }

    fn close_comm(&mut self, parent: Option<&Header>, comm_id: String) {
        let close = CommMessage {
            comm_id,
            data: json!({}),
        };
        self.outbox.publish(parent, "comm_close", &close);
    }

    fn send_comm(
        &mut self,
        parent: Option<&Header>,
        comm: &str,
        data: Value,
        buffers: Vec<Buffer>,
    ) {
        let content = CommMessage {
            comm_id: comm.to_owned(),
            data,
        };
        let metadata = Map::from_iter([("version".to_owned(), Value::from(WIDGET_VERSION))]);
        self.outbox
            .publish_with(parent, "comm_msg", &content, metadata, bytes(buffers));
    }
}

/// The request as an event.
fn event(request: &Message) -> Result<CommEvent, String> {
    let buffers = request.buffers.iter().cloned().map(Buffer).collect();
    let (comm, action, data) = match request.header.msg_type.as_str() {
        "comm_open" => {
            let open: CommOpen = request.content_as()?;
            let target = open.target_name;
            (open.comm_id, CommAction::Open { target }, open.data)
        }
        kind => {
            let message: CommMessage = request.content_as()?;
            let action = match kind {
                "comm_close" => CommAction::Close,
                _ => CommAction::Message,
            };
            (message.comm_id, action, message.data)
        }
    };
    Ok(CommEvent {
        comm,
        action,
        data,
        metadata: request.metadata.clone(),
        buffers,
    })
}

/// About how many bytes a message has.
pub(super) fn size(event: &CommEvent) -> usize {
    let buffers = event.buffers.iter().map(|Buffer(bytes)| bytes.len());
    buffers.sum::<usize>() + event.data.to_string().len()
}

fn bytes(buffers: Vec<Buffer>) -> Vec<Vec<u8>> {
    buffers.into_iter().map(|Buffer(bytes)| bytes).collect()
}
