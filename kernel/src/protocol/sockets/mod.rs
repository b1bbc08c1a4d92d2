//! The five sockets and the one thread that owns them.
//!
//! The thread never blocks on a peer and never runs anything else, so the
//! heartbeat, interrupts and shutdown are served whatever the cell or a slow
//! client does. What leaves goes through two queues: replies, which are few,
//! and iopub, which holds [`IOPUB_QUEUE`] messages and makes its sender wait
//! when full. That wait is how a cell that prints without end is slowed down to
//! the speed of the slowest client instead of filling memory.

mod bind;
mod publisher;
mod receive;
mod thread;
mod waker;

use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use thiserror::Error;

use super::connection::Connection;
use super::message::{Channel, Message};
use super::wire::Decoder;
pub use waker::Waker;

/// Messages that may wait between the session and the iopub socket.
pub const IOPUB_QUEUE: usize = 16;

/// Messages that libzmq may hold for one subscriber.
const IOPUB_HIGH_WATER: i32 = 32;

/// The largest frame that is accepted. libzmq checks it when it reads the
/// frame's length, before it asks for memory.
pub const MAX_FRAME_BYTES: i64 = 128 * 1024 * 1024;

/// How long messages that a client does not fetch may delay the end.
pub const LINGER: Duration = Duration::from_secs(1);

/// Why the sockets could not be set up.
#[derive(Debug, Error)]
pub enum SocketError {
    #[error("cannot listen on {endpoint} for the {name} socket: {reason}; hint: {hint}")]
    Bind {
        name: &'static str,
        endpoint: String,
        reason: String,
        hint: &'static str,
    },
    #[error("cannot set up the {name} socket: {source}")]
    Setup {
        name: &'static str,
        source: zmq::Error,
    },
    #[error("cannot start the thread that owns the sockets: {0}")]
    Thread(#[from] std::io::Error),
}

/// What the thread reports.
#[derive(Debug)]
pub enum Inbound {
    /// A message whose signature held.
    Message(Channel, Box<Message>),
    /// A client subscribed to iopub topics with this prefix.
    Subscribed(Vec<u8>),
    /// Everything that had reached the shell socket before
    /// [`Outbound::Barrier`] was handled has been reported.
    CaughtUp,
    /// A message on the stdin socket found no peer.
    StdinUnreachable,
}

/// What the thread is told, besides what to publish.
#[derive(Debug)]
pub enum Outbound {
    /// Frames for a ROUTER socket.
    Send(Channel, Vec<Vec<u8>>),
    /// Answer with [`Inbound::CaughtUp`].
    Barrier,
    /// Send what is queued, within [`LINGER`], and end.
    Close,
}

/// The session's ends of the queues.
pub struct Sockets {
    pub inbound: Receiver<Inbound>,
    pub outbound: Sender<Outbound>,
    /// Frames for iopub. Bounded: select on it, never block in it.
    pub iopub: Sender<Vec<Vec<u8>>>,
    /// To be called after each send on one of the two queues above.
    pub waker: Waker,
    thread: JoinHandle<()>,
}

impl Sockets {
    /// Binds the five sockets and starts their thread. `stall` is how long
    /// iopub waits for a subscriber that takes nothing.
    ///
    /// # Errors
    /// When a socket cannot be bound; the sentence names the port.
    pub fn open(connection: &Connection, stall: Duration) -> Result<Self, SocketError> {
        let context = zmq::Context::new();
        let bound = bind::bind(&context, connection)?;
        let (waker, woken) = waker::waker(&context).map_err(|source| SocketError::Setup {
            name: "wake-up",
            source,
        })?;
        let (to_session, inbound) = unbounded();
        let (outbound, from_session) = unbounded();
        let (iopub, to_publish) = bounded(IOPUB_QUEUE);
        let decoder = Decoder::new(connection);
        let thread = std::thread::Builder::new()
            .name("sockets".to_owned())
            .spawn(move || {
                thread::SocketThread::new(
                    bound,
                    woken,
                    decoder,
                    to_session,
                    from_session,
                    to_publish,
                    stall,
                )
                .run();
            })?;
        Ok(Sockets {
            inbound,
            outbound,
            iopub,
            waker,
            thread,
        })
    }

    /// Sends what is queued and ends the thread; takes little more than
    /// [`LINGER`] even when no client fetches anything.
    pub fn close(self) {
        let Sockets {
            inbound,
            outbound,
            iopub,
            waker,
            thread,
        } = self;
        // A send fails only when the thread is gone, which is what we want.
        let _ = outbound.send(Outbound::Close);
        waker.wake();
        drop((inbound, iopub));
        if thread.join().is_err() {
            tracing::error!("the thread that owns the sockets panicked");
        }
    }
}
