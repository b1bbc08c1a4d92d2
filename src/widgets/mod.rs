//! Widgets: sliders, buttons and boxes that a cell makes and a reader moves.
//!
//! They are those of ipywidgets, which JupyterLab and Notebook show; the state of each
//! stands on a comm, in ipywidgets' words. What a handler prints stands below the cell that
//! made the widget, or in an [`Output`].
//!
//! ```
//! use twoaxes::prelude::*;
//!
//! interact(slider("workers", 1..=8), |workers| {
//!     let speedup = 1.0 / (0.1 + 0.9 / f64::from(workers));
//!     format!("{workers} workers: {speedup:.2} times as fast")
//! });
//! ```
//!
//! Handlers run between two cells, on the thread that runs cells, and are undone like a
//! cell when they fail; what the reader has set stays. A page that is loaded anew shows the
//! widgets again. Outside our kernel a widget is a line of text, and nobody moves it.
//!
//! May use `notebook`.

mod boxes;
mod button;
mod checkbox;
mod choice;
mod interact;
mod label;
mod model;
mod output;
mod progress;
mod rerun;
mod slider;
mod text;

pub use boxes::{Children, HBox, VBox};
pub use button::Button;
pub use checkbox::Checkbox;
pub use choice::{Dropdown, RadioButtons};
pub use interact::{Control, Show, interact};
pub use label::Html;
pub use model::{Model, Widget};
pub use output::Output;
pub use progress::IntProgress;
pub(crate) use rerun::close_at_rerun;
pub use slider::{FloatSlider, IntSlider, Slider, SliderNumber, slider};
pub use text::Text;

#[cfg(test)]
mod tests;
