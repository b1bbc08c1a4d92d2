//! Comms: channels between a widget in a client and code in the kernel.
//!
//! Running code opens them, and its handlers hear what clients send on them, when no cell
//! runs. What is asked about a widget's state is answered from a table here (`table`),
//! at once.

mod table;
mod waiting;

use serde_json::{Map, Value, json};

pub(super) use self::table::Comms;
use self::table::{Comm, Known, State, WIDGET, WIDGET_CONTROL, method};
use super::Session;
use super::shell::{Running, Work};
use crate::engine::{Buffer, CommAction, CommEvent, Delivery, Failure, Job, MimeBundle, Outcome};
use crate::protocol::messages::comm::{CommInfoReply, CommInfoRequest, CommMessage, CommOpen};
use crate::protocol::messages::error::ErrorOutput;
use crate::protocol::{Channel, Header, Message};

/// The most bytes of one, and the deepest: more could not be handed on.
const MOST_BYTES: usize = 32 << 20;
const DEEPEST: usize = 64;

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

    /// Whether the table knows all that a request asks: it need not wait for what runs, and a
    /// page that is loaded anew does not.
    pub(super) fn is_known_already(&self, request: &Message) -> bool {
        let kind = request.header.msg_type.as_str();
        // About what is not known yet something may wait in the queue.
        let is_known = |event: CommEvent| {
            let known = self.comms.known(&event);
            known.is_some_and(|known| known != Known::Nothing)
        };
        kind == "comm_info_request"
            || (kind.starts_with("comm_") && event(request).is_ok_and(is_known))
    }

    fn serve_known(&mut self, message: &Message, event: &CommEvent, known: Known) {
        let request = &message.header;
        match known {
            Known::OpenControl => {
                let comm = Comm::opened_by_page(WIDGET_CONTROL.to_owned());
                self.comms.insert(event.comm.clone(), comm);
            }
            Known::CloseControl => {
                self.comms.remove(&event.comm);
            }
            Known::States => {
                let (data, buffers) = self.comms.states();
                self.send_comm(Some(request), &event.comm, data, buffers);
            }
            Known::State => {
                if let Some(comm) = self.comms.get(&event.comm) {
                    let (data, buffers) = comm.state.update();
                    self.send_comm(Some(request), &event.comm, data, buffers);
                }
            }
            Known::Outputs => {
                self.comms.note(&event.comm, &event.data, &event.buffers);
                self.hear_answer(message);
            }
            Known::Nothing => {
                tracing::info!(
                    "nothing is done about {:?} of {:?}",
                    event.action,
                    event.comm
                );
            }
        }
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
        if let Some(known) = self.comms.known(&event) {
            self.serve_known(&request, &event, known);
            return Some(request);
        }
        if let Some(reason) = refusal(&event) {
            let words = format!("[a message of the page to a widget is not delivered: {reason}]\n");
            self.outbox.stream(Some(&request.header), "stdout", &words);
            self.send_back(&request);
            return Some(request);
        }
        match &event.action {
            CommAction::Open { target } => {
                if !self.comms.has_room() {
                    self.close_comm(Some(&request.header), event.comm);
                    return Some(request);
                }
                let comm = Comm::opened_by_page(target.clone());
                self.comms.insert(event.comm.clone(), comm);
            }
            CommAction::Close => {
                self.comms.remove(&event.comm);
            }
            CommAction::Message if self.comms.get(&event.comm).is_none() => {
                // It does not know that the comm is gone, with a process that has ended.
                self.close_comm(Some(&request.header), event.comm);
                return Some(request);
            }
            CommAction::Message => self.note_update(&request.header, &event),
        }
        self.deliver(request, event);
        None
    }

    /// A client may have changed a widget's state: other clients hear of it.
    fn note_update(&mut self, request: &Header, event: &CommEvent) {
        let is_widget = |comm: &Comm| comm.target == WIDGET;
        if method(&event.data) != "update" || !self.comms.get(&event.comm).is_some_and(is_widget) {
            return;
        }
        self.comms.note(&event.comm, &event.data, &event.buffers);
        let mut data = event.data.clone();
        data["method"] = Value::from("echo_update");
        self.send_comm(Some(request), &event.comm, data, event.buffers.clone());
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
        if let Ok(event) = event(&running.request) {
            self.comms.settle(&event.comm);
        }
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
                let target = target.clone();
                self.open_comm(parent.as_ref(), target, event);
            }
            CommAction::Message => {
                if self.comms.get(&event.comm).is_none() {
                    tracing::debug!("running code spoke on the closed comm {:?}", event.comm);
                    return;
                }
                // Beyond the budget the table is as the page is.
                if self.may_send(parent.as_ref(), &event) {
                    if method(&event.data) == "update" {
                        self.comms.note(&event.comm, &event.data, &event.buffers);
                    }
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

    fn open_comm(&mut self, parent: Option<&Header>, target: String, event: CommEvent) {
        if let Some(words) = self.comms.refuses_another() {
            return self.outbox.stream(parent, "stdout", &words);
        }
        let size = size(&event);
        if !self.may_show(parent, |budget| budget.display(Some(&event.comm), size)) {
            return;
        }
        let mut state = State::default();
        state.merge(&event.data, &event.buffers);
        let comm = Comm {
            target: target.clone(),
            opened_by: match self.running.as_ref().map(|running| &running.work) {
                Some(Work::Deliver { opened_by }) => opened_by.clone(),
                _ => parent.cloned(),
            },
            state,
            is_settled: true,
        };
        self.comms.insert(event.comm.clone(), comm);
        let content = CommOpen {
            comm_id: event.comm,
            target_name: target,
            data: event.data,
        };
        let (metadata, buffers) = (event.metadata, bytes(event.buffers));
        self.outbox
            .publish_with(parent, "comm_open", &content, metadata, buffers);
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

/// Why a message cannot be handed on.
fn refusal(event: &CommEvent) -> Option<String> {
    let size = size(event);
    if size > MOST_BYTES {
        let (size, most) = (size >> 20, MOST_BYTES >> 20);
        return Some(format!("it has {size} MB, and the most are {most}"));
    }
    (depth(&event.data) > DEEPEST)
        .then(|| format!("its data are nested more than {DEEPEST} levels deep"))
}

fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Array(values) => values.iter().map(depth).max(),
        Value::Object(values) => values.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or_default()
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
    let metadata = serde_json::to_string(&event.metadata).map_or(0, |text| text.len());
    buffers.sum::<usize>() + event.data.to_string().len() + metadata
}

fn bytes(buffers: Vec<Buffer>) -> Vec<Vec<u8>> {
    buffers.into_iter().map(|Buffer(bytes)| bytes).collect()
}
