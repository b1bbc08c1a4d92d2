//! The loop of the socket thread.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError};

use super::bind::Bound;
use super::publisher::Publisher;
use super::receive::{Received, receive};
use super::waker::Woken;
use super::{Inbound, LINGER, Outbound};
use crate::protocol::message::Channel;
use crate::protocol::wire::Decoder;

/// Messages taken off one socket before the others have their turn.
const TURN: usize = 64;

/// How often to try again what libzmq does not announce: that a client's stdin
/// socket is there. It does announce room for a subscriber, on a descriptor;
/// should that be missed, this is how long output would pause.
const RETRY: Duration = Duration::from_millis(100);

/// How long a question may wait for its client's stdin socket. A client that
/// connects its sockets one after the other may ask before the last is there.
const STDIN_GRACE: Duration = Duration::from_secs(1);

pub(super) struct SocketThread {
    shell: zmq::Socket,
    control: zmq::Socket,
    stdin: zmq::Socket,
    heartbeat: zmq::Socket,
    publisher: Publisher,
    woken: Woken,
    decoder: Decoder,
    to_session: Sender<Inbound>,
    from_session: Receiver<Outbound>,
    to_publish: Receiver<Vec<Vec<u8>>>,
    /// A message for stdin whose client was not there, and since when.
    question: Option<(Vec<Vec<u8>>, Instant)>,
    closing: bool,
}

/// Which sockets have something to read.
#[derive(Default)]
struct Ready {
    shell: bool,
    control: bool,
    stdin: bool,
    heartbeat: bool,
    iopub: bool,
    woken: bool,
}

impl SocketThread {
    pub fn new(
        bound: Bound,
        woken: Woken,
        decoder: Decoder,
        to_session: Sender<Inbound>,
        from_session: Receiver<Outbound>,
        to_publish: Receiver<Vec<Vec<u8>>>,
        stall: Duration,
    ) -> Self {
        SocketThread {
            shell: bound.shell,
            control: bound.control,
            stdin: bound.stdin,
            heartbeat: bound.heartbeat,
            publisher: Publisher::new(bound.iopub, stall),
            woken,
            decoder,
            to_session,
            from_session,
            to_publish,
            question: None,
            closing: false,
        }
    }

    /// Serves until told to close. An error of libzmq ends the thread, which
    /// the session sees as a closed channel.
    pub fn run(mut self) {
        let result = self.serve();
        if let Err(error) = result {
            tracing::error!("the sockets failed: {error}; the kernel ends");
            return;
        }
        self.flush();
    }

    fn serve(&mut self) -> Result<(), zmq::Error> {
        while !self.closing {
            let ready = self.wait()?;
            if ready.woken {
                self.woken.lower()?;
            }
            if ready.control {
                self.read(Channel::Control, TURN)?;
            }
            if ready.stdin {
                self.read(Channel::Stdin, TURN)?;
            }
            if ready.shell {
                self.read(Channel::Shell, TURN)?;
            }
            if ready.heartbeat {
                self.echo()?;
            }
            if ready.iopub {
                self.read_subscriptions()?;
            }
            self.send_replies()?;
            self.repeat_question();
            self.publish()?;
        }
        Ok(())
    }

    fn wait(&self) -> Result<Ready, zmq::Error> {
        let blocked = self.publisher.is_blocked();
        // A subscriber that made room is no readable event of the socket, only
        // of the descriptor beneath it.
        let iopub = match blocked {
            true => zmq::PollItem::from_fd(self.publisher.socket().get_fd()?, zmq::POLLIN),
            false => self.publisher.socket().as_poll_item(zmq::POLLIN),
        };
        let mut items = [
            self.shell.as_poll_item(zmq::POLLIN),
            self.control.as_poll_item(zmq::POLLIN),
            self.stdin.as_poll_item(zmq::POLLIN),
            self.heartbeat.as_poll_item(zmq::POLLIN),
            self.woken.socket().as_poll_item(zmq::POLLIN),
            iopub,
        ];
        let patience = self.publisher.patience();
        let timeout = match (patience, &self.question) {
            (None, None) => -1,
            (patience, _) => millis(patience.unwrap_or(RETRY).min(RETRY)),
        };
        match zmq::poll(&mut items, timeout) {
            Ok(_) | Err(zmq::Error::EINTR) => {}
            Err(error) => return Err(error),
        }
        Ok(Ready {
            shell: items[0].is_readable(),
            control: items[1].is_readable(),
            stdin: items[2].is_readable(),
            heartbeat: items[3].is_readable(),
            woken: items[4].is_readable(),
            iopub: blocked || items[5].is_readable(),
        })
    }

