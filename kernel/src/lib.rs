//! A Jupyter kernel for Rust.
//!
//! | room | what it does | never |
//! |---|---|---|
//! | [`protocol`] | messages, signatures, sockets | knows what a cell is |
//! | [`session`] | the event loop that joins all others | runs code |
//! | [`batch`] | runs cells for a grader, without a front end | sees a message of Jupyter's |
//! | [`engine`] | cells to outcomes, with evcxr | sees a socket |
//! | [`toolchain`] | source to shared object | runs a cell |
//! | [`runtime`] | the process that runs cells | sees a message of Jupyter's |
//! | [`sandbox`] | what confines code that nobody has read | decides what code is worth |
//! | [`bridge`] | what running code says | interprets a print as control |

pub mod batch;
pub mod bridge;
pub mod engine;
mod html;
pub mod protocol;
pub mod runtime;
pub mod sandbox;
pub mod session;
pub mod toolchain;
