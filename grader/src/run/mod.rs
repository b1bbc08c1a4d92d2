//! Code that a student has written, run by the kernel in its sandbox.
//!
//! A submission has a session of its own. What a check needs runs before it,
//! once, and again only if the process that ran it has ended. The points come as
//! the kernel's verdict, which knows the secret of that check; what code prints or
//! shows is evidence and nothing more.

mod kernel;
mod session;

pub use kernel::{Cell, CellError, Ended, Kernel, KernelCommand};
pub use session::{Limits, Session, Tried};
