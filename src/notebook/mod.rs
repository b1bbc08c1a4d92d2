//! What running code says to the notebook: displays, updates, the value of a
//! cell. In our kernel it travels on a private channel; in plain evcxr as
//! evcxr's content markers; elsewhere (`cargo run --example`) as plain text on
//! standard output.
//!
//! This room depends on no other. In our kernel it must never write anything
//! that a cell's own `println!` could be mistaken for.

mod bundle;
pub(crate) mod caught;
pub(crate) mod channel;
pub mod comm;
mod display;
mod input;
mod picture;
mod running;
mod shown;

pub use bundle::{MimeBundle, Rich};
pub(crate) use channel::is_connected;
pub(crate) use display::result;
pub use display::{DisplayId, clear_output, display, display_with_id, update_display};
pub use input::{InputError, input, password};
#[cfg(test)]
pub(crate) use running::ALONE;
pub(crate) use running::{RunningCell, begin_cell, is_of_earlier_cell, running_cell};
pub use shown::{Html, Jpeg, Json, Latex, Markdown, Png, Svg, VegaLite};
