//! A Jupyter kernel for Rust.
//!
//! | room | what it does | never |
//! |---|---|---|
//! | [`protocol`] | messages, signatures, sockets | knows what a cell is |
//! | [`session`] | the event loop that joins all others | runs code |
//! | [`engine`] | cells to outcomes, with evcxr | sees a socket |
//! | [`toolchain`] | source to shared object | runs a cell |
//! | [`runtime`] | the process that runs cells | sees a message of Jupyter's |
//! | [`bridge`] | what running code says | interprets a print as control |

pub mod bridge;
pub mod engine;
pub mod protocol;
pub mod runtime;
pub mod session;
pub mod toolchain;
