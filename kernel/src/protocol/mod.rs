//! The Jupyter wire: connection file, messages, framing, signatures, sockets.
//!
//! What lives here knows bytes and the protocol's vocabulary (version 5.5) and
//! nothing of cells: it uses no other room of the kernel. `session` is its only
//! user. Everything that arrives is untrusted until its signature holds; what
//! does not hold is logged and dropped, and never ends the kernel.

pub mod connection;
pub mod curve;
pub mod header;
pub mod message;
pub mod messages;
pub mod signature;
pub mod sockets;
pub mod wire;

pub use connection::{Connection, ConnectionError};
pub use header::Header;
pub use message::{Channel, Message};

/// The version of the messaging protocol that the kernel speaks.
pub const PROTOCOL_VERSION: &str = "5.5";
