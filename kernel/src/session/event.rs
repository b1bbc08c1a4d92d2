//! What can happen to a session, and the one place where it waits.

use std::time::Instant;

use crossbeam_channel::{RecvError, Select, SelectTimeoutError, TryRecvError, never};

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
    /// A reply that was held back goes.
    HeldLongEnough,
    /// An `input_request` had nobody to go to.
    StdinUnreachable,
    /// The iopub queue takes another message.
    Room,
    Signal(Signal),
    SocketsGone,
}

impl Session {
    /// The next event.
    ///
    /// While messages wait for room on iopub, notices are only collected, and few:
    /// then the engine blocks in `notify`, and the cell in its write. Requests always
    /// are taken.
    pub(super) fn next_event(&mut self) -> Event {
        loop {
            self.collect_notices();
            // Before notices, which may come without end.
            if self.held_until().is_some_and(|due| due <= Instant::now()) {
                return Event::HeldLongEnough;
            }
            if let Some(event) = self.event_at_hand().or_else(|| self.wait()) {
                return event;
            }
        }
    }

    /// A notice that waits and can be served, or what is more urgent.
    fn event_at_hand(&mut self) -> Option<Event> {
        if self.outbox.is_waiting() || self.backlog.is_empty() {
            return None;
        }
        // A cell that writes without end always has a notice: requests and signals
        // come first.
        match self.inbound.try_recv() {
            Ok(inbound) => return Some(inbound.into()),
            Err(TryRecvError::Disconnected) => return Some(Event::SocketsGone),
            Err(TryRecvError::Empty) => {}
        }
        match self.signals.try_recv() {
            Ok(signal) => Some(Event::Signal(signal)),
            Err(_) => self.backlog.pop().map(Event::Notice),
        }
    }

    /// Waits until something comes; `None` for what is no event yet.
    fn wait(&mut self) -> Option<Event> {
        let waiting = self.outbox.is_waiting();
        let iopub = self.outbox.iopub().clone();
        let mut select = Select::new();
        let inbound = select.recv(&self.inbound);
        let signal = select.recv(&self.signals);
        let has_room = self.backlog.has_room();
        let notice = has_room.then(|| select.recv(&self.notices));
        let room = waiting.then(|| select.send(&iopub));
        let progress = self.progress.due().filter(|_| !waiting);
        let operation = match progress.into_iter().chain(self.held_until()).min() {
            None => select.select(),
            Some(due) => match select.select_deadline(due) {
                Ok(operation) => operation,
                Err(SelectTimeoutError) => {
                    return (Some(due) == progress).then_some(Event::ProgressDue);
                }
            },
        };
        match operation.index() {
            index if index == inbound => match operation.recv(&self.inbound) {
                Ok(inbound) => Some(inbound.into()),
                Err(RecvError) => Some(Event::SocketsGone),
            },
            index if index == signal => match operation.recv(&self.signals) {
                Ok(signal) => Some(Event::Signal(signal)),
                Err(RecvError) => {
                    // Nobody will signal any more; without this the loop spins.
                    self.signals = never();
                    None
                }
            },
            index if Some(index) == notice => {
                let notice = operation.recv(&self.notices).ok();
                self.collect(notice);
                None
            }
            index if Some(index) == room => {
                // When the sockets are gone the loop sees it on `inbound`.
                let _ = operation.send(&iopub, self.outbox.take_waiting());
                Some(Event::Room)
            }
            _ => Some(Event::SocketsGone),
        }
    }

    /// Takes notices that are there, as far as there is room.
    fn collect_notices(&mut self) {
        // Not until there is none: updates need no room, and may come without end.
        for _ in 0..super::NOTICES_AHEAD {
            if !self.backlog.has_room() {
                return;
            }
            match self.notices.try_recv() {
                Ok(notice) => self.collect(Some(notice)),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => self.collect(None),
            }
        }
    }

    /// `None` when the engine will report nothing any more.
    fn collect(&mut self, notice: Option<Notice>) {
        let notice = notice.unwrap_or_else(|| {
            // Without this the loop spins.
            self.notices = never();
            Notice::Broken("the engine stopped; restart the kernel".to_owned())
        });
        self.backlog.push(notice, Instant::now());
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
