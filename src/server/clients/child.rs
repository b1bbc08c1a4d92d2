//! What the clients' process does. Nothing here allocates, locks or panics:
//! system calls, arithmetic, and writing to the sheet.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::sync::atomic::Ordering;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, SockaddrIn, bind, connect, recv, send, setsockopt,
    socket, sockopt,
};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::{Pid, close, getppid};

use super::sheet::{Sheet, Slip, Stage};
use super::{ACCEPTED, ALL, Errand, GO, MESSAGE};

/// What the child has to know, laid out before the fork.
pub(super) struct Orders {
    pub(super) errand: Errand,
    pub(super) parent: Pid,
    /// The child's end of the control socket.
    pub(super) control: RawFd,
}

/// Connections that the server has not accepted yet, at most. Beyond its
/// backlog, which the system may cut to 128, the kernel drops them silently and
/// tries again a second later.
const AHEAD: usize = 100;
/// Clients with the same address. Each address has ports of its own, so
/// that neither other programs nor the run before can have used them up.
const PER_ADDRESS: usize = 512;
/// Events that are taken from the kernel at once.
const EVENTS: usize = 256;
/// The place of the control socket among the files of the child.
const CONTROL: RawFd = 3;
/// The control socket's name among the events; clients have their numbers.
const CONTROL_EVENT: u64 = u64::MAX;

/// The life of the child.
pub(super) fn live(sheet: &Sheet, orders: &Orders) -> ! {
    let leave = Leave;
    if alone(orders).is_ok()
        && let Ok(mut crowd) = Crowd::new(sheet, &orders.errand)
    {
        crowd.live();
    }
    drop(leave);
    exit()
}

/// Nothing of this process may ever run in the child: not even if a bug made
/// it unwind.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        exit();
    }
}

fn exit() -> ! {
    // SAFETY: it ends the process without running anything of it, which is
    // what a forked child has to do.
    unsafe { libc::_exit(0) }
}

/// The child ends with its parent, answers to no handler of its parent's, and
/// has nothing open but the standard streams and the control socket.
fn alone(orders: &Orders) -> Result<(), Errno> {
    set_pdeathsig(Signal::SIGKILL)?;
    // The parent may have ended before that call.
    if getppid() != orders.parent {
        return Err(Errno::ESRCH);
    }
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT] {
        // SAFETY: the default action replaces a handler that belongs to the
        // parent's threads.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    // SAFETY: the child has one thread, which has not looked at any file yet.
    // Numbers that belonged to the parent's values are not used again: the
    // child never returns to them.
    unsafe {
        if orders.control != CONTROL && libc::dup2(orders.control, CONTROL) < 0 {
            return Err(Errno::last());
        }
        let first: libc::c_uint = 4;
        if libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, 0) != 0 {
            for file in CONTROL + 1..65_536 {
                libc::close(file);
            }
        }
    }
    Ok(())
}

/// All clients, and what they wait for.
struct Crowd<'a> {
    slips: &'a [Slip],
    sheet: &'a Sheet,
    errand: &'a Errand,
    epoll: Epoll,
    /// How many have tried to connect.
    started: usize,
    /// Of those, how many do not know yet whether they are connected.
    connecting: usize,
    /// Of those, how many got no connection, or lost it before they could send.
    refused: usize,
    /// How many the server says it has accepted.
    accepted: usize,
    /// How many have sent a request and wait for the answer.
    open: usize,
    told_all: bool,
    go: bool,
    sent: bool,
}

