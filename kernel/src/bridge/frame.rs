//! Frames: what our own processes say to the engine, and the answers.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::comm::CommEvent;
use super::warning::Warning;

/// A longer frame is refused; its sender is cut off.
pub const MAX_FRAME: usize = 64 << 20;

/// What a process of ours can say. The helper crate writes the first six, `input`, `earlier`,
/// `comm`, `comm_kept`, `comms_kept` and `verdict`, the process that runs cells `not_loaded`,
/// `begin`, `end`, `take_over` and `attend`, the stand-in for cargo `compile`, `compiled`, `warned`
/// and `progress`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Said {
    Display {
        data: Map<String, Value>,
        #[serde(default)]
        metadata: Map<String, Value>,
        #[serde(default)]
        display_id: Option<String>,
    },
    UpdateDisplay {
        data: Map<String, Value>,
        #[serde(default)]
        metadata: Map<String, Value>,
        display_id: String,
    },
    /// The value of the cell's last expression.
    Result {
        data: Map<String, Value>,
        #[serde(default)]
        metadata: Map<String, Value>,
    },
    ClearOutput {
        #[serde(default)]
        wait: bool,
    },
    /// `fatal` if it ended the cell, else one on another thread or one that the cell
    /// caught.
    Panic {
        #[serde(flatten)]
        panic: Panic,
        #[serde(default)]
        fatal: bool,
    },
    /// A `?` ended the cell with an error of type `name`.
    Error { name: String, message: String },
    /// The cell's object cannot be loaded, so it does not run.
    NotLoaded { reason: String },
    /// The cell asks for a line; answered by [`Reply::Line`] or `Refused`.
    Input { prompt: String, password: bool },
    /// What a thread shows that the cell `cell` has started.
    Earlier { cell: u64, said: Box<Said> },
    /// A cell is about to run in the process that speaks; answered by [`Reply::Run`],
    /// or `Refused` forbids it.
    Begin {
        /// What earlier cells have left. Where there is something, a failure of the
        /// cell cannot be undone.
        left: Left,
    },
    /// The cell has returned.
    End { spent: Spent },
    /// Running code opens a comm, sends on it or closes it.
    Comm(CommEvent),
    /// A comm that the process has, and its state if it is a widget.
    CommKept { comm: String, state: Value },
    /// These were all. It says so at its start, and when it goes on with the state from before
    /// a cell.
    CommsKept,
    /// The process has nothing to do but to wait for comms, on this connection; answered by
    /// [`Reply::Comm`] when something has come. It begins cells meanwhile as ever.
    Attend,
    /// The process that ran the cell has ended. The one that speaks goes on in its
    /// place, with the state from before the cell.
    TakeOver,
    /// What a checking cell is worth, to whoever knows its secret.
    Verdict {
        secret: Option<String>,
        /// `None` for all points.
        points: Option<f64>,
    },
    /// A compilation begins in the process group of the process that speaks, and
    /// lasts until this connection closes; `Refused` forbids it.
    Compile,
    /// A compiler ran for it: what it made was not there already.
    Compiled,
    /// What the compiler warns of in the cell that it has compiled, now or before.
    Warned { warnings: Vec<Warning> },
    /// What the compilation is busy with, in a few words for the student;
    /// nothing when the wait is over.
    Progress { text: Option<String> },
}

/// A panic; lines are those of the generated source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panic {
    pub message: String,
    #[serde(default)]
    pub file: Option<String>,
    #[serde(default)]
    pub line: Option<u32>,
    #[serde(default)]
    pub column: Option<u32>,
    #[serde(default)]
    pub thread: Option<String>,
}

/// What the code of a cell has taken: time on the clock, and time of all CPUs together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    pub wall: Duration,
    pub cpu: Duration,
}

/// What cells have left in their process that a copy of it would not have, or would
/// keep from ending.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Threads by their names; one without a name is empty.
    pub threads: Vec<String>,
    /// Programs that were started.
    pub programs: usize,
    /// Pipes and sockets.
    pub connections: usize,
    /// Why there is no copy, though nothing is left.
    #[serde(default)]
    pub uncopied: Option<String>,
}

impl Left {
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The answer to a frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Reply {
    Ack,
    /// The cell may run; its id in the notebook, the secret of its verdict and the
    /// request that it answers, if the front end said them.
    Run {
        /// What its threads are known by; 0 for what is no cell of anybody's.
        #[serde(default)]
        number: u64,
        cell: Option<String>,
        #[serde(default)]
        secret: Option<String>,
        #[serde(default)]
        request: Option<String>,
    },
    /// Something has come on a comm, for the handlers of running code.
    Comm {
        event: CommEvent,
    },
    Line {
        text: String,
    },
    Refused {
        reason: String,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("the other end is gone: {0}")]
    Io(#[from] io::Error),
    #[error("a frame of {0} bytes, more than the {MAX_FRAME} allowed")]
    TooLong(usize),
    #[error("a frame that is not one of ours: {0}")]
    Unknown(#[from] serde_json::Error),
}

/// Writes one frame.
pub fn write(stream: &mut impl Write, message: &impl Serialize) -> Result<(), FrameError> {
    let body = serde_json::to_vec(message)?;
    let length = u32::try_from(body.len())
        .ok()
        .filter(|_| body.len() <= MAX_FRAME)
        .ok_or(FrameError::TooLong(body.len()))?;
    let mut frame = Vec::with_capacity(body.len() + 4);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&body);
    Ok(stream.write_all(&frame)?)
}

/// Reads one frame, waiting for it.
pub fn read<T: for<'de> Deserialize<'de>>(stream: &mut impl Read) -> Result<T, FrameError> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(FrameError::TooLong(length));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(serde_json::from_slice(&body)?)
}

/// The end of a connection that speaks.
pub struct Client {
    socket: UnixStream,
}

impl Client {
    /// Connects to the socket at `path`.
    pub fn connect(path: &Path) -> io::Result<Self> {
        Ok(Self {
            socket: UnixStream::connect(path)?,
        })
    }

    /// Says `message` and waits for the answer.
    pub fn say(&mut self, message: &Said) -> Result<Reply, FrameError> {
        self.tell(message)?;
        self.hear()
    }

    /// Says `message`, whose answer may take long.
    pub fn tell(&mut self, message: &Said) -> Result<(), FrameError> {
        write(&mut self.socket, message)
    }

    /// Waits for the answer to what was told.
    pub fn hear(&mut self) -> Result<Reply, FrameError> {
        read(&mut self.socket)
    }
}

impl AsFd for Client {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_frame_comes_back_as_it_was_sent() {
        let said = Said::Panic {
            panic: Panic {
                message: "boom".into(),
                file: None,
                line: Some(3),
                column: None,
                thread: Some("main".into()),
            },
            fatal: true,
        };
        let mut bytes = Vec::new();
        write(&mut bytes, &said).unwrap();
        assert_eq!(read::<Said>(&mut bytes.as_slice()).unwrap(), said);
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_anything_is_allocated() {
        let bytes = u32::MAX.to_be_bytes();
        assert!(matches!(
            read::<Said>(&mut bytes.as_slice()),
            Err(FrameError::TooLong(_))
        ));
    }

    proptest! {
        #[test]
        fn no_bytes_can_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = read::<Said>(&mut bytes.as_slice());
        }
    }
}
