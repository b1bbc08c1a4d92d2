//! Takes one multipart message off a socket, within limits.

/// More frames than any client sends; a message of millions of empty frames
/// would cost memory that the frame limit does not see.
const MAX_FRAMES: usize = 4096;

/// What a socket had.
pub(super) enum Received {
    Frames(Vec<Vec<u8>>),
    /// A message of more than [`MAX_FRAMES`]; it was taken off and dropped.
    TooManyFrames,
    Nothing,
}

/// The next message, without waiting.
pub(super) fn receive(socket: &zmq::Socket) -> Result<Received, zmq::Error> {
    let mut frames = Vec::new();
    let mut too_many = false;
    loop {
        let mut frame = zmq::Message::new();
        match socket.recv(&mut frame, zmq::DONTWAIT) {
            Ok(()) => {}
            Err(zmq::Error::EINTR) => continue,
            Err(zmq::Error::EAGAIN) => return Ok(Received::Nothing),
            Err(error) => return Err(error),
        }
        if frames.len() == MAX_FRAMES {
            frames = Vec::new();
            too_many = true;
        }
        if !too_many {
            frames.push(frame.to_vec());
        }
        if !frame.get_more() {
            return Ok(if too_many {
                Received::TooManyFrames
            } else {
                Received::Frames(frames)
            });
        }
    }
}
