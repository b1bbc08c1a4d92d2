//! Making an execution: events and messages are collected, then checked,
//! ordered and given their clocks in one pass.

use rustc_hash::FxHashMap;

use super::error::ExecutionError;
use super::events::{EventId, Execution, Links, Message, Names, ProcessId};

/// The most clock components (events times processes) of one execution. They
/// take 4 bytes each.
const MAX_COMPONENTS: usize = 1 << 26;

/// Events named in the message about a cycle.
const MAX_NAMED: usize = 8;

/// Collects processes, events and messages; [`ExecutionBuilder::build`] checks
/// them.
///
/// The events of one process happen in the order in which they are added. In
/// between, events of other processes may be added in any order.
#[derive(Debug, Clone, Default)]
pub struct ExecutionBuilder {
    processes: Vec<String>,
    names: Names,
    process_of: Vec<u32>,
    messages: Vec<Draft>,
    by_name: FxHashMap<Box<str>, u32>,
    /// The first thing that was wrong.
    fault: Option<ExecutionError>,
}

/// A message of which one end may not be known yet.
#[derive(Debug, Clone)]
struct Draft {
    name: Box<str>,
    from: Option<u32>,
    to: Option<u32>,
}

impl ExecutionBuilder {
    /// Adds a process.
    pub fn process(&mut self, name: impl Into<String>) -> ProcessId {
        self.processes.push(name.into());
        ProcessId(self.processes.len() - 1)
    }

    /// Adds an event that neither sends nor receives.
    pub fn local(&mut self, process: ProcessId, name: &str) -> EventId {
        self.event(process, &[name])
    }

    /// Adds an event that sends the message of that name, which no other event
    /// may send. A message that nobody receives counts as lost.
    pub fn send(&mut self, process: ProcessId, message: &str) -> EventId {
        let event = self.event(process, &["send ", message]);
        let draft = self.draft(message);
        if draft.from.replace(number(event.0)).is_some() {
            let message = message.to_owned();
            self.refuse(ExecutionError::SentTwice { message });
        }
        event
    }

    /// Adds an event that receives the message of that name, which may be
    /// sent by an event that is added later.
    pub fn receive(&mut self, process: ProcessId, message: &str) -> EventId {
        let event = self.event(process, &["receive ", message]);
        let draft = self.draft(message);
        if draft.to.replace(number(event.0)).is_some() {
            let message = message.to_owned();
            self.refuse(ExecutionError::ReceivedTwice { message });
        }
        event
    }

    /// Adds a message between two events that are there. One event may send
    /// and receive any number of these, as a broadcast or a barrier does; the
    /// name need not be unique.
    pub fn message(&mut self, from: EventId, to: EventId, name: &str) -> &mut Self {
        let events = self.process_of.len();
        if let Some(event) = [from, to].into_iter().find(|end| end.0 >= events) {
            self.refuse(ExecutionError::UnknownEvent {
                message: name.to_owned(),
                event: event.0,
                events,
            });
            return self;
        }
        self.messages.push(Draft {
            name: name.into(),
            from: Some(number(from.0)),
            to: Some(number(to.0)),
        });
        self
    }

    /// The execution, with all its clocks, if it is one.
    ///
    /// # Errors
    ///
    /// [`ExecutionError`] when an event is on a process that is not there, a
    /// message is sent twice, received twice, received and never sent or
    /// received before it is sent, when events wait for each other in a
    /// circle, or when there are more than 67,108,864 (events x processes)
    /// clock components.
    pub fn build(self) -> Result<Execution, ExecutionError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let (events, processes) = (self.process_of.len(), self.processes.len());
        let components = events.saturating_mul(processes);
        let most = components.max(processes).max(self.messages.len());
        if most > MAX_COMPONENTS {
            return Err(ExecutionError::TooLarge {
                events,
                processes,
                limit: MAX_COMPONENTS,
            });
        }
        let mut run = laid_out(self.processes, self.names, self.process_of);
        run.messages = checked(&run, self.messages)?;
        let ends = run.messages.iter().map(|message| {
            let to = message.to.map(|to| number(to.0));
            (number(message.from.0), to)
        });
        run.outgoing = Links::new(events, ends.clone());
        let arrived = ends.filter_map(|(from, to)| Some((to?, Some(from))));
        run.incoming = Links::new(events, arrived);
        run.set_clocks()?;
        Ok(run)
    }

    fn event(&mut self, process: ProcessId, name: &[&str]) -> EventId {
        if process.0 >= self.processes.len() {
            self.refuse(ExecutionError::UnknownProcess {
                event: name.concat(),
                process: process.0,
                processes: self.processes.len(),
            });
        }
        self.names.push(name);
        self.process_of.push(number(process.0));
        EventId(self.process_of.len() - 1)
    }

    fn draft(&mut self, name: &str) -> &mut Draft {
        let index = match self.by_name.get(name) {
            Some(&index) => index as usize,
            None => {
                let index = self.messages.len();
                self.by_name.insert(name.into(), number(index));
                self.messages.push(Draft {
                    name: name.into(),
                    from: None,
                    to: None,
                });
                index
            }
        };
        &mut self.messages[index]
    }

    fn refuse(&mut self, fault: ExecutionError) {
        self.fault.get_or_insert(fault);
    }
}

