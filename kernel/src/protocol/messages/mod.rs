//! The contents of messages, one message (with its reply) a file.
//!
//! Requests are read leniently: what a client may leave out has a default.
//! Replies are written strictly: every field that the protocol lists is there.

pub mod clear_output;
pub mod comm;
pub mod complete;
pub mod display_data;
pub mod error;
pub mod execute;
pub mod execute_input;
pub mod execute_result;
pub mod history;
pub mod input;
pub mod inspect;
pub mod interrupt;
pub mod iopub_welcome;
pub mod is_complete;
pub mod kernel_info;
pub mod shutdown;
pub mod status;
pub mod stream;
