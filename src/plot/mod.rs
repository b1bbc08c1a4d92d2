//! From data to pictures: a trace becomes a Gantt chart, a parameter sweep
//! becomes a figure with a slider, numbers become curves, an execution a
//! space-time diagram, a program a player.
//!
//! A [`Figure`] is an SVG with a title, a description for screen readers and a
//! text form. An [`Explorable`] holds one frame per parameter value in a
//! single piece of HTML that needs neither a server nor the kernel.
//!
//! Nothing is told by colour alone: tasks have names, and what a task does has
//! a texture. Colours are Okabe and Ito's (2008), drawn on a light card that
//! reads in light and dark themes alike.
//!
//! This room uses [`crate::trace`] and the other rooms of data, which never use
//! it: what they show of themselves is implemented here. It uses
//! [`crate::notebook`] to show it. It draws with plotters, or writes SVG where
//! plotters can't, measures nothing, and refers to no resource outside of what
//! it returns.

mod arrow;
mod axis;
mod barista;
mod canvas;
mod chart;
mod curves;
mod explore;
mod figure;
mod fit;
mod gantt;
mod histogram;
mod labels;
mod lanes;
mod map;
mod over_time;
mod palette;
mod pitfalls;
mod pitfalls_measured;
mod player;
mod program;
mod quadrants;
mod scale;
mod server;
mod shared_resources;
mod show;
mod side;
mod spacetime;
mod speedup;
mod standing;
mod state_graph;
mod stroke;
mod sweep;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod texture;
mod verdict;
mod waiting;

pub use curves::Curves;
pub use explore::{Explorable, Frame, MAX_FRAMES, explore};
pub use figure::Figure;
pub use gantt::{Gantt, View};
pub use player::{MAX_PLAYER_BYTES, Player};
pub use side::{SideBySide, compare, side_by_side};
pub use spacetime::SpaceTime;
pub use speedup::Speedup;
pub use state_graph::MAX_DRAWN_STATES;
