//! The clients, in a child process.
//!
//! A notebook's process has many threads, so the child may only do what is safe
//! in a signal handler (fork(2)): it takes no lock and asks for no memory.
//! What it needs is laid out before the fork, and what it finds goes into
//! memory that both share. The other side of the control socket says who is
//! still there: each process sees the other one's end as the end of a file.

mod child;
mod sheet;

use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use nix::unistd::Pid;

use super::error::ServerError;
use crate::machine::Unit;
use child::Orders;
use sheet::Sheet;
pub(super) use sheet::Stage;

/// The server tells that it has accepted one connection more.
pub(super) const ACCEPTED: u8 = b'a';
/// The server tells that it is ready: send your requests.
pub(super) const GO: u8 = b'g';
/// The clients tell that there will be no more connections.
pub(super) const ALL: u8 = b'c';

/// A request is the client's number, an answer is eight bytes, too.
pub(super) const MESSAGE: usize = 8;

/// The clients' process. When this is dropped, it is gone.
pub(super) struct Clients {
    pid: Option<Pid>,
    sheet: Arc<Sheet>,
}

/// What clients are to do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Errand {
    /// How many clients there are, each with one request.
    pub(super) requests: usize,
    /// The server's port on the loopback interface.
    pub(super) port: u16,
    /// When to give up, in nanoseconds of the monotonic clock.
    pub(super) deadline: u64,
    /// What an answer has to be: one unit computed from the client's number.
    pub(super) unit: Unit,
}

/// What the clients know at any time; for the server.
#[derive(Clone)]
pub(super) struct Word {
    sheet: Arc<Sheet>,
}

/// What one client reports.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report {
    pub(super) stage: Stage,
    /// From sending to the answer, in nanoseconds; 0 without an answer.
    pub(super) latency: u64,
    /// The system's reason, where there is one.
    pub(super) reason: Option<Errno>,
}

impl Clients {
    /// Starts the clients' process, and returns it with our end of the control
    /// socket.
    pub(super) fn start(errand: Errand) -> Result<(Self, UnixStream), ServerError> {
        let sheet = Sheet::new(errand.requests)
            .map_err(ServerError::system("share memory with the clients"))?;
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let (ours, theirs): (OwnedFd, OwnedFd) =
            socketpair(AddressFamily::Unix, SockType::Stream, None, flags)
                .map_err(ServerError::system("make a socket to the clients"))?;
        let orders = Orders {
            errand,
            parent: Pid::this(),
            control: theirs.as_raw_fd(),
        };
        // SAFETY: the child calls `child::live` at once, which only makes
        // system calls and writes to the sheet: no lock, no memory, no return.
        match unsafe { libc::fork() } {
            0 => child::live(&sheet, &orders),
            pid if pid > 0 => {
                let clients = Self {
                    pid: Some(Pid::from_raw(pid)),
                    sheet: Arc::new(sheet),
                };
                Ok((clients, UnixStream::from(ours)))
            }
            _ => Err(ServerError::system("start a process for the clients")(
                Errno::last(),
            )),
        }
    }

    /// For the server: what the clients know.
    pub(super) fn word(&self) -> Word {
        Word {
            sheet: Arc::clone(&self.sheet),
        }
    }

    /// Ends the process, which has nothing more to do, and returns the CPU time
    /// that it used from the first request on, in nanoseconds.
    pub(super) fn end(&mut self) -> u64 {
        let Some(pid) = self.pid.take() else {
            return 0;
        };
        // Nobody else has waited for it, so the number is still its own. One
        // that is ending already does not mind.
        _ = kill(pid, Signal::SIGKILL);
        let mut usage = MaybeUninit::<libc::rusage>::zeroed();
        loop {
            // SAFETY: `usage` is a place for one rusage; the status may be null.
            let found =
                unsafe { libc::wait4(pid.as_raw(), std::ptr::null_mut(), 0, usage.as_mut_ptr()) };
            if found >= 0 || Errno::last() != Errno::EINTR {
                break;
            }
        }
        // SAFETY: an rusage of zeros is valid, and wait4 writes a valid one.
        let usage = unsafe { usage.assume_init() };
        let all = time(usage.ru_utime).saturating_add(time(usage.ru_stime));
        all.saturating_sub(self.sheet.head().spent.load(Ordering::Relaxed))
    }

    /// What each client found out, in order of their numbers.
    pub(super) fn reports(&self) -> Vec<Report> {
        let slips = self.sheet.slips().iter();
        slips
            .map(|slip| {
                let sent = slip.sent.load(Ordering::Relaxed);
                let answered = slip.answered.load(Ordering::Relaxed);
                let errno = slip.errno.load(Ordering::Relaxed);
                Report {
                    stage: slip.stage(),
                    latency: answered.saturating_sub(sent),
                    reason: (errno != 0).then(|| Errno::from_raw(errno)),
                }
            })
            .collect()
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.end();
    }
}

impl Word {
    /// How many connections the clients made.
    pub(super) fn made(&self) -> usize {
        let made = self.sheet.head().made.load(Ordering::Acquire);
        usize::try_from(made).unwrap_or(usize::MAX)
    }

    /// Whether every client has its answer, or knows that it gets none.
    pub(super) fn done(&self) -> bool {
        self.sheet.head().done.load(Ordering::Acquire) != 0
    }
}

fn time(of: libc::timeval) -> u64 {
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    let microseconds = number(of.tv_sec)
        .saturating_mul(1_000_000)
        .saturating_add(number(of.tv_usec));
    microseconds.saturating_mul(1_000)
}
