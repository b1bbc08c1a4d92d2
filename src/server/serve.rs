//! The server's threads: they accept, start a handler for each connection, and
//! stop when all is answered, the clients are gone, or time is up.

use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, SockaddrIn, bind, listen, socket,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::clients::{ACCEPTED, ALL, GO, Word};
use super::desk::Desk;
use super::error::ServerError;

/// Connections that the system keeps until they are accepted. Clients stay far
/// below it.
const BACKLOG: i32 = 1_024;

/// How long handlers may still go on when all clients are done.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// Everybody who asked has been answered.
    Complete,
    /// The clients' process went away before.
    ClientsGone,
    /// The deadline passed before.
    Late,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) ending: Ending,
    /// Why no more connections were accepted, if some were left.
    pub(super) unaccepted: Option<String>,
}

/// A socket that listens on some port of the loopback interface, with its port.
pub(super) fn door() -> Result<(TcpListener, u16), ServerError> {
    let refused = ServerError::system("listen on 127.0.0.1");
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    // The standard library's own listener has a backlog of 128.
    let door = socket(AddressFamily::Inet, SockType::Stream, flags, None).map_err(&refused)?;
    bind(door.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, 0)).map_err(&refused)?;
    let backlog = Backlog::new(BACKLOG).map_err(&refused)?;
    listen(&door, backlog).map_err(&refused)?;
    let listener = TcpListener::from(door);
    let address = listener
        .local_addr()
        .map_err(ServerError::io("listen on 127.0.0.1"))?;
    Ok((listener, address.port()))
}

/// Runs the server on threads of its own, until it is done. All of them have
/// ended when this returns. `control` and `word` are the line to the clients.
pub(super) fn serve(
    desk: &Arc<Desk>,
    threads: usize,
    door: TcpListener,
    control: UnixStream,
    word: Word,
    deadline: Instant,
) -> Result<Served, ServerError> {
    // A cell may run inside of a runtime, where another one cannot wait.
    let own = {
        let desk = Arc::clone(desk);
        let thread = std::thread::Builder::new().name("server".to_owned());
        thread.spawn(move || {
            let served = {
                let runtime = runtime(&desk, threads)?;
                let service = service(Arc::clone(&desk), door, control, word, deadline);
                if threads == 1 {
                    runtime.block_on(service)
                } else {
                    let service = runtime.spawn(service);
                    runtime.block_on(service).unwrap_or_else(|error| {
                        Err(ServerError::io("keep the server running")(error.into()))
                    })
                }
                // Dropping the runtime waits for its threads.
            };
            desk.recorder.leave();
            served
        })
    };
    let own = own.map_err(ServerError::io("start a thread for the server"))?;
    own.join().unwrap_or_else(|_| {
        Err(ServerError::System {
            what: "keep the server running",
            reason: "its thread panicked".to_owned(),
        })
    })
}

fn runtime(desk: &Arc<Desk>, threads: usize) -> Result<Runtime, ServerError> {
    let mut builder = match threads {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if threads > 1 {
        builder.worker_threads(threads);
    }
    let recorder = desk.recorder.clone();
    builder
        .enable_io()
        .enable_time()
        .on_thread_stop(move || recorder.leave())
        .build()
        .map_err(ServerError::io("start the server's runtime"))
}

async fn service(
    desk: Arc<Desk>,
    door: TcpListener,
    control: UnixStream,
    word: Word,
    deadline: Instant,
) -> Result<Served, ServerError> {
    let refused = ServerError::io("wait for the server's sockets");
    let door = tokio::net::TcpListener::from_std(door).map_err(&refused)?;
    let control = tokio::net::UnixStream::from_std(control).map_err(&refused)?;
    let mut line = Line {
        control,
        word,
        unaccepted: None,
    };
    // When it is dropped, handlers that are left are gone.
    let mut handlers = JoinSet::new();
    let all = line.whole_run(&desk, door, &mut handlers);
    let ending = tokio::time::timeout_at(deadline.into(), all).await;
    Ok(Served {
        ending: ending.unwrap_or(Ending::Late),
        unaccepted: line.unaccepted,
    })
}

/// The line to the clients' process.
struct Line {
    control: tokio::net::UnixStream,
    word: Word,
    unaccepted: Option<String>,
}

impl Line {
    async fn whole_run(
        &mut self,
        desk: &Arc<Desk>,
        door: tokio::net::TcpListener,
        handlers: &mut JoinSet<()>,
    ) -> Ending {
        if !self.accept_all(desk, door, handlers).await {
            return Ending::ClientsGone;
        }
        // Connecting is over: from here on it is about requests.
        desk.recorder.begin();
        if self.control.write_all(&[GO]).await.is_err() {
            return Ending::ClientsGone;
        }
        loop {
            tokio::select! {
                biased;
                Some(_) = handlers.join_next() => {}
                there = self.hear() => if there.is_none() {
                    break;
                }
            }
        }
        if !self.word.done() {
            return Ending::ClientsGone;
        }
        // They have their answers, so this takes no time. Some other program
        // that connected and asks for nothing is not waited for.
        let rest = async { while handlers.join_next().await.is_some() {} };
        _ = tokio::time::timeout(AFTERWARDS, rest).await;
        Ending::Complete
    }

    /// Accepts until the clients say that this was all; false when they are
    /// gone. The door closes behind the last one.
    async fn accept_all(
        &mut self,
        desk: &Arc<Desk>,
        door: tokio::net::TcpListener,
        handlers: &mut JoinSet<()>,
    ) -> bool {
        let mut door = Some(door);
        let (mut accepted, mut told) = (0, false);
        while !told || (door.is_some() && accepted < self.word.made()) {
            tokio::select! {
                came = coming(door.as_ref()) => match came {
                    Ok(stream) => {
                        // Answers are small, and nobody waits for more of them.
                        _ = stream.set_nodelay(true);
                        handlers.spawn(Arc::clone(desk).attend(accepted, stream));
                        accepted += 1;
                        if self.control.write_all(&[ACCEPTED]).await.is_err() {
                            return false;
                        }
                    }
                    // That client is gone; the next may be fine.
                    Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => {}
                    Err(error) => {
                        // Out of files or memory. Closing the door tells those
                        // who wait at it.
                        self.unaccepted = Some(error.to_string());
                        door = None;
                    }
                },
                heard = self.hear() => match heard {
                    Some(byte) => told |= byte == ALL,
                    None => return false,
                },
            }
        }
        true
    }

    /// The next byte of the clients; `None` when they are gone.
    async fn hear(&mut self) -> Option<u8> {
        let mut byte = [0];
        match self.control.read(&mut byte).await {
            Ok(1) => Some(byte[0]),
            _ => None,
        }
    }
}

async fn coming(door: Option<&tokio::net::TcpListener>) -> std::io::Result<tokio::net::TcpStream> {
    match door {
        Some(door) => door.accept().await.map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}
