//! From data to pictures: a trace becomes a Gantt chart, a parameter sweep
//! becomes a figure with a slider, numbers become curves.
//!
//! A [`Figure`] is an SVG with a title, a description for screen readers and a
//! text form. An [`Explorable`] holds one frame per parameter value in a
//! single piece of HTML that needs neither a server nor the kernel.
//!
//! Nothing is told by colour alone: tasks have names, and what a task does has
//! a texture. Colours are Okabe and Ito's (2008), drawn on a light card that
//! reads in light and dark themes alike.
//!
//! This room uses [`crate::trace`] for the data and [`crate::notebook`] to
//! show itself. It draws with plotters, measures nothing, and refers to no
//! resource outside of what it returns.

mod canvas;
mod curves;
mod explore;
mod figure;
mod gantt;
mod lanes;
mod palette;
mod program;
mod scale;
mod show;
mod side;
#[cfg(test)]
mod tests;
mod text;
mod texture;

pub use curves::Curves;
pub use explore::{Explorable, Frame, MAX_FRAMES, explore};
pub use figure::Figure;
pub use gantt::{Gantt, View};
pub use side::{SideBySide, compare, side_by_side};
