//! A session on real sockets over loopback: a small client that speaks the wire
//! by its own code, and an evaluator that does what cells with simple names say.

#![allow(dead_code, reason = "each test file uses a part")]

pub mod client;
pub mod fake;

use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use twoaxes_kernel::protocol::connection::{Connection, Transport};
use twoaxes_kernel::session::{
    self, Exit, HistoryLocation, Limits, SessionError, Settings, Signal,
};

use client::Client;
use fake::Fake;

pub const KEY: &str = "a secret of the test";

/// No single step of any test takes longer than this, or it hangs.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A session that runs on a thread of its own.
pub struct Kernel {
    pub connection: Connection,
    pub signals: Sender<Signal>,
    /// What the engine was asked.
    pub calls: Receiver<fake::Call>,
    ended: Receiver<Result<Exit, SessionError>>,
    thread: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

pub fn start() -> Kernel {
    Options::default().start()
}

/// A session on TCP ports that were free a moment ago.
pub fn start_on_tcp() -> Kernel {
    Options {
        connection: Some(tcp()),
        ..Options::default()
    }
    .start()
}

pub fn start_with_history(file: &Path) -> Kernel {
    Options {
        history: Some(HistoryLocation::File(file.to_owned())),
        ..Options::default()
    }
    .start()
}

/// What tests choose about a session.
pub struct Options {
    /// Otherwise sockets in a folder of its own.
    pub connection: Option<Connection>,
    /// Otherwise in memory.
    pub history: Option<HistoryLocation>,
    pub stall: Duration,
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            connection: None,
            history: None,
            stall: session::STALL,
            limits: Limits::default(),
        }
    }
}

impl Options {
    pub fn start(self) -> Kernel {
        // The log appears beside a test that fails.
        let _ = tracing_subscriber::fmt().with_test_writer().try_init();
        let folder = tempfile::tempdir().unwrap();
        let connection = self.connection.unwrap_or_else(|| ipc(folder.path()));
        let (signals, from_signals) = unbounded();
        let (report, calls) = unbounded();
        let (ended_sender, ended) = bounded(1);
        let settings = Settings {
            connection: connection.clone(),
            history: self.history.unwrap_or(HistoryLocation::Memory),
            rust_version: "1.95.0".to_owned(),
            signals: from_signals,
            stall: self.stall,
            limits: self.limits,
        };
        let thread = std::thread::spawn(move || {
            let exit = session::run(settings, |notify| Box::new(Fake::start(notify, report)));
            let _ = ended_sender.send(exit);
        });
        Kernel {
            connection,
            signals,
            calls,
            ended,
            thread: Some(thread),
            _folder: folder,
        }
    }
}

impl Kernel {
    pub fn client(&self) -> Client {
        Client::connect(&self.connection)
    }

    /// Waits until the engine was asked something.
    pub fn wait_for(&self, wanted: impl Fn(&fake::Call) -> bool) -> fake::Call {
        loop {
            let call = self
                .calls
                .recv_timeout(PATIENCE)
                .expect("the engine was not asked");
            if wanted(&call) {
                return call;
            }
        }
    }

    /// How the session ended; panics when it goes on.
    pub fn wait(&mut self) -> Result<Exit, SessionError> {
        let exit = self
            .ended
            .recv_timeout(PATIENCE)
            .expect("the session did not end");
        self.thread.take().unwrap().join().unwrap();
        exit
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        if self.thread.is_some() {
            let _ = self.signals.send(Signal::Terminate);
        }
    }
}

pub fn ipc(folder: &Path) -> Connection {
    Connection {
        transport: Transport::Ipc,
        ip: folder.join("k").to_str().unwrap().to_owned(),
        shell_port: 1,
        iopub_port: 2,
        stdin_port: 3,
        control_port: 4,
        hb_port: 5,
        key: KEY.to_owned(),
        curve: None,
    }
}

pub fn tcp() -> Connection {
    let listeners: Vec<_> = (0..5)
        .map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    let ports: Vec<u16> = listeners
        .iter()
        .map(|listener| listener.local_addr().unwrap().port())
        .collect();
    Connection {
        transport: Transport::Tcp,
        ip: "127.0.0.1".to_owned(),
        shell_port: ports[0],
        iopub_port: ports[1],
        stdin_port: ports[2],
        control_port: ports[3],
        hb_port: ports[4],
        key: KEY.to_owned(),
        curve: None,
    }
}
