//! The private channel to the kernel: a stream socket that the kernel's runtime
//! hands over with [`attach`].
//!
//! A frame is a length (32 bits, big-endian) and that many bytes of JSON. The
//! kernel answers every frame with one frame, so when [`send`] returns, what
//! was said stands in the notebook: later prints cannot overtake it.

use std::io::{Read, Write};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::{Value, json};

use super::caught;

/// The kernel refuses longer frames, so does this side.
const MAX_FRAME: usize = 64 << 20;

/// Says the number of the cell that a thread belongs to; 0 for whichever cell runs.
type OwnCellFn = extern "C" fn() -> u64;

static OWN_CELL: OnceLock<OwnCellFn> = OnceLock::new();

static CHANNEL: Mutex<Option<UnixStream>> = Mutex::new(None);

/// Uses the socket `fd` from now on. The caller gives the descriptor away.
///
/// # Safety
///
/// `fd` must be an open stream socket that nothing else uses or closes.
pub(crate) unsafe fn attach(fd: RawFd) {
    // SAFETY: the caller hands over an open descriptor that is ours alone.
    let socket = UnixStream::from(unsafe { OwnedFd::from_raw_fd(fd) });
    *CHANNEL.lock().unwrap_or_else(PoisonError::into_inner) = Some(socket);
}

/// Whether there is a kernel at the other end, as far as is known.
pub(crate) fn is_connected() -> bool {
    let channel = CHANNEL.lock().unwrap_or_else(PoisonError::into_inner);
    channel.is_some()
}

/// Has [`show`] ask `own_cell`.
pub(crate) fn attribute(own_cell: OwnCellFn) {
    // There is one kernel, and it says so once.
    let _ = OWN_CELL.set(own_cell);
}

/// The number of the cell that this thread belongs to; 0 for whichever cell runs.
pub(crate) fn own_cell() -> u64 {
    OWN_CELL.get().map_or(0, |own_cell| own_cell())
}

/// Sends `message`, which shows something, in the name of the cell that this thread belongs
/// to.
pub(crate) fn show(message: Value) -> Option<Value> {
    match own_cell() {
        0 => send(&message),
        cell => send(&json!({"type": "earlier", "cell": cell, "said": message})),
    }
}

/// Sends `message` and waits for the kernel's answer. `None` when there is no
/// kernel at the other end.
pub(crate) fn send(message: &Value) -> Option<Value> {
    flush_streams();
    let mut channel = CHANNEL.lock().unwrap_or_else(PoisonError::into_inner);
    let socket = channel.as_mut()?;
    let caught = match caught::take() {
        true => exchange(socket, &json!({"type": "went_on"})),
        false => Ok(Value::Null),
    };
    match caught.and_then(|_| exchange(socket, message)) {
        Ok(reply) => Some(reply),
        Err(error) => {
            *channel = None;
            drop(channel);
            eprintln!("the kernel does not answer ({error}); showing plain text from here on");
            None
        }
    }
}

/// Asks `question`, whose answer may take as long as a person thinks: on a connection of its own,
/// so that other threads can show something meanwhile. One question at a time, since a front end
/// shows one field. `None` when there is no kernel at the other end.
pub(crate) fn ask(question: &Value) -> Option<Value> {
    static ASKING: Mutex<()> = Mutex::new(());
    let _one = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
    flush_streams();
    // In a sandbox there can be no other connection.
    let answer = another().and_then(|mut own| exchange(&mut own, question).ok());
    answer.or_else(|| send(question))
}

/// Another connection to where the channel leads.
fn another() -> Option<UnixStream> {
    let channel = CHANNEL.lock().unwrap_or_else(PoisonError::into_inner);
    let kernel = channel.as_ref()?.peer_addr().ok()?;
    UnixStream::connect_addr(&kernel).ok()
}

/// Puts what was printed before into the pipes, ahead of the frame to come.
pub(crate) fn flush_streams() {
    // A closed standard output is the cell's own doing and no reason to stop.
    let _ = std::io::stdout().flush();
    let _ = std::io::stderr().flush();
}

fn exchange(socket: &mut UnixStream, message: &Value) -> std::io::Result<Value> {
    let body = serde_json::to_vec(message)?;
    if body.len() > MAX_FRAME {
        eprintln!(
            "not shown: {} MB is more than the {} MB that one output may have",
            body.len() >> 20,
            MAX_FRAME >> 20
        );
        return Ok(Value::Null);
    }
    let length = u32::try_from(body.len()).map_err(std::io::Error::other)?;
    socket.write_all(&length.to_be_bytes())?;
    socket.write_all(&body)?;
    let mut length = [0; 4];
    socket.read_exact(&mut length)?;
    let mut reply = vec![0; (u32::from_be_bytes(length) as usize).min(MAX_FRAME)];
    socket.read_exact(&mut reply)?;
    Ok(serde_json::from_slice(&reply)?)
}
