//! The parts of a measured run, one a file. This is the side that reads the
//! clock and the machine.

mod deadline;
mod excerpt;
mod limit;
mod spread;
#[cfg(test)]
mod tests;
mod threads;
mod watched;

pub(in crate::pitfalls) use deadline::Deadline;
pub(in crate::pitfalls) use excerpt::{first, stretch};
pub use limit::RunError;
pub(in crate::pitfalls) use limit::{Limit, as_much, enough};
pub use spread::Spread;
pub(in crate::pitfalls) use spread::{middle, time};
pub(in crate::pitfalls) use threads::together;
pub(in crate::pitfalls) use watched::{Watched, one_cpu};
