//! The bridge between running code and the engine: what a cell prints (two
//! named pipes, and one for threads of earlier cells) and what it says (frames
//! on a stream socket).
//!
//! Everything is in one private directory, that of [`Paths`]:
//!
//! | name | made by | carries |
//! |---|---|---|
//! | `stdout`, `stderr` | kernel | the standard streams of the process that runs cells |
//! | `earlier` | kernel | what threads of earlier cells print, in records: cell, stream, text |
//! | `socket` | kernel | frames: a length (32 bits, big-endian), then JSON |
//!
//! Every frame is answered by one frame, [`Reply`], and only when all that was
//! printed before it has been passed on. So prints and displays keep the order
//! in which the cell made them, and a flood is slowed down to the speed at
//! which it is shown. Two answers may take long: that to a question for the reader, and that to
//! `attend`, which is whatever comes on a comm next. [`Said`] lists the frames.
//!
//! May use nothing inside the kernel. It must never interpret a printed line as
//! control; evcxr's content markers, a public convention of crates that show
//! themselves in notebooks, can only make a display.

mod comm;
mod earlier;
mod frame;
mod hub;
mod markers;
mod paths;
mod pipe;
mod stream;
mod warning;

pub use comm::{Buffer, CommAction, CommEvent};
pub use earlier::{Stream, next_record};
pub use frame::{Client, FrameError, Left, Panic, Reply, Said, Spent};
pub use hub::{Answers, Bridge, BridgeError, Heard};
pub use paths::Paths;
pub use warning::{Item, MOST_WARNINGS, Warning};
