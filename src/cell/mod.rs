//! What our kernel's generated code and runtime call; nothing here is for
//! students, hence hidden from the documentation.
//!
//! A cell is compiled against this library, so code that every cell needs (the
//! variable store, the report of a panic) is compiled once, here. The kernel
//! does not depend on this crate: it finds the `twoaxes_*` functions of
//! `abi` by name and reads the frames described in `notebook::channel`.
//!
//! May use `notebook` and `panics`; never a simulator.

mod abi;
mod asynchronous;
mod catch;
mod ending;
mod fault;
mod flusher;
mod pool;
mod print;
mod result;
mod store;
mod verdict;

pub use asynchronous::block_on;
pub use catch::catch;
pub use ending::at_end;
pub use fault::{panicked, question_mark};
pub use print::{print, print_at_once};
pub use result::{AnyDisplay, EvcxrDisplay, is_debug, show_text};
pub use store::{VariableStore, create_variable_store};
pub use verdict::{Points, verdict};
