//! The thread that listens at the bridge.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec};
use rustix::process::Pid;

use super::earlier::{Printed, Reader, Spoken};
use super::frame::{self, FrameError, Reply, Said};
use super::markers::{Piece, Splitter};
use super::paths::Paths;
use super::pipe::{capacity, pending, pipe, read_some};
use super::stream::Decoder;

/// A client that begins a frame has this long to finish it.
const FRAME_TIME: Duration = Duration::from_secs(10);

/// One read, and so at most one piece of text, is this long.
const CHUNK: usize = 64 << 10;

/// After a read a stream is left alone for this long, unless somebody says
/// something: a loop of short prints becomes a few pieces of text. One that had much
/// is read again at once: its writer may be waiting for room. The order of the two does
/// not hang on it: whoever writes to the other one says so before.
const REST: Duration = Duration::from_millis(5);

/// A read is much from this part of what the pipe holds.
const MUCH: u64 = 4;

/// What comes over the bridge, in order.
#[derive(Debug)]
pub enum Heard {
    Stdout(String),
    Stderr(String),
    /// Content that was printed between evcxr's markers.
    Content {
        mime: String,
        content: String,
    },
    /// What a thread of the cell `cell` prints while that cell does not run.
    Earlier {
        cell: u64,
        heard: Box<Heard>,
    },
    /// A frame. `from` numbers the connection, `process` is who opened it, as
    /// the system says: a process need not know its own number, in a namespace
    /// of its own, and must not be believed.
    Said {
        from: u64,
        process: Option<Pid>,
        said: Said,
    },
    /// The connection `from` has ended.
    Closed {
        from: u64,
    },
}

