//! The thread that listens at the bridge.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags};
use rustix::fs::{Mode, OFlags};

use super::frame::{self, FrameError, Reply, Said};
use super::markers::{Piece, Splitter};
use super::paths::Paths;
use super::stream::Decoder;

/// A client that begins a frame has this long to finish it.
const FRAME_TIME: Duration = Duration::from_secs(10);

/// One read, and so at most one piece of text, is this long.
const CHUNK: usize = 64 << 10;

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
    /// A frame. `from` numbers the connection.
    Said {
        from: u64,
        said: Said,
    },
    /// The connection `from` has ended.
    Closed {
        from: u64,
    },
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
    requests: mpsc::Sender<Request>,
    wake: OwnedFd,
    thread: Option<JoinHandle<()>>,
}

enum Request {
    /// Pass on what was printed until now, then answer.
    Drain(mpsc::Sender<()>),
    Stop,
}

impl Bridge {
    /// Makes the pipes and the socket in `paths`, and listens. `handler` is
    /// called for all that comes, on the listening thread; what it returns for
    /// a frame is the answer to it.
    pub fn open(
        paths: Paths,
        handler: impl FnMut(Heard) -> Reply + Send + 'static,
    ) -> Result<Self, BridgeError> {
        let stdout = pipe(&paths.stdout())?;
        let stderr = pipe(&paths.stderr())?;
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
            stdout,
            stderr,
            listener,
            wake: wake_end,
            incoming,
            connections: Vec::new(),
            next_connection: 0,
            out: Decoder::default(),
            err: Decoder::default(),
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
            requests,
            wake,
            thread: Some(thread),
        })
    }

    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Returns when all that was printed before has been passed on: after a
    /// process has died, nobody says `End` any more.
    pub fn drain(&self, limit: Duration) {
        let (done, drained) = mpsc::channel();
        if self.requests.send(Request::Drain(done)).is_ok() {
            self.wake();
            // A limit, because the handler may be waiting for a slow front end.
            let _ = drained.recv_timeout(limit);
        }
    }

    fn wake(&self) {
        // It only fails when the counter is full, and then the hub is awake.
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.requests.send(Request::Stop);
        self.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Hub<H> {
    stdout: File,
    stderr: File,
    listener: UnixListener,
    wake: OwnedFd,
    incoming: mpsc::Receiver<Request>,
    connections: Vec<(u64, UnixStream)>,
    next_connection: u64,
    out: Decoder,
    err: Decoder,
    markers: Splitter,
    buffer: Vec<u8>,
    handler: H,
}

impl<H: FnMut(Heard) -> Reply> Hub<H> {
    fn run(mut self) {
        loop {
            let ready = match self.wait() {
                Ok(ready) => ready,
                Err(error) => {
                    tracing::error!("the bridge cannot wait for input and closes: {error}");
                    return;
                }
            };
            // Streams first: whoever sends a frame has printed before it.
            self.read_streams();
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

    fn wait(&self) -> io::Result<Ready> {
        let fds: Vec<BorrowedFd<'_>> = [
            self.wake.as_fd(),
            self.listener.as_fd(),
            self.stdout.as_fd(),
            self.stderr.as_fd(),
        ]
        .into_iter()
        .chain(self.connections.iter().map(|(_, socket)| socket.as_fd()))
        .collect();
        let mut polled: Vec<PollFd<'_>> = fds
            .iter()
            .map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN))
            .collect();
        loop {
            match rustix::event::poll(&mut polled, None) {
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
                .filter(|(index, _)| ready(index + 4))
                .map(|(_, (from, _))| *from)
                .collect(),
        })
    }

    /// Passes on what the pipes hold now, and not what is written meanwhile: a
    /// thread that prints for ever must not keep frames from being heard.
    fn read_streams(&mut self) {
        let printed = pending(&self.stdout);
        self.read_stdout(printed);
        let printed = pending(&self.stderr);
        self.read_stderr(printed);
    }

    fn read_stdout(&mut self, mut left: u64) {
        while let Some(length) = read_some(&self.stdout, &mut self.buffer, &mut left) {
            let text = self.out.decode(&self.buffer[..length]);
            let pieces = self.markers.push(&text);
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

    fn show(&mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            (self.handler)(match piece {
                Piece::Text(text) => Heard::Stdout(text),
                Piece::Content { mime, content } => Heard::Content { mime, content },
            });
        }
    }

    /// At the end of a cell nothing is held back any more.
    fn finish_streams(&mut self) {
        let rest = self.out.finish();
        let mut pieces = self.markers.push(&rest);
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
                self.connections.push((self.next_connection, socket));
                self.next_connection += 1;
            }
            Err(error) => tracing::warn!("a connection to the bridge failed: {error}"),
        }
    }

    fn hear(&mut self, from: u64) {
        let Some(index) = self.connections.iter().position(|(id, _)| *id == from) else {
            return;
        };
        match frame::read::<Said>(&mut self.connections[index].1) {
            Ok(said) => {
                if matches!(said, Said::End) {
                    self.finish_streams();
                }
                let reply = (self.handler)(Heard::Said { from, said });
                if let Err(error) = frame::write(&mut self.connections[index].1, &reply) {
                    tracing::debug!("an answer did not reach connection {from}: {error}");
                }
            }
            Err(FrameError::Unknown(error)) => {
                tracing::warn!("ignored a frame of connection {from}: {error}");
                let reply = Reply::Refused {
                    reason: error.to_string(),
                };
                let _ = frame::write(&mut self.connections[index].1, &reply);
            }
            Err(error) => {
                tracing::debug!("connection {from} ends: {error}");
                self.connections.swap_remove(index);
                (self.handler)(Heard::Closed { from });
            }
        }
    }

    fn serve(&mut self) -> std::ops::ControlFlow<()> {
        let _ = rustix::io::read(&self.wake, &mut [0_u8; 8][..]);
        while let Ok(request) = self.incoming.try_recv() {
            match request {
                Request::Stop => return std::ops::ControlFlow::Break(()),
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

struct Ready {
    wake: bool,
    listener: bool,
    connections: Vec<u64>,
}

/// How many bytes the pipe holds.
fn pending(pipe: &File) -> u64 {
    rustix::io::ioctl_fionread(pipe).unwrap_or(0)
}

/// One read of at most `left` bytes; `None` when there is nothing more.
fn read_some(mut pipe: &File, buffer: &mut [u8], left: &mut u64) -> Option<usize> {
    let wanted = buffer
        .len()
        .min(usize::try_from(*left).unwrap_or(usize::MAX));
    if wanted == 0 {
        return None;
    }
    match pipe.read(&mut buffer[..wanted]) {
        Ok(0) | Err(_) => None,
        Ok(length) => {
            *left -= length as u64;
            Some(length)
        }
    }
}

/// A named pipe, opened for both directions: it stays readable, without an end
/// of file, while the processes that write to it come and go.
fn pipe(path: &std::path::Path) -> Result<File, BridgeError> {
    rustix::fs::mknodat(
        rustix::fs::CWD,
        path,
        rustix::fs::FileType::Fifo,
        Mode::RUSR | Mode::WUSR,
        0,
    )
    .map_err(|source| error("make the pipe", path, source.into()))?;
    rustix::fs::open(
        path,
        OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .map(File::from)
    .map_err(|source| error("open the pipe", path, source.into()))
}

fn error(
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
mod tests {
    use std::io::Write;
    use std::sync::mpsc::Receiver;

    use serde_json::Map;

    use super::super::frame::Client;
    use super::*;

    fn open() -> (tempfile::TempDir, Bridge, Receiver<Heard>) {
        let directory = tempfile::tempdir().unwrap();
        let (heard, hearing) = mpsc::channel();
        let bridge = Bridge::open(Paths::new(directory.path()), move |event| {
            heard.send(event).unwrap();
            Reply::Ack
        })
        .unwrap();
        (directory, bridge, hearing)
    }

    fn next(hearing: &Receiver<Heard>) -> Heard {
        hearing.recv_timeout(Duration::from_secs(10)).unwrap()
    }

    #[test]
    fn prints_and_displays_keep_their_order() {
        let (_directory, bridge, hearing) = open();
        let mut stdout = File::options()
            .write(true)
            .open(bridge.paths().stdout())
            .unwrap();
        let mut client = Client::connect(&bridge.paths().socket()).unwrap();
        for round in 0..100 {
            write!(stdout, "{round}").unwrap();
            let display = Said::Display {
                data: Map::new(),
                metadata: Map::new(),
                display_id: None,
            };
            assert_eq!(client.say(&display).unwrap(), Reply::Ack);
        }
        for round in 0..100 {
            match next(&hearing) {
                Heard::Stdout(text) => assert_eq!(text, round.to_string()),
                other => panic!("expected text, heard {other:?}"),
            }
            assert!(matches!(next(&hearing), Heard::Said { .. }));
        }
    }

    #[test]
    fn a_process_that_dies_leaves_nothing_unread() {
        let (_directory, bridge, hearing) = open();
        let mut stderr = File::options()
            .write(true)
            .open(bridge.paths().stderr())
            .unwrap();
        stderr.write_all("last words é".as_bytes()).unwrap();
        drop(stderr);
        bridge.drain(Duration::from_secs(10));
        match hearing.try_recv().unwrap() {
            Heard::Stderr(text) => assert_eq!(text, "last words é"),
            other => panic!("expected text, heard {other:?}"),
        }
    }

    #[test]
    fn a_client_that_talks_nonsense_is_answered_or_cut_off_and_the_next_is_heard() {
        let (_directory, bridge, hearing) = open();
        let mut rude = UnixStream::connect(bridge.paths().socket()).unwrap();
        rude.write_all(&u32::MAX.to_be_bytes()).unwrap();
        assert!(matches!(next(&hearing), Heard::Closed { .. }));
        let mut odd = UnixStream::connect(bridge.paths().socket()).unwrap();
        frame::write(&mut odd, &serde_json::json!({"type": "nonsense"})).unwrap();
        assert!(matches!(
            frame::read(&mut odd).unwrap(),
            Reply::Refused { .. }
        ));
        let mut polite = Client::connect(&bridge.paths().socket()).unwrap();
        assert_eq!(polite.say(&Said::End).unwrap(), Reply::Ack);
    }
}
