//! Wakes the socket thread out of its poll when a queue has something for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The session's end.
pub struct Waker {
    socket: zmq::Socket,
    raised: Arc<AtomicBool>,
}

/// The socket thread's end.
pub(super) struct Woken {
    socket: zmq::Socket,
    raised: Arc<AtomicBool>,
}

/// The two ends of an in-process pair. The flag keeps it to one message at a
/// time, so the pair needs no bound: with one, a send could fail although the
/// other end had read everything, and the wake-up would be lost.
pub(super) fn waker(context: &zmq::Context) -> Result<(Waker, Woken), zmq::Error> {
    const ENDPOINT: &str = "inproc://wake";
    let pair = || {
        let socket = context.socket(zmq::PAIR)?;
        socket.set_sndhwm(0)?;
        socket.set_rcvhwm(0)?;
        socket.set_linger(0)?;
        Ok::<_, zmq::Error>(socket)
    };
    let (near, far) = (pair()?, pair()?);
    far.bind(ENDPOINT)?;
    near.connect(ENDPOINT)?;
    let raised = Arc::new(AtomicBool::new(false));
    let waker = Waker {
        socket: near,
        raised: Arc::clone(&raised),
    };
    Ok((
        waker,
        Woken {
            socket: far,
            raised,
        },
    ))
}

impl Waker {
    /// Makes the thread look at its queues. To be called after something was
    /// put there.
    pub fn wake(&self) {
        if !self.raised.swap(true, Ordering::SeqCst)
            && let Err(error) = self.socket.send(&b""[..], zmq::DONTWAIT)
        {
            tracing::error!("the sockets cannot be woken: {error}");
        }
    }
}

impl Woken {
    pub fn socket(&self) -> &zmq::Socket {
        &self.socket
    }

    /// Takes the wake-up. To be called before the queues are looked at: what is
    /// put there later raises the flag again.
    pub fn lower(&self) -> Result<(), zmq::Error> {
        loop {
            match self.socket.recv_bytes(zmq::DONTWAIT) {
                Ok(_) | Err(zmq::Error::EINTR) => {}
                Err(zmq::Error::EAGAIN) => break,
                Err(error) => return Err(error),
            }
        }
        self.raised.store(false, Ordering::SeqCst);
        Ok(())
    }
}
