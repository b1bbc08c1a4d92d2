//! The execution itself: events in flat tables, and what is read off them
//! directly.

use std::fmt;

use super::build::ExecutionBuilder;
use super::clock::VectorClock;

/// Names a process within one execution: its position in
/// [`Execution::processes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(pub usize);

/// Names an event within one execution: they count from 0 in the order in
/// which they were added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub usize);

/// What an event does with messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// It sends and receives nothing.
    Local,
    /// It sends at least one message, which may get lost.
    Send,
    /// It receives at least one message.
    Receive,
    /// It receives and sends.
    Both,
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Local => "local",
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Both => "receive and send",
        })
    }
}

/// One event, as [`Execution::event`] and [`Execution::events`] give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// The event.
    pub id: EventId,
    /// Its name; several events may share one.
    pub name: &'a str,
    /// The process that it is on.
    pub process: ProcessId,
    /// It is the so many-th event of its process, from 1. This is also its
    /// own component of the vector clock.
    pub position: usize,
    /// What it does with messages.
    pub kind: EventKind,
}

/// A message from one event to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The message's name.
    pub name: String,
    /// The event that sends it.
    pub from: EventId,
    /// The event that receives it; `None` for a message that got lost.
    pub to: Option<EventId>,
}

/// One execution: what each of some processes did, one event after another,
/// and which messages went between them.
///
/// It is made with [`Execution::builder`] or read from a ShiViz log; once made
/// it never changes, has no cycle, and knows all its clocks.
///
/// ```
/// use twoaxes::model::Execution;
///
/// let mut run = Execution::builder();
/// let (p, q) = (run.process("P"), run.process("Q"));
/// let a = run.local(p, "a");
/// let b = run.send(p, "m");
/// let c = run.local(q, "c");
/// let d = run.receive(q, "m");
/// let run = run.build()?;
///
/// assert!(run.happens_before(a, d) && run.concurrent(b, c));
/// assert_eq!(run.lamport_clock(d), 3);
/// assert_eq!(run.vector_clock(d), [2, 2]);
/// assert_eq!(run.linear_extensions(), 3);
/// # Ok::<(), twoaxes::model::ExecutionError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Execution {
    pub(super) processes: Vec<String>,
    pub(super) names: Names,
    /// Of each event: its process, and its place there, from 1.
    pub(super) process_of: Vec<u32>,
    pub(super) position: Vec<u32>,
    /// The events of process `p`, in order, are
    /// `by_process[starts[p]..starts[p + 1]]`.
    pub(super) starts: Vec<u32>,
    pub(super) by_process: Vec<u32>,
    pub(super) messages: Vec<Message>,
    /// The events that send to an event, and those that receive from it.
    pub(super) incoming: Links,
    pub(super) outgoing: Links,
    /// Every event, none before one that happens before it.
    pub(super) order: Vec<u32>,
    /// One row per event, one component per process.
    pub(super) clocks: Vec<u32>,
    pub(super) lamport: Vec<u32>,
}

impl Execution {
    /// Starts an execution without processes and events.
    #[must_use]
    pub fn builder() -> ExecutionBuilder {
        ExecutionBuilder::default()
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.position.len()
    }

