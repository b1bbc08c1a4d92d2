//! The session: one loop that joins the sockets to the engine.
//!
//! Here requests become jobs, notices become messages, and the protocol's
//! promises are kept: every request ends in a reply and `idle`, cells run in
//! order, the queue is aborted when one fails, history is remembered. It uses
//! `protocol` and the engine's door ([`Evaluator`]), and neither compiles code
//! nor touches a byte of a frame.
//!
//! The loop runs on the thread that calls [`run`] and waits in one place
//! (`event`). It blocks on nothing else, so that a client can interrupt and
//! shut down whatever the cell does.

mod backlog;
mod budget;
mod cells;
mod comms;
mod completeness;
mod control;
mod earlier;
mod event;
mod held;
mod help;
mod history;
mod introspection;
mod meanwhile;
mod offsets;
mod outbox;
mod output;
mod progress;
mod shell;
mod shutdown;
mod stdin;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};
use thiserror::Error;

use crate::engine::{Evaluator, MimeBundle, Notice, Ticket};
use crate::protocol::connection::Connection;
use crate::protocol::sockets::{Inbound, SocketError, Sockets};
use crate::protocol::{Channel, Header, Message};
use backlog::Backlog;
use budget::Budgets;
pub use budget::Limits;
use cells::Ended;
use comms::Comms;
use earlier::Earlier;
use event::Event;
use held::{Held, Silent};
use history::History;
pub use history::HistoryLocation;
use outbox::Outbox;
use progress::Progress;
use shell::Running;

/// Notices that the engine may be ahead of the session. Few, since each may
/// carry a chunk of output.
const NOTICES_AHEAD: usize = 64;

/// What a session needs to know.
pub struct Settings {
    pub connection: Connection,
    pub history: HistoryLocation,
    /// The version of rustc, for `language_info`.
    pub rust_version: String,
    /// Signals that the process received; [`crossbeam_channel::never`] for none.
    pub signals: Receiver<Signal>,
    /// How long output waits for a client that takes none, before that client
    /// loses output; [`STALL`] unless a test is in a hurry.
    pub stall: Duration,
    /// How much a cell may show.
    pub limits: Limits,
}

/// The default of [`Settings::stall`].
pub const STALL: Duration = Duration::from_secs(10);

/// What a signal of the operating system asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: as an `interrupt_request`.
    Interrupt,
    /// SIGTERM, SIGHUP: as a `shutdown_request`, with nobody to reply to.
    Terminate,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// A client asked for it; with `restart` it will start another kernel.
    Shutdown { restart: bool },
    /// [`Signal::Terminate`].
    Terminated,
}

/// Why a session could not begin or go on.
#[derive(Debug, Error)]
pub enum SessionError {
    #[error(transparent)]
    Sockets(#[from] SocketError),
    #[error(
        "the sockets failed, so no client can reach the kernel; the log says why; hint: restart the kernel"
    )]
    Disconnected,
}

/// Takes what the engine reports. Blocks while clients are slower than the
/// output, and returns at once when the session has ended.
pub type Notify = Arc<dyn Fn(Notice) + Send + Sync>;

/// Serves clients until one of them, or a signal, ends the session.
///
/// `make_evaluator` is called once, when the sockets already listen, and must
/// return at once: the engine warms up behind it, while `kernel_info` is
/// answered.
///
/// # Errors
/// When a socket cannot be bound or the sockets fail later.
pub fn run(
    settings: Settings,
    make_evaluator: impl FnOnce(Notify) -> Box<dyn Evaluator>,
) -> Result<Exit, SessionError> {
    let sockets = Sockets::open(&settings.connection, settings.stall)?;
    let (to_session, notices) = bounded(NOTICES_AHEAD);
    let notify: Notify = Arc::new(move |notice| {
        // No session, no reader: what is reported after the end is lost.
        let _ = to_session.send(notice);
    });
    let mut session = Session {
        inbound: sockets.inbound.clone(),
        outbox: Outbox::new(&settings.connection, sockets),
        notices,
        backlog: Backlog::default(),
        signals: settings.signals,
        engine: make_evaluator(notify),
        engine_failure: None,
        rust_version: settings.rust_version,
        history: History::new(settings.history),
        queue: VecDeque::new(),
        aborted: Vec::new(),
        barriers: 0,
        running: None,
        progress: Progress::default(),
        budgets: Budgets::new(settings.limits),
        ended: None,
        held: None,
        silent: Silent::default(),
        next_count: 1,
        next_ticket: 1,
        last_cell: None,
        earlier: Earlier::default(),
        comms: Comms::default(),
        kept_comms: None,
    };
    session.outbox.starting();
    let exit = session.serve();
    session.end();
    exit
}

struct Session {
    outbox: Outbox,
    inbound: Receiver<Inbound>,
    notices: Receiver<Notice>,
    /// Notices that were taken off the channel and not yet handled.
    backlog: Backlog,
    signals: Receiver<Signal>,
    engine: Box<dyn Evaluator>,
    /// Why the engine does no work any more.
    engine_failure: Option<String>,
    rust_version: String,
    history: History,
    /// Requests on shell that wait for the running one.
    queue: VecDeque<Message>,
    /// Cells that will be answered as aborted, once the running one has ended.
    aborted: Vec<Message>,
    /// Barriers on their way: until they are back the queue is incomplete, and
    /// nothing is taken from it.
    barriers: usize,
    /// The request that the engine works on.
    running: Option<Running>,
    /// What the running cell waits for.
    progress: Progress,
    /// What may still be shown.
    budgets: Budgets,
    /// A cell that failed, and whose reply waits for a barrier.
    ended: Option<Ended>,
    /// How the running cell has ended, while its reply is held back.
    held: Option<Held>,
    silent: Silent,
    /// The number of the next cell.
    next_count: u32,
    next_ticket: Ticket,
    /// Whose output it is when something goes on printing after its cell, and nobody knows
    /// which cell that was.
    last_cell: Option<Header>,
    /// Whose output it is when that is known.
    earlier: Earlier,
    comms: Comms,
    /// What is still to be told of comms, once the running handlers have ended.
    kept_comms: Option<MimeBundle>,
}

impl Session {
    fn serve(&mut self) -> Result<Exit, SessionError> {
        loop {
            let exit = match self.next_event() {
                Event::Request(Channel::Control, request) => self.on_control(&request),
                Event::Request(Channel::Shell, request) => self.on_shell(*request),
                Event::Request(Channel::Stdin, message) => {
                    self.on_stdin(&message);
                    None
                }
                Event::Notice(notice) => {
                    self.on_notice(notice);
                    None
                }
                Event::Subscribed(topic) => {
                    self.outbox.welcome(&topic);
                    None
                }
                Event::CaughtUp => {
                    self.barriers = self.barriers.saturating_sub(1);
                    self.abort_queue();
                    None
                }
                Event::ProgressDue => {
                    self.bring_progress_up_to_date();
                    None
                }
                Event::HeldLongEnough => {
                    self.let_go();
                    None
                }
                Event::StdinUnreachable => {
                    self.refuse_input("the client that runs this cell has no way to ask for input");
                    None
                }
                Event::Room => {
                    self.outbox.send_waiting();
                    None
                }
                Event::Signal(Signal::Interrupt) => {
                    self.interrupt();
                    None
                }
                Event::Signal(Signal::Terminate) => Some(Exit::Terminated),
                Event::SocketsGone => return Err(SessionError::Disconnected),
            };
            if let Some(exit) = exit {
                return Ok(exit);
            }
            self.serve_queue();
        }
    }
}
