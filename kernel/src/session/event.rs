//! What can happen to a session, and the one place where it waits.

use crossbeam_channel::{RecvError, Select, SelectTimeoutError, never};

use super::{Session, Signal};
use crate::engine::Notice;
use crate::protocol::sockets::Inbound;
use crate::protocol::{Channel, Message};

pub(super) enum Event {
    Request(Channel, Box<Message>),
    Notice(Notice),
    /// A client subscribed to iopub.
    Subscribed(Vec<u8>),
    /// Every request that was sent before the barrier is in the queue.
    CaughtUp,
    /// What the running cell waits for is to be shown.
    ProgressDue,
    /// An `input_request` had nobody to go to.
    StdinUnreachable,
    /// The iopub queue takes another message.
    Room,
    Signal(Signal),
    EngineGone,
    SocketsGone,
}

impl Session {
    /// Waits for the next event.
    ///
    /// Notices are not taken while messages wait for room on iopub: the engine
    /// then blocks in `notify`, and the cell in its write. Requests always are.
    pub(super) fn next_event(&mut self) -> Event {
        let waiting = self.outbox.is_waiting();
        if !waiting && let Some(notice) = self.next_notice.take() {
            // A cell that writes without end always has one: requests and
            // signals come first.
            let urgent = self.inbound.try_recv().map(Event::from);
            let urgent = urgent.or_else(|_| self.signals.try_recv().map(Event::Signal));
            return match urgent {
                Ok(event) => {
                    self.next_notice = Some(notice);
                    event
                }
                Err(_) => Event::Notice(notice),
            };
        }
        let iopub = self.outbox.iopub().clone();
        let mut select = Select::new();
        let inbound = select.recv(&self.inbound);
        let signal = select.recv(&self.signals);
        let notice = (!waiting).then(|| select.recv(&self.notices));
        let room = waiting.then(|| select.send(&iopub));
        let operation = match self.progress.due().filter(|_| !waiting) {
            None => select.select(),
            Some(due) => match select.select_deadline(due) {
                Ok(operation) => operation,
                Err(SelectTimeoutError) => return Event::ProgressDue,
            },
        };
        match operation.index() {
            index if index == inbound => match operation.recv(&self.inbound) {
                Ok(inbound) => inbound.into(),
                Err(RecvError) => Event::SocketsGone,
            },
            index if index == signal => match operation.recv(&self.signals) {
                Ok(signal) => Event::Signal(signal),
                Err(RecvError) => {
                    // Nobody will signal any more; without this the loop spins.
                    self.signals = never();
                    self.next_event()
                }
            },
            index if Some(index) == notice => match operation.recv(&self.notices) {
                Ok(notice) => Event::Notice(notice),
                Err(RecvError) => {
                    self.notices = never();
                    Event::EngineGone
                }
            },
            index if Some(index) == room => {
                // When the sockets are gone the loop sees it on `inbound`.
                let _ = operation.send(&iopub, self.outbox.take_waiting());
                Event::Room
            }
            _ => Event::SocketsGone,
        }
    }
}

impl From<Inbound> for Event {
    fn from(inbound: Inbound) -> Self {
        match inbound {
            Inbound::Message(channel, message) => Event::Request(channel, message),
            Inbound::Subscribed(topic) => Event::Subscribed(topic),
            Inbound::CaughtUp => Event::CaughtUp,
            Inbound::StdinUnreachable => Event::StdinUnreachable,
        }
    }
}
