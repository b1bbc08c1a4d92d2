//! The types that pass through the engine's door, and nothing else.

use serde_json::{Map, Value};

pub use crate::bridge::{Buffer, CommAction, CommEvent};

/// Ties a [`Notice`] to the [`Job`] that caused it; chosen by the caller.
pub type Ticket = u64;

/// MIME type to content, as Jupyter's `data` fields carry it.
pub type MimeBundle = Map<String, Value>;

/// What the engine can be asked for. Jobs are done in order, one at a time.
#[derive(Debug)]
pub enum Job {
    /// Compile and run a cell.
    Execute(Execution),
    /// List what could stand at `cursor` (a byte offset into `code`).
    Complete {
        ticket: Ticket,
        code: String,
        cursor: usize,
    },
    /// Describe what stands at `cursor` (a byte offset into `code`).
    Inspect {
        ticket: Ticket,
        code: String,
        cursor: usize,
    },
    /// Let running code hear what has come on a comm.
    Deliver(Delivery),
}

/// Something that a front end has sent on a comm.
#[derive(Debug)]
pub struct Delivery {
    pub ticket: Ticket,
    pub event: CommEvent,
    /// The id of the front end's message, under which outputs are shown.
    pub request: String,
}

/// A cell to run.
#[derive(Debug)]
pub struct Execution {
    pub ticket: Ticket,
    pub code: String,
    /// The number the cell will carry; names the cell in later messages.
    pub execution_count: u32,
    /// The cell's id in the notebook, if the front end says it.
    pub cell: Option<String>,
    /// The id of the front end's message, under which outputs are shown.
    pub request: Option<String>,
    /// Whether the front end can answer [`Notice::Input`].
    pub allow_stdin: bool,
    /// What a verdict of this cell has to know to be believed; a grader makes
    /// it up for each checking cell.
    pub secret: Option<String>,
    /// `user_expressions`: name to expression, evaluated after the cell.
    pub expressions: Vec<(String, String)>,
}

/// What the engine reports, in the order in which it happened.
#[derive(Debug)]
pub enum Notice {
    /// The engine is warm: the next cell waits for nothing but itself.
    Ready,
    /// The engine cannot be started; every later job fails with this text.
    Broken(String),
    /// What the running cell waits for, in a few words; `None` when it goes on.
    Progress(Option<String>),
    /// The running cell has been compiled and its code begins. What was printed
    /// until now comes from what earlier cells left running.
    Started,
    /// Something that the running cell shows.
    Output(Output),
    /// Something that a thread shows which the job `cell` has started. That may be
    /// the running one.
    Earlier { cell: Ticket, output: Output },
    /// The running cell asks for a line; answer with `Engine::input_reply`.
    Input { prompt: String, password: bool },
    /// What the running cell is worth, in points; `None` for all of them. It
    /// knew the cell's secret.
    Verdict { points: Option<f64> },
    /// Somebody has given a verdict without knowing the secret, which serves once.
    /// The running cell has no verdict that could be believed.
    FalseVerdict,
    /// Running code has opened a comm, sent on it or closed it.
    Comm(CommEvent),
    /// The process that runs cells has just these comms: id to state, which is null for a
    /// comm that has none. The others are gone, and these are as said here.
    CommsKept(MimeBundle),
    /// The handlers of a comm have done what there was to do.
    Delivered { ticket: Ticket, outcome: Outcome },
    /// A cell has ended. All of its output was reported before.
    Executed {
        ticket: Ticket,
        outcome: Outcome,
        /// One entry for each expression asked for, by name.
        expressions: Vec<(String, Result<MimeBundle, Failure>)>,
        /// Help pages for the front end's pager (`?name`).
        pages: Vec<MimeBundle>,
    },
    Completed {
        ticket: Ticket,
        completions: Completions,
    },
    Inspected {
        ticket: Ticket,
        inspection: Option<Inspection>,
    },
}

/// What a cell shows while it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    Stream {
        name: StreamName,
        text: String,
    },
    Display {
        data: MimeBundle,
        metadata: MimeBundle,
        display_id: Option<String>,
    },
    UpdateDisplay {
        data: MimeBundle,
        metadata: MimeBundle,
        display_id: String,
    },
    /// The value of the cell's last expression.
    Result {
        data: MimeBundle,
        metadata: MimeBundle,
    },
    Clear {
        wait: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamName {
    Stdout,
    Stderr,
}

/// How a cell ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Ok,
    Failed(Failure),
}

/// An error as Jupyter's `error` message has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind, for example `CompileError`, `Panic`, `Interrupted`.
    pub name: String,
    /// One line: what went wrong.
    pub value: String,
    /// The report, line by line, with ANSI colours.
    pub traceback: Vec<String>,
}

/// Candidates for the text between `start` and `end` (byte offsets).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completions {
    pub start: usize,
    pub end: usize,
    pub candidates: Vec<Completion>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What to insert.
    pub text: String,
    /// `function`, `struct`, `module`, `field`, ...
    pub kind: String,
    /// For a function, its signature, when known.
    pub signature: Option<String>,
}

/// A description of a name, as plain text, as HTML and as Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    pub plain: String,
    pub html: String,
    pub markdown: String,
}

/// The engine as the session sees it. [`super::Engine`] is the real one; tests
/// of the session bring their own.
pub trait Evaluator: Send {
    /// Queues a job; its notice comes when it is done. Never blocks.
    fn submit(&self, job: Job);
    /// Stops the cell that runs or compiles now, if any. Never blocks.
    fn interrupt(&self);
    /// What [`Job::Complete`] would ask, for while a cell runs: found by name. Never
    /// blocks.
    fn complete_meanwhile(&self, code: &str, cursor: usize) -> Completions;
    /// The same for [`Job::Inspect`].
    fn inspect_meanwhile(&self, code: &str, cursor: usize) -> Option<Inspection>;
    /// Answers the last [`Notice::Input`]: the line, or why there is none.
    fn input_reply(&self, reply: Result<String, String>);
    /// Ends every process that the engine started, within two seconds.
    fn shutdown(&mut self);
}
