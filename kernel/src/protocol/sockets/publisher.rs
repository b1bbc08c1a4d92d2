//! The iopub socket: nothing is lost to a slow subscriber, and a stuck one
//! cannot stop the kernel.
//!
//! An XPUB socket normally drops messages for a subscriber whose queue is full.
//! With `ZMQ_XPUB_NODROP` the send fails instead, and the message is held back
//! until there is room. A subscriber that takes nothing for the time `stall` is
//! given up: messages go to the others, and it loses them, until it moves again.

use std::time::{Duration, Instant};

/// Not offered by the `zmq` crate; the value is part of libzmq's ABI.
const ZMQ_XPUB_NODROP: i32 = 69;

// libzmq is linked already, through the `zmq` crate.
unsafe extern "C" {
    fn zmq_setsockopt(
        socket: *mut std::ffi::c_void,
        option: std::ffi::c_int,
        value: *const std::ffi::c_void,
        size: usize,
    ) -> std::ffi::c_int;
}

pub(super) struct Publisher {
    socket: zmq::Socket,
    stall: Duration,
    held: Option<Held>,
    /// A subscriber was given up.
    lossy: bool,
}

/// A message that found no room.
struct Held {
    frames: Vec<Vec<u8>>,
    since: Instant,
}

impl Publisher {
    pub fn new(socket: zmq::Socket, stall: Duration) -> Self {
        let mut publisher = Publisher {
            socket,
            stall,
            held: None,
            lossy: false,
        };
        publisher.set_nodrop(true);
        publisher
    }

    pub fn socket(&self) -> &zmq::Socket {
        &self.socket
    }

    /// Whether a message waits for room; no other may be published meanwhile.
    pub fn is_blocked(&self) -> bool {
        self.held.is_some()
    }

    /// How long to wait before [`Publisher::retry`] gives up.
    pub fn patience(&self) -> Option<Duration> {
        self.held
            .as_ref()
            .map(|held| self.stall.saturating_sub(held.since.elapsed()))
    }

    /// Publishes, or holds the message back when a subscriber has no room.
    pub fn publish(&mut self, frames: Vec<Vec<u8>>) -> Result<(), zmq::Error> {
        match self.try_send(&frames) {
            Err(zmq::Error::EAGAIN) if self.lossy => self.send_to_others(&frames),
            Err(zmq::Error::EAGAIN) => {
                self.held = Some(Held {
                    frames,
                    since: Instant::now(),
                });
                Ok(())
            }
            Ok(()) => {
                if self.lossy {
                    tracing::info!(
                        "the subscriber that took no output is back; what it missed is lost"
                    );
                    self.lossy = false;
                }
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Tries again to send the message that was held back.
    pub fn retry(&mut self) -> Result<(), zmq::Error> {
        // Asking for the events makes libzmq see that a peer has read.
        self.socket.get_events()?;
        let Some(held) = self.held.take() else {
            return Ok(());
        };
        match self.try_send(&held.frames) {
            Err(zmq::Error::EAGAIN) if held.since.elapsed() < self.stall => {
                self.held = Some(held);
                Ok(())
            }
            Err(zmq::Error::EAGAIN) => {
                tracing::warn!(
                    "a client takes no output for {:?}; it will miss output until it does, the others get all",
                    self.stall
                );
                self.lossy = true;
                self.send_to_others(&held.frames)
            }
            result => result,
        }
    }

    fn try_send(&self, frames: &[Vec<u8>]) -> Result<(), zmq::Error> {
        loop {
            match self.socket.send_multipart(frames, zmq::DONTWAIT) {
                Err(zmq::Error::EINTR) => {}
                result => return result,
            }
        }
    }

    fn send_to_others(&mut self, frames: &[Vec<u8>]) -> Result<(), zmq::Error> {
        self.set_nodrop(false);
        let result = self.try_send(frames);
        self.set_nodrop(true);
        result
    }

    fn set_nodrop(&mut self, on: bool) {
        let value = std::ffi::c_int::from(on);
        // SAFETY: the socket is open for as long as `self` lives and is used by
        // this thread alone; libzmq copies the `size` bytes at `value`.
        let rc = unsafe {
            zmq_setsockopt(
                self.socket.as_mut_ptr(),
                ZMQ_XPUB_NODROP,
                std::ptr::from_ref(&value).cast(),
                size_of_val(&value),
            )
        };
        if rc != 0 {
            tracing::warn!("libzmq does not know ZMQ_XPUB_NODROP: a slow client may miss output");
        }
    }
}