impl From<Piece> for Heard {
    fn from(piece: Piece) -> Self {
        match piece {
            Piece::Text(text) => Heard::Stdout(text),
            Piece::Content { mime, content } => Heard::Content { mime, content },
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {what}: {source}")]
pub struct BridgeError {
    action: &'static str,
    what: String,
    source: io::Error,
}

/// An open bridge. Dropping it ends the listening thread.
pub struct Bridge {
    paths: Paths,
    door: Door,
    thread: Option<JoinHandle<()>>,
}

enum Request {
    /// Pass on what was printed until now, then answer.
    Drain(mpsc::Sender<()>),
    /// The answer to a frame that was left open.
    Answer {
        to: u64,
        reply: Reply,
    },
    Stop,
}

/// A way to the listening thread.
#[derive(Clone)]
struct Door {
    requests: mpsc::Sender<Request>,
    wake: Arc<OwnedFd>,
}

impl Door {
    fn request(&self, request: Request) {
        if self.requests.send(request).is_ok() {
            // It only fails when the counter is full, and then the hub is awake.
            let _ = rustix::io::write(&*self.wake, &1_u64.to_ne_bytes());
        }
    }
}

/// Answers frames that the handler left open.
#[derive(Clone)]
pub struct Answers(Door);

impl Answers {
    /// Answers the frame of connection `to`; nothing happens if that is gone.
    pub fn send(&self, to: u64, reply: Reply) {
        self.0.request(Request::Answer { to, reply });
    }
}

impl Bridge {
    /// Makes the pipes and the socket in `paths`, and listens. `handler` is
    /// called for all that comes, on the listening thread; what it returns for
    /// a frame is the answer to it, `None` one that will come through
    /// [`Bridge::answers`].
    pub fn open(
        paths: Paths,
        handler: impl FnMut(Heard) -> Option<Reply> + Send + 'static,
    ) -> Result<Self, BridgeError> {
        let stdout = pipe(&paths.stdout())?;
        let stderr = pipe(&paths.stderr())?;
        let earlier = pipe(&paths.earlier())?;
        let socket = paths.socket();
        let listener =
            UnixListener::bind(&socket).map_err(|source| error("listen at", &socket, source))?;
        let wake = rustix::event::eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)
            .map_err(|source| error("make", "an eventfd", source.into()))?;
        let wake_end = wake
            .try_clone()
            .map_err(|source| error("copy", "an eventfd", source))?;
        let (requests, incoming) = mpsc::channel();
        let hub = Hub {
            capacity: [&stdout, &stderr, &earlier]
                .map(capacity)
                .into_iter()
                .min()
                .unwrap_or_default(),
            stdout,
            stderr,
            earlier,
            listener,
            wake: wake_end,
            incoming,
            connections: Vec::new(),
            next_connection: 0,
            out: Decoder::default(),
            err: Decoder::default(),
            records: Reader::default(),
            markers: Splitter::default(),
            buffer: vec![0; CHUNK],
            handler,
        };
        let thread = std::thread::Builder::new()
            .name("bridge".to_owned())
            .spawn(move || hub.run())
            .map_err(|source| error("start", "the bridge's thread", source))?;
        Ok(Self {
            paths,
            door: Door {
                requests,
                wake: Arc::new(wake),
            },
            thread: Some(thread),
        })
    }

    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// A way to answer frames that the handler left open.
    pub fn answers(&self) -> Answers {
        Answers(self.door.clone())
    }

    /// Returns when all that was printed before has been passed on: after a
    /// process has died, nobody says `End` any more.
    pub fn drain(&self, limit: Duration) {
        let (done, drained) = mpsc::channel();
        self.door.request(Request::Drain(done));
        // A limit, because the handler may be waiting for a slow front end.
        let _ = drained.recv_timeout(limit);
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.door.request(Request::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Hub<H> {
    stdout: File,
    stderr: File,
    /// What threads of earlier cells print.
    earlier: File,
    /// What the smallest of the three holds, in bytes.
    capacity: u64,
    listener: UnixListener,
    wake: OwnedFd,
    incoming: mpsc::Receiver<Request>,
    connections: Vec<Connection>,
    next_connection: u64,
    out: Decoder,
    err: Decoder,
    records: Reader,
    markers: Splitter,
    buffer: Vec<u8>,
    handler: H,
}

impl<H: FnMut(Heard) -> Option<Reply>> Hub<H> {
    fn run(mut self) {
        let mut rests = [None; 3];
        loop {
            let ready = match self.wait(&mut rests) {
                Ok(ready) => ready,
                Err(error) => {
                    tracing::error!("the bridge cannot wait for input and closes: {error}");
                    return;
                }
            };
            // Streams first: whoever sends a frame has printed before it.
            let printed = self.read_streams();
            for (rest, length) in rests.iter_mut().zip(printed) {
                if length > 0 {
                    let is_much = length >= self.capacity / MUCH;
                    *rest = (!is_much).then(|| Instant::now() + REST);
                }
            }
            if ready.listener {
                self.accept();
            }
            for from in ready.connections {
                self.hear(from);
            }
            if ready.wake && self.serve().is_break() {
                return;
            }
        }
    }

    /// Waits until something comes, or the first rest of a stream ends; not for
    /// a stream that rests.
    fn wait(&self, rests: &mut [Option<Instant>; 3]) -> io::Result<Ready> {
        let now = Instant::now();
        for rest in rests.iter_mut() {
            *rest = rest.filter(|end| *end > now);
        }
        let rest_end = rests.iter().flatten().min().copied();
        let others = [self.wake.as_fd(), self.listener.as_fd()];
        let streams = [
            self.stdout.as_fd(),
            self.stderr.as_fd(),
            self.earlier.as_fd(),
        ];
        let awake = streams
            .into_iter()
            .zip(rests)
            .filter(|(_, rest)| rest.is_none());
        let fds: Vec<BorrowedFd<'_>> = others
            .into_iter()
            .chain(self.connections.iter().map(|one| one.socket.as_fd()))
            .chain(awake.map(|(stream, _)| stream))
            .collect();
        let mut polled: Vec<PollFd<'_>> = fds
            .iter()
            .map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN))
            .collect();
        loop {
            let left = rest_end.map(|end| end.saturating_duration_since(Instant::now()));
            let left = left.and_then(|left| Timespec::try_from(left).ok());
            match rustix::event::poll(&mut polled, left.as_ref()) {
                Ok(_) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let ready = |index: usize| !polled[index].revents().is_empty();
        Ok(Ready {
            wake: ready(0),
            listener: ready(1),
            connections: self
                .connections
                .iter()
                .enumerate()
                .filter(|(index, _)| ready(index + others.len()))
                .map(|(_, one)| one.number)
                .collect(),
        })
    }

    /// Passes on what the pipes hold now, and not what is written meanwhile: a
    /// thread that prints for ever must not keep frames from being heard. Returns
    /// how much that was.
    fn read_streams(&mut self) -> [u64; 3] {
        // A thread prints to `earlier` after all that it has printed elsewhere. So what is
        // there is looked at first and read last.
        let earlier = pending(&self.earlier);
        let out = pending(&self.stdout);
        let err = pending(&self.stderr);
        self.read_stdout(out);
        self.read_stderr(err);
        self.read_earlier(earlier);
        [out, err, earlier]
    }

    fn read_stdout(&mut self, mut left: u64) {
        while let Some(length) = read_some(&self.stdout, &mut self.buffer, &mut left) {
            let text = self.out.decode(&self.buffer[..length]);
            let pieces = self.markers.push(text);
            self.show(pieces);
        }
    }

    fn read_stderr(&mut self, mut left: u64) {
        while let Some(length) = read_some(&self.stderr, &mut self.buffer, &mut left) {
            let text = self.err.decode(&self.buffer[..length]);
            if !text.is_empty() {
                (self.handler)(Heard::Stderr(text));
            }
        }
    }

    /// A thread has printed to the streams before its cell ended, and here since.
    fn read_earlier(&mut self, mut left: u64) {
        while let Some(length) = read_some(&self.earlier, &mut self.buffer, &mut left) {
            for Printed { cell, piece } in self.records.read(&self.buffer[..length]) {
                let heard = Box::new(match piece {
                    Spoken::Stdout(piece) => piece.into(),
                    Spoken::Stderr(text) => Heard::Stderr(text),
                });
                (self.handler)(Heard::Earlier { cell, heard });
            }
        }
    }

    fn show(&mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            (self.handler)(piece.into());
        }
    }

    /// At the end of a cell nothing is held back any more.
    fn finish_streams(&mut self) {
        let rest = self.out.finish();
        let mut pieces = self.markers.push(rest);
        pieces.extend(self.markers.finish());
        self.show(pieces);
        let rest = self.err.finish();
        if !rest.is_empty() {
            (self.handler)(Heard::Stderr(rest));
        }
    }

    fn accept(&mut self) {
        match self.listener.accept() {
            Ok((socket, _)) => {
                let limited = socket
                    .set_read_timeout(Some(FRAME_TIME))
                    .and_then(|()| socket.set_write_timeout(Some(FRAME_TIME)));
                if let Err(error) = limited {
                    tracing::warn!("a connection to the bridge has no time limit: {error}");
                }
                let process = rustix::net::sockopt::socket_peercred(&socket);
                self.connections.push(Connection {
                    number: self.next_connection,
                    process: process.ok().map(|peer| peer.pid),
                    socket,
                });
                self.next_connection += 1;
            }
            Err(error) => tracing::warn!("a connection to the bridge failed: {error}"),
        }
    }

    fn hear(&mut self, from: u64) {
        let Some(index) = self.connections.iter().position(|one| one.number == from) else {
            return;
        };
        let connection = &mut self.connections[index];
        let process = connection.process;
        match frame::read::<Said>(&mut connection.socket) {
            Ok(said) => {
                if matches!(said, Said::End { .. } | Said::TakeOver) {
                    self.finish_streams();
                }
                if let Some(reply) = (self.handler)(Heard::Said {
                    from,
                    process,
                    said,
                }) {
                    self.answer(from, &reply);
                }
            }
            Err(FrameError::Unknown(error)) => {
                tracing::warn!("ignored a frame of connection {from}: {error}");
                let reply = Reply::Refused {
                    reason: error.to_string(),
                };
                self.answer(from, &reply);
            }
            Err(error) => {
                tracing::debug!("connection {from} ends: {error}");
                self.connections.swap_remove(index);
                (self.handler)(Heard::Closed { from });
            }
        }
    }

    fn answer(&mut self, to: u64, reply: &Reply) {
        let Some(index) = self.connections.iter().position(|one| one.number == to) else {
            return;
        };
        if let Err(error) = frame::write(&mut self.connections[index].socket, reply) {
            // Whoever waits for the answer must not wait for ever.
            tracing::debug!("an answer did not reach connection {to}, which ends: {error}");
            self.connections.swap_remove(index);
            (self.handler)(Heard::Closed { from: to });
        }
    }

    fn serve(&mut self) -> std::ops::ControlFlow<()> {
        let _ = rustix::io::read(&self.wake, &mut [0_u8; 8][..]);
        while let Ok(request) = self.incoming.try_recv() {
            match request {
                Request::Stop => return std::ops::ControlFlow::Break(()),
                Request::Answer { to, reply } => self.answer(to, &reply),
                Request::Drain(done) => {
                    self.read_streams();
                    self.finish_streams();
                    let _ = done.send(());
                }
            }
        }
        std::ops::ControlFlow::Continue(())
    }
}

/// Somebody who speaks.
struct Connection {
    number: u64,
    process: Option<Pid>,
    socket: UnixStream,
}

struct Ready {
    wake: bool,
    listener: bool,
    connections: Vec<u64>,
}

pub(super) fn error(
    action: &'static str,
    what: impl AsRef<std::path::Path>,
    source: io::Error,
) -> BridgeError {
    BridgeError {
        action,
        what: what.as_ref().display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests;