/// The tables of events by process; messages and clocks are not there yet.
fn laid_out(processes: Vec<String>, names: Names, process_of: Vec<u32>) -> Execution {
    let mut starts = vec![0_u32; processes.len() + 1];
    let mut position = Vec::with_capacity(process_of.len());
    for &process in &process_of {
        let count = &mut starts[process as usize + 1];
        *count += 1;
        position.push(*count);
    }
    for index in 0..processes.len() {
        starts[index + 1] += starts[index];
    }
    let mut by_process = vec![0; process_of.len()];
    for (event, (&process, &position)) in process_of.iter().zip(&position).enumerate() {
        let place = starts[process as usize] + position - 1;
        by_process[place as usize] = number(event);
    }
    Execution {
        processes,
        names,
        process_of,
        position,
        starts,
        by_process,
        messages: Vec::new(),
        incoming: Links::default(),
        outgoing: Links::default(),
        order: Vec::new(),
        clocks: Vec::new(),
        lamport: Vec::new(),
    }
}

fn checked(run: &Execution, drafts: Vec<Draft>) -> Result<Vec<Message>, ExecutionError> {
    let mut messages = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let process = |event: u32| run.processes[run.process_of[event as usize] as usize].clone();
        let message = String::from(draft.name);
        match (draft.from, draft.to) {
            (None, to) => {
                let process = to.map(process).unwrap_or_default();
                return Err(ExecutionError::NeverSent { message, process });
            }
            (Some(from), Some(to))
                if run.process_of[from as usize] == run.process_of[to as usize]
                    && run.position[from as usize] >= run.position[to as usize] =>
            {
                let process = process(to);
                return Err(ExecutionError::ReceivedBeforeSent { message, process });
            }
            (Some(from), to) => messages.push(Message {
                name: message,
                from: EventId(from as usize),
                to: to.map(|to| EventId(to as usize)),
            }),
        }
    }
    Ok(messages)
}

impl Execution {
    /// Orders the events so that each comes after all that happen before it
    /// (Kahn 1962), and gives each its clocks on the way.
    fn set_clocks(&mut self) -> Result<(), ExecutionError> {
        let (events, width) = (self.len(), self.processes.len());
        let mut missing: Vec<u32> = (0..events)
            .map(|event| {
                number(self.incoming.of(event).len()) + u32::from(self.position[event] > 1)
            })
            .collect();
        let mut order: Vec<u32> = Vec::with_capacity(events);
        order.extend((0..events).filter(|&e| missing[e] == 0).map(number));
        self.clocks = vec![0; events * width];
        self.lamport = vec![0; events];
        let mut done = 0;
        while let Some(&event) = order.get(done) {
            done += 1;
            let event = event as usize;
            self.set_clocks_of(event);
            let next = self.next_on_process(event);
            for &after in next.iter().chain(self.outgoing.of(event)) {
                let missing = &mut missing[after as usize];
                *missing -= 1;
                if *missing == 0 {
                    order.push(after);
                }
            }
        }
        if order.len() < events {
            return Err(self.cycle(&missing));
        }
        self.order = order;
        Ok(())
    }

    /// The componentwise largest of what the event takes over, and itself.
    fn set_clocks_of(&mut self, event: usize) {
        let width = self.processes.len();
        let row = event * width;
        let mut lamport = 0;
        if let Some(before) = self.previous(event) {
            let before = before as usize;
            let from = before * width;
            self.clocks.copy_within(from..from + width, row);
            lamport = self.lamport[before];
        }
        for &sender in self.incoming.of(event) {
            let from = sender as usize * width;
            for component in 0..width {
                let known = self.clocks[from + component];
                let own = &mut self.clocks[row + component];
                *own = known.max(*own);
            }
            lamport = lamport.max(self.lamport[sender as usize]);
        }
        self.clocks[row + self.process_of[event] as usize] = self.position[event];
        self.lamport[event] = lamport + 1;
    }

    pub(super) fn previous(&self, event: usize) -> Option<u32> {
        let row = self.row_of(self.process_of[event] as usize);
        let before = (self.position[event] as usize).checked_sub(2)?;
        row.get(before).copied()
    }

    pub(super) fn next_on_process(&self, event: usize) -> Option<u32> {
        let row = self.row_of(self.process_of[event] as usize);
        row.get(self.position[event] as usize).copied()
    }

    /// A circle among the events that miss something. Each of them has a
    /// predecessor that misses something, too, so going back ends in a circle.
    fn cycle(&self, missing: &[u32]) -> ExecutionError {
        let mut seen_at: FxHashMap<u32, usize> = FxHashMap::default();
        let mut path: Vec<u32> = Vec::new();
        let mut at = missing.iter().position(|&m| m > 0).map(number);
        while let Some(event) = at {
            if let Some(&from) = seen_at.get(&event) {
                path.drain(..from);
                break;
            }
            seen_at.insert(event, path.len());
            path.push(event);
            let previous = self.previous(event as usize);
            let mut before = previous.iter().chain(self.incoming.of(event as usize));
            at = before.find(|&&e| missing[e as usize] > 0).copied();
        }
        path.reverse();
        let mut events: Vec<String> = path
            .iter()
            .chain(path.first())
            .map(|&event| self.with_process(event as usize))
            .collect();
        if events.len() > MAX_NAMED {
            let last = events.pop().unwrap_or_default();
            let left_out = events.len() - (MAX_NAMED - 1);
            events.truncate(MAX_NAMED - 1);
            events.push(format!("({left_out} more)"));
            events.push(last);
        }
        ExecutionError::Cycle { events }
    }

    fn with_process(&self, event: usize) -> String {
        let process = &self.processes[self.process_of[event] as usize];
        format!("`{}` on {process}", self.names.get(event))
    }
}

/// Numbers of events and processes are bounded by [`MAX_COMPONENTS`] before
/// they are used.
pub(super) fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
