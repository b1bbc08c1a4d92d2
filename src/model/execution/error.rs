//! Why an execution, its realisation or a log was refused.

/// A rule of [`crate::model::Execution`] that what was given breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecutionError {
    /// An event names a process that was not added.
    #[error(
        "event `{event}` is on process number {process}, and there are {processes} processes: add it with `process` first"
    )]
    UnknownProcess {
        /// The event's name.
        event: String,
        /// The process that it names, counted from 0.
        process: usize,
        /// How many processes there are.
        processes: usize,
    },
    /// A message joins an event that was not added.
    #[error(
        "message `{message}` names event number {event}, and there are {events} events: add the event first"
    )]
    UnknownEvent {
        /// The message's name.
        message: String,
        /// The event that it names, counted from 0.
        event: usize,
        /// How many events there are.
        events: usize,
    },
    /// A message of that name is sent already.
    #[error("message `{message}` is sent twice: give the second one another name")]
    SentTwice {
        /// The message's name.
        message: String,
    },
    /// The message is received already.
    #[error(
        "message `{message}` is received twice: a message arrives at most once, so send one for each receiver"
    )]
    ReceivedTwice {
        /// The message's name.
        message: String,
    },
    /// Nobody sends the message.
    #[error("process {process} receives message `{message}`, which nobody sends: add its `send`")]
    NeverSent {
        /// The message's name.
        message: String,
        /// The name of the process that receives it.
        process: String,
    },
    /// A process receives its own message before it sends it.
    #[error(
        "process {process} receives message `{message}` before it sends it: put the `send` first"
    )]
    ReceivedBeforeSent {
        /// The message's name.
        message: String,
        /// The name of the process.
        process: String,
    },
    /// The events wait for each other.
    #[error(
        "no event can happen before itself, and these form a circle: {}: turn one of the messages round",
        .events.join(" -> ")
    )]
    Cycle {
        /// The events of the circle, each before the next, the last one the
        /// first again. A long circle is cut short.
        events: Vec<String>,
    },
    /// The clocks would not fit.
    #[error(
        "{events} events on {processes} processes need {events} x {processes} clock components, and the limit is {limit}: build a shorter execution"
    )]
    TooLarge {
        /// How many events there are.
        events: usize,
        /// How many processes there are.
        processes: usize,
        /// The most clock components.
        limit: usize,
    },
}

/// There are more consistent cuts than can be held, so no sample would be
/// uniform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a uniform sample needs all consistent cuts, and there are more than the {limit} that can be held: take a shorter execution"
)]
pub struct TooManyCuts {
    /// The most cuts that can be held.
    pub limit: usize,
}

/// Why an execution cannot be laid out on cores, or a trace is not one of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RealiseError {
    /// There is nothing to run on.
    #[error("an execution cannot run on 0 cores: give it at least 1")]
    NoCores,
    /// More cores than any picture or machine has.
    #[error("{cores} cores are more than the {limit} that can be simulated: take fewer")]
    TooManyCores {
        /// How many were asked for.
        cores: usize,
        /// The most there may be.
        limit: usize,
    },
    /// An event that takes no time could not be told from one that never ran.
    #[error("event `{event}` takes 0 ticks: give every event at least 1")]
    NoDuration {
        /// The event's name.
        event: String,
    },
    /// The times do not fit.
    #[error(
        "the times add up to more than {} ticks: use a larger unit of time",
        u64::MAX
    )]
    Overflow,
    /// The trace does not come from this execution.
    #[error(
        "the trace is not a realisation of this execution: {what}: make it with `on_cores` or `realise`"
    )]
    OtherTrace {
        /// What does not fit.
        what: String,
    },
}

/// What is wrong with a ShiViz log, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{fault}", place(*.line))]
pub struct ShivizError {
    /// The line of the log, counted from 1; 0 for what concerns no line.
    pub line: usize,
    /// What is wrong there.
    pub fault: ShivizFault,
}

/// What may be wrong with a ShiViz log or with the pattern that reads it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShivizFault {
    /// The pattern is no regular expression.
    #[error("the pattern cannot be used: {0}")]
    Pattern(String),
    /// The pattern does not say where a part of an event is.
    #[error("the pattern has no group (?<{0}>..): host, clock and event are needed")]
    MissingGroup(&'static str),
    /// Nothing in the log looks like an event.
    #[error("no event was found: an event is {expected}")]
    Empty {
        /// What an event looks like.
        expected: String,
    },
    /// This text belongs to no event.
    #[error("`{text}` is not part of an event: an event is {expected}")]
    Stray {
        /// The text.
        text: String,
        /// What an event looks like.
        expected: String,
    },
    /// The host has no name.
    #[error("the host has no name: write it before the clock")]
    NoHost,
    /// The clock is no JSON object.
    #[error(
        "the clock `{clock}` cannot be read: {what}: write a JSON object such as {{\"P\":2,\"Q\":1}}"
    )]
    BadClock {
        /// The clock as the log has it.
        clock: String,
        /// What is wrong with it.
        what: String,
    },
    /// A component is no count of events.
    #[error(
        "component {host} of the clock is {value}: a component counts events, so it is a whole number from 0 to {}",
        u32::MAX
    )]
    BadComponent {
        /// The component's host.
        host: String,
        /// Its value in the log.
        value: String,
    },
    /// A host's clock does not count its own events.
    #[error("the clock of {host} has no component {host}: a process counts its own events from 1")]
    NoOwnComponent {
        /// The host.
        host: String,
    },
    /// Two events of one host have the same own component.
    #[error(
        "{host} has its event number {number} here and on line {other}: each event counts the own component up by 1"
    )]
    Repeated {
        /// The host.
        host: String,
        /// The own component.
        number: u32,
        /// The other line.
        other: usize,
    },
    /// The own component is not one more than before.
    #[error(
        "{host} goes from event number {from} to {to}: each event counts the own component up by 1, so lines are missing"
    )]
    Skipped {
        /// The host.
        host: String,
        /// The number of the event before; 0 if there is none.
        from: u32,
        /// The number here.
        to: u32,
    },
    /// The clock knows of an event that is not in the log.
    #[error(
        "the clock knows of event number {number} of {host}, and {host} has {events} in this log: nobody could have that clock"
    )]
    FromNowhere {
        /// The other host.
        host: String,
        /// The event that it knows of.
        number: u32,
        /// How many events that host has.
        events: usize,
    },
    /// The clock is not what the events before it add up to.
    #[error(
        "nobody could have the clock {clock}: {host}'s event before it and the messages it takes over add up to {expected}"
    )]
    Impossible {
        /// The host.
        host: String,
        /// The clock as the log has it.
        clock: String,
        /// The clock that follows from the others.
        expected: String,
    },
    /// There is more than one execution where one was expected.
    #[error("the log holds {0} executions: read them with `Execution::all_from_shiviz`")]
    Several(usize),
    /// The events would form no execution.
    #[error("{0}")]
    Execution(#[from] ExecutionError),
    /// More than can be read at once.
    #[error("the log has {what}, and the limit is {limit}: cut it in parts")]
    TooLarge {
        /// What there is too much of.
        what: String,
        /// The most there may be.
        limit: usize,
    },
}

/// What concerns no line names none.
fn place(line: usize) -> String {
    match line {
        0 => String::new(),
        line => format!("line {line}: "),
    }
}