    /// Whether nothing happens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.position.is_empty()
    }

    /// The names of the processes; a [`ProcessId`] is a position in this slice.
    #[must_use]
    pub fn processes(&self) -> &[String] {
        &self.processes
    }

    /// One event; `None` if there is no such event.
    #[must_use]
    pub fn event(&self, event: EventId) -> Option<Event<'_>> {
        let index = self.index(event)?;
        Some(Event {
            id: event,
            name: self.names.get(index),
            process: ProcessId(self.process_of[index] as usize),
            position: self.position[index] as usize,
            kind: self.kind(index),
        })
    }

    /// Every event, in the order in which they were added.
    pub fn events(&self) -> impl Iterator<Item = Event<'_>> {
        (0..self.len()).filter_map(|index| self.event(EventId(index)))
    }

    /// The events of one process, first to last; none if there is no such
    /// process.
    pub fn events_of(&self, process: ProcessId) -> impl Iterator<Item = EventId> {
        let events = self.row_of(process.0).iter();
        events.map(|&event| EventId(event as usize))
    }

    /// The first event of that name.
    #[must_use]
    pub fn event_named(&self, name: &str) -> Option<EventId> {
        let index = (0..self.len()).find(|&index| self.names.get(index) == name);
        index.map(EventId)
    }

    /// Every message, those that got lost included.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The messages that are sent and never received.
    pub fn lost_messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(|message| message.to.is_none())
    }

    /// Whether `a` happens before `b` (Lamport 1978): by the order of their
    /// process, by a message, or by a chain of both. One comparison of clock
    /// components, however long the execution is.
    ///
    /// No event happens before itself, and none before or after an event that
    /// is not there.
    #[must_use]
    pub fn happens_before(&self, a: EventId, b: EventId) -> bool {
        match (self.index(a), self.index(b)) {
            (Some(a), Some(b)) => a != b && self.knows(b, a),
            _ => false,
        }
    }

    /// Whether `a` and `b` are two events of which neither happens before the
    /// other. They need not run in parallel: see [`Execution::on_cores`].
    #[must_use]
    pub fn concurrent(&self, a: EventId, b: EventId) -> bool {
        match (self.index(a), self.index(b)) {
            (Some(a), Some(b)) => a != b && !self.knows(b, a) && !self.knows(a, b),
            _ => false,
        }
    }

    /// The event's Lamport clock (1978): 1 more than the largest clock among
    /// the events right before it. `a` before `b` implies a smaller clock, and
    /// not the reverse. They count from 1; an event that is not there has 0.
    #[must_use]
    pub fn lamport_clock(&self, event: EventId) -> u64 {
        self.lamport.get(event.0).copied().unwrap_or(0).into()
    }

    /// The event's vector clock (Fidge 1988, Mattern 1988): how many events of
    /// each process happen before it, itself included. It orders the events
    /// exactly as happens-before does. The clock of an event that is not there
    /// is all zeros.
    #[must_use]
    pub fn vector_clock(&self, event: EventId) -> VectorClock {
        match self.index(event) {
            Some(index) => VectorClock::from(self.row(index)),
            None => VectorClock::from(vec![0; self.processes.len()]),
        }
    }

    /// One order in which everything may have happened, the same at every
    /// call: a linear extension of happens-before.
    pub fn some_order(&self) -> impl Iterator<Item = EventId> {
        self.order.iter().map(|&event| EventId(event as usize))
    }

    /// The clock of event `index`, which is there.
    pub(super) fn row(&self, index: usize) -> &[u32] {
        let width = self.processes.len();
        &self.clocks[index * width..(index + 1) * width]
    }

    /// The events of process `index`, in order.
    pub(super) fn row_of(&self, index: usize) -> &[u32] {
        match (self.starts.get(index), self.starts.get(index + 1)) {
            (Some(&from), Some(&to)) => &self.by_process[from as usize..to as usize],
            _ => &[],
        }
    }

    /// Whether event `b` is event `a` or has it in its past: the component of
    /// `a`'s process in `b`'s clock counts at least up to `a`.
    pub(super) fn knows(&self, b: usize, a: usize) -> bool {
        let process = self.process_of[a] as usize;
        self.clocks[b * self.processes.len() + process] >= self.position[a]
    }

    pub(super) fn index(&self, event: EventId) -> Option<usize> {
        (event.0 < self.len()).then_some(event.0)
    }

    fn kind(&self, index: usize) -> EventKind {
        let sends = self.outgoing.sends(index);
        match (sends, !self.incoming.of(index).is_empty()) {
            (false, false) => EventKind::Local,
            (true, false) => EventKind::Send,
            (false, true) => EventKind::Receive,
            (true, true) => EventKind::Both,
        }
    }
}

impl fmt::Debug for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Execution")
            .field("processes", &self.processes)
            .field("events", &self.len())
            .field("messages", &self.messages.len())
            .finish_non_exhaustive()
    }
}

/// Many short texts in one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names {
    text: String,
    ends: Vec<usize>,
}

impl Names {
    pub(super) fn push(&mut self, parts: &[&str]) {
        for part in parts {
            self.text.push_str(part);
        }
        self.ends.push(self.text.len());
    }

    pub(super) fn get(&self, index: usize) -> &str {
        let from = match index.checked_sub(1) {
            Some(before) => self.ends.get(before).copied(),
            None => Some(0),
        };
        match (from, self.ends.get(index)) {
            (Some(from), Some(&to)) => &self.text[from..to],
            _ => "",
        }
    }
}

/// For each event, the events at the other ends of its messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Links {
    starts: Vec<u32>,
    others: Vec<u32>,
    /// Whether an event has a message at all: one that got lost has no other
    /// end.
    any: Vec<bool>,
}

impl Links {
    /// From pairs of an event and the other end of its message.
    pub(super) fn new(
        events: usize,
        pairs: impl Iterator<Item = (u32, Option<u32>)> + Clone,
    ) -> Self {
        let mut starts = vec![0_u32; events + 1];
        let mut any = vec![false; events];
        for (event, other) in pairs.clone() {
            any[event as usize] = true;
            starts[event as usize + 1] += u32::from(other.is_some());
        }
        for index in 0..events {
            starts[index + 1] += starts[index];
        }
        let mut next = starts.clone();
        let mut others = vec![0; starts.last().map_or(0, |&end| end as usize)];
        for (event, other) in pairs {
            if let Some(other) = other {
                let place = &mut next[event as usize];
                others[*place as usize] = other;
                *place += 1;
            }
        }
        Self {
            starts,
            others,
            any,
        }
    }

    pub(super) fn of(&self, event: usize) -> &[u32] {
        &self.others[self.starts[event] as usize..self.starts[event + 1] as usize]
    }

    fn sends(&self, event: usize) -> bool {
        self.any[event]
    }
}