impl<'a> Crowd<'a> {
    fn new(sheet: &'a Sheet, errand: &'a Errand) -> Result<Self, Errno> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        // SAFETY: the control socket was put there, and stays open.
        let control = unsafe { BorrowedFd::borrow_raw(CONTROL) };
        epoll.add(control, EpollEvent::new(EpollFlags::EPOLLIN, CONTROL_EVENT))?;
        Ok(Self {
            slips: sheet.slips(),
            sheet,
            errand,
            epoll,
            started: 0,
            connecting: 0,
            refused: 0,
            accepted: 0,
            open: 0,
            told_all: false,
            go: false,
            sent: false,
        })
    }

    /// Connects, sends, and reads answers, until all is done, the server is
    /// gone, or the deadline has passed.
    fn live(&mut self) {
        let mut events = [EpollEvent::empty(); EVENTS];
        loop {
            self.connect_some();
            if self.go && !self.sent {
                self.send_all();
            }
            if self.sent && self.open == 0 {
                self.sheet.head().done.store(1, Ordering::Release);
                return;
            }
            let Some(left) = self.errand.deadline.checked_sub(now()) else {
                return;
            };
            let milliseconds = i32::try_from(left / 1_000_000 + 1).unwrap_or(i32::MAX);
            let timeout = EpollTimeout::try_from(milliseconds).unwrap_or(EpollTimeout::ZERO);
            let found = match self.epoll.wait(&mut events, timeout) {
                Ok(found) => found,
                Err(Errno::EINTR) => 0,
                Err(_) => return,
            };
            for event in events.iter().take(found) {
                if event.data() == CONTROL_EVENT {
                    if !self.listen() {
                        return;
                    }
                } else {
                    self.happened(event);
                }
            }
        }
    }

    /// Starts as many connections as the server's backlog has room for.
    fn connect_some(&mut self) {
        while self.started < self.slips.len()
            && self.started.saturating_sub(self.accepted + self.refused) < AHEAD
        {
            let number = self.started;
            self.started += 1;
            let Some(slip) = self.slips.get(number) else {
                return;
            };
            match self.connect(number) {
                Ok(socket) => {
                    slip.socket.store(socket.into_raw_fd(), Ordering::Relaxed);
                    slip.reaches(Stage::Connecting);
                    self.connecting += 1;
                }
                Err(errno) => {
                    slip.errno.store(errno as i32, Ordering::Relaxed);
                    slip.reaches(Stage::Refused);
                    self.refused += 1;
                }
            }
        }
        if self.started == self.slips.len() && self.connecting == 0 && !self.told_all {
            let made = u32::try_from(self.started - self.refused).unwrap_or(u32::MAX);
            self.sheet.head().made.store(made, Ordering::Release);
            self.told_all = true;
            _ = send(CONTROL, &[ALL], MsgFlags::MSG_NOSIGNAL);
        }
    }

    fn connect(&self, number: usize) -> Result<OwnedFd, Errno> {
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let socket = socket(AddressFamily::Inet, SockType::Stream, flags, None)?;
        // Closing sends a reset, so that no port stays behind for a minute
        // (TIME_WAIT).
        let at_once = libc::linger {
            l_onoff: 1,
            l_linger: 0,
        };
        _ = setsockopt(&socket, sockopt::Linger, &at_once);
        _ = setsockopt(&socket, sockopt::TcpNoDelay, &true);
        let host = u8::try_from(number / PER_ADDRESS + 2).unwrap_or(1);
        // Where there is no such address, the usual one has to do.
        _ = bind(socket.as_raw_fd(), &SockaddrIn::new(127, 0, 0, host, 0));
        let name = u64::try_from(number).unwrap_or(CONTROL_EVENT);
        let interest = EpollFlags::EPOLLIN
            | EpollFlags::EPOLLOUT
            | EpollFlags::EPOLLRDHUP
            | EpollFlags::EPOLLET;
        match connect(
            socket.as_raw_fd(),
            &SockaddrIn::new(127, 0, 0, 1, self.errand.port),
        ) {
            Ok(()) | Err(Errno::EINPROGRESS) => {}
            Err(errno) => return Err(errno),
        }
        self.epoll
            .add(socket.as_fd(), EpollEvent::new(interest, name))?;
        Ok(socket)
    }

    /// Hears what the server says; false when it is gone.
    fn listen(&mut self) -> bool {
        let mut words = [0_u8; 1_024];
        match recv(CONTROL, &mut words, MsgFlags::MSG_DONTWAIT) {
            Ok(0) => false,
            Ok(length) => {
                for word in words.iter().take(length) {
                    self.accepted += usize::from(*word == ACCEPTED);
                    self.go |= *word == GO;
                }
                true
            }
            Err(errno) => matches!(errno, Errno::EAGAIN | Errno::EINTR),
        }
    }

    fn send_all(&mut self) {
        self.sent = true;
        let spent = read(ClockId::CLOCK_PROCESS_CPUTIME_ID);
        self.sheet.head().spent.store(spent, Ordering::Relaxed);
        for (number, slip) in self.slips.iter().enumerate() {
            if slip.stage() != Stage::Connected {
                continue;
            }
            let socket = slip.socket.load(Ordering::Relaxed);
            let request = u64::try_from(number).unwrap_or(0).to_le_bytes();
            slip.sent.store(now(), Ordering::Relaxed);
            match send(socket, &request, MsgFlags::MSG_NOSIGNAL) {
                Ok(MESSAGE) => {
                    slip.reaches(Stage::Sent);
                    self.open += 1;
                }
                Ok(_) => over(slip, Stage::Cut, 0),
                Err(errno) => over(slip, Stage::Cut, errno as i32),
            }
        }
    }

    fn happened(&mut self, event: &EpollEvent) {
        let number = usize::try_from(event.data()).unwrap_or(usize::MAX);
        let Some(slip) = self.slips.get(number) else {
            return;
        };
        let broken = event
            .events()
            .intersects(EpollFlags::EPOLLERR | EpollFlags::EPOLLHUP);
        let socket = slip.socket.load(Ordering::Relaxed);
        match slip.stage() {
            Stage::Connecting => {
                self.connecting = self.connecting.saturating_sub(1);
                if broken {
                    // Reading tells what is wrong.
                    let reason = recv(socket, &mut [0], MsgFlags::MSG_DONTWAIT).err();
                    self.refused += 1;
                    over(slip, Stage::Refused, reason.map_or(0, |errno| errno as i32));
                } else {
                    slip.reaches(Stage::Connected);
                }
            }
            Stage::Connected if broken => {
                // It waits at the door no more, and others may come.
                self.refused += 1;
                over(slip, Stage::Cut, 0);
            }
            Stage::Sent => {
                let last = broken || event.events().contains(EpollFlags::EPOLLRDHUP);
                self.read(number, slip, last);
            }
            _ => {}
        }
    }

    /// Reads the answer, once all of it is there. No more comes after the
    /// `last`.
    fn read(&mut self, number: usize, slip: &Slip, last: bool) {
        let socket = slip.socket.load(Ordering::Relaxed);
        let mut answer = [0_u8; MESSAGE];
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_PEEK;
        match recv(socket, &mut answer, flags) {
            Ok(MESSAGE) => {
                slip.answered.store(now(), Ordering::Relaxed);
                let seed = u64::try_from(number).unwrap_or(0);
                let right = self.errand.unit.expected(1, seed) == u64::from_le_bytes(answer);
                over(slip, if right { Stage::Answered } else { Stage::Wrong }, 0);
            }
            Err(Errno::EAGAIN | Errno::EINTR) => return,
            Ok(length) if length == 0 || last => over(slip, Stage::Cut, 0),
            // The rest comes with another event.
            Ok(_) => return,
            Err(errno) => over(slip, Stage::Cut, errno as i32),
        }
        self.open = self.open.saturating_sub(1);
    }
}

/// This client's part is over.
fn over(slip: &Slip, stage: Stage, errno: i32) {
    slip.errno.store(errno, Ordering::Relaxed);
    slip.reaches(stage);
    _ = close(slip.socket.load(Ordering::Relaxed));
}

fn now() -> u64 {
    read(ClockId::CLOCK_MONOTONIC)
}

/// A clock, in nanoseconds.
fn read(clock: ClockId) -> u64 {
    match clock_gettime(clock) {
        Ok(time) => {
            let number = |n: i64| u64::try_from(n).unwrap_or(0);
            let seconds = number(time.tv_sec()).wrapping_mul(1_000_000_000);
            seconds.wrapping_add(number(time.tv_nsec()))
        }
        Err(_) => u64::MAX,
    }
}
