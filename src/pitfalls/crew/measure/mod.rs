//! The parts of a measured run, one a file. This is the side that reads the
//! clock and the machine.

mod excerpt;
mod limit;
mod spread;
#[cfg(test)]
mod tests;
mod watched;

pub(in crate::pitfalls) use excerpt::{first, stretch};
pub use limit::RunError;
pub(in crate::pitfalls) use limit::{Limit, as_much, enough, of_call};
pub use spread::Spread;
pub(in crate::pitfalls) use spread::{middle, time};
pub(in crate::pitfalls) use watched::{Watched, one_cpu};