    /// Reads at most `limit` messages and reports those that hold.
    fn read(&mut self, channel: Channel, limit: usize) -> Result<(), zmq::Error> {
        for _ in 0..limit {
            let socket = match channel {
                Channel::Shell => &self.shell,
                Channel::Control => &self.control,
                Channel::Stdin => &self.stdin,
            };
            match receive(socket)? {
                Received::Nothing => break,
                Received::TooManyFrames => {
                    tracing::warn!("dropped on {channel:?}: a message of too many frames")
                }
                Received::Frames(frames) => match self.decoder.decode(frames) {
                    Ok(message) => self.report(Inbound::Message(channel, Box::new(message))),
                    Err(error) => tracing::warn!("dropped on {channel:?}: {error}"),
                },
            }
        }
        Ok(())
    }

    fn read_subscriptions(&mut self) -> Result<(), zmq::Error> {
        while let Received::Frames(frames) = receive(self.publisher.socket())? {
            // A first byte of 1 subscribes, 0 unsubscribes.
            if let Some([1, topic @ ..]) = frames.first().map(Vec::as_slice) {
                self.report(Inbound::Subscribed(topic.to_vec()));
            }
        }
        Ok(())
    }

    fn echo(&self) -> Result<(), zmq::Error> {
        for _ in 0..TURN {
            let Received::Frames(frames) = receive(&self.heartbeat)? else {
                break;
            };
            // A peer that left, or that reads nothing, has no heartbeat.
            let _ = self.heartbeat.send_multipart(frames, zmq::DONTWAIT);
        }
        Ok(())
    }

    fn send_replies(&mut self) -> Result<(), zmq::Error> {
        loop {
            match self.from_session.try_recv() {
                Ok(Outbound::Send(channel, frames)) => self.send(channel, frames),
                Ok(Outbound::Barrier) => {
                    // A bound, since a client may send without end.
                    for _ in 0..TURN {
                        if !self.shell.get_events()?.contains(zmq::POLLIN) {
                            break;
                        }
                        self.read(Channel::Shell, TURN)?;
                    }
                    self.report(Inbound::CaughtUp);
                }
                // The session is gone, so there is nobody to serve.
                Ok(Outbound::Close) | Err(TryRecvError::Disconnected) => {
                    self.closing = true;
                    return Ok(());
                }
                Err(TryRecvError::Empty) => return Ok(()),
            }
        }
    }

    fn send(&mut self, channel: Channel, frames: Vec<Vec<u8>>) {
        let socket = match channel {
            Channel::Shell => &self.shell,
            Channel::Control => &self.control,
            Channel::Stdin => &self.stdin,
        };
        match socket.send_multipart(&frames, zmq::DONTWAIT) {
            Ok(()) => {}
            Err(_) if channel == Channel::Stdin => {
                self.question = Some((frames, Instant::now()));
            }
            Err(error) => tracing::warn!("a reply on {channel:?} was not sent: {error}"),
        }
    }

    fn repeat_question(&mut self) {
        let Some((frames, since)) = self.question.take() else {
            return;
        };
        if self.stdin.send_multipart(&frames, zmq::DONTWAIT).is_ok() {
            return;
        }
        if since.elapsed() < STDIN_GRACE {
            self.question = Some((frames, since));
        } else {
            self.report(Inbound::StdinUnreachable);
        }
    }

    fn publish(&mut self) -> Result<(), zmq::Error> {
        self.publisher.retry()?;
        while !self.publisher.is_blocked() {
            let Ok(frames) = self.to_publish.try_recv() else {
                break;
            };
            self.publisher.publish(frames)?;
            if self.has_urgent_work()? {
                // Output without end must not keep the other sockets waiting.
                self.read(Channel::Control, TURN)?;
                self.echo()?;
                self.send_replies()?;
            }
        }
        Ok(())
    }

    fn has_urgent_work(&self) -> Result<bool, zmq::Error> {
        Ok(!self.from_session.is_empty()
            || self.control.get_events()?.contains(zmq::POLLIN)
            || self.heartbeat.get_events()?.contains(zmq::POLLIN))
    }

    /// Publishes what is still queued, for at most [`LINGER`].
    fn flush(&mut self) {
        let end = Instant::now() + LINGER;
        let mut left: VecDeque<_> = self.to_publish.try_iter().collect();
        while Instant::now() < end {
            if self.publisher.is_blocked() {
                let waited =
                    self.wait_for_room(end.saturating_duration_since(Instant::now()).min(RETRY));
                if waited.and_then(|()| self.publisher.retry()).is_err() {
                    return;
                }
            } else {
                let Some(frames) = left.pop_front() else {
                    return;
                };
                if self.publisher.publish(frames).is_err() {
                    return;
                }
            }
        }
        tracing::warn!("{} messages found no reader before the end", left.len());
    }

    fn wait_for_room(&self, limit: Duration) -> Result<(), zmq::Error> {
        let mut items = [zmq::PollItem::from_fd(
            self.publisher.socket().get_fd()?,
            zmq::POLLIN,
        )];
        match zmq::poll(&mut items, millis(limit)) {
            Ok(_) | Err(zmq::Error::EINTR) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn report(&self, inbound: Inbound) {
        // A session that is gone needs no reports.
        let _ = self.to_session.send(inbound);
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
