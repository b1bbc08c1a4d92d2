//! Messages of pages that wait until code can hear them: which give way to later ones, and
//! what a page is told about one that is dropped.

use serde_json::Value;

use super::table::{Update, WIDGET, method, replaces};
use super::{event, size};
use crate::engine::{Buffer, CommEvent};
use crate::protocol::Message;
use crate::session::Session;

/// More messages of pages to widgets do not wait: a flood of clicks.
const MOST_WAITING: usize = 1_000;

/// The same behind which no message waits that has more bytes than `LARGE`.
const MOST_LARGE_WAITING: usize = 16;
const LARGE: usize = 256 << 10;

impl Session {
    /// Queues a message on a comm, in place of one that waits where that is of no interest
    /// any more.
    pub(in crate::session) fn queue_comm(&mut self, request: Message) {
        if let Some(first) = self.outdated(&request)
            && let Some(first) = self.queue.remove(first)
        {
            // Its sender may wait for this before it sends the next.
            self.pass_over(&first);
        }
        let is_comm = |one: &&Message| one.header.msg_type.starts_with("comm_");
        let waiting = self.queue.iter().filter(is_comm).count();
        let size = event(&request).map_or(0, |event| size(&event));
        let most = match size > LARGE {
            true => MOST_LARGE_WAITING,
            false => MOST_WAITING,
        };
        if waiting >= most {
            tracing::warn!(
                "{waiting} messages on comms wait already; one of {size} bytes is dropped"
            );
            self.outbox.busy(&request.header);
            self.send_back(&request);
            self.outbox.idle(&request.header);
            return self.is_still_busy();
        }
        self.queue.push_back(request);
    }

    /// The move in the queue that `request` makes outdated. Only other moves may stand
    /// between them: a handler of a click finds what was set before it.
    fn outdated(&self, request: &Message) -> Option<usize> {
        let second = self.update_of_widget(request)?;
        for (index, waiting) in self.queue.iter().enumerate().rev() {
            if replaces(&second, &self.update_of_widget(waiting)?) {
                return Some(index);
            }
        }
        None
    }

    fn update_of_widget<'a>(&self, message: &'a Message) -> Option<Update<'a>> {
        let update = update(message)?;
        let comm = self.comms.get(update.comm);
        comm.is_some_and(|comm| comm.target == WIDGET)
            .then_some(update)
    }

    /// Tells the page what stands where it has set something that is not delivered: with what
    /// still waits. It is an echo, which its sender waits for and others take over, too.
    pub(super) fn send_back(&mut self, request: &Message) {
        let Some(refused) = self.update_of_widget(request) else {
            return;
        };
        let Some(mut state) = self.comms.get(refused.comm).map(|comm| comm.state.clone()) else {
            return;
        };
        for waiting in &self.queue {
            if let Some(update) = update(waiting)
                && update.comm == refused.comm
            {
                let buffers = waiting.buffers.iter().cloned().map(Buffer);
                state.merge(update.data, &buffers.collect::<Vec<_>>());
            }
        }
        state.keep(&refused.keys());
        let comm = refused.comm.to_owned();
        let (mut data, buffers) = state.update();
        data["method"] = Value::from("echo_update");
        self.send_comm(Some(&request.header), &comm, data, buffers);
    }

    /// Says of a message that it is over, and nothing was done about it.
    fn pass_over(&mut self, request: &Message) {
        self.outbox.busy(&request.header);
        self.outbox.idle(&request.header);
        self.is_still_busy();
    }

    /// Forgets clicks that wait: an interrupt is meant for their handlers as well. Where a
    /// reader has put something stays put.
    pub(in crate::session) fn drop_waiting_clicks(&mut self) {
        let is_click = |request: &Message| {
            let click = |event: CommEvent| method(&event.data) == "custom";
            request.header.msg_type == "comm_msg" && event(request).is_ok_and(click)
        };
        let (clicks, others): (Vec<_>, Vec<_>) = self.queue.drain(..).partition(is_click);
        self.queue = others.into();
        for click in clicks {
            self.pass_over(&click);
        }
    }
}

/// The request as an update of a state.
fn update(request: &Message) -> Option<Update<'_>> {
    let content = request.content.as_ref().ok()?;
    let update = Update {
        comm: content.get("comm_id")?.as_str()?,
        data: content.get("data")?,
    };
    let is_update = request.header.msg_type == "comm_msg" && method(update.data) == "update";
    is_update.then_some(update)
}
