//! What measured pitfalls share: threads that start together, each on its
//! CPU, and the reasons why a run could not be made.
//!
//! Only `measure` reads a clock and starts threads, and it joins every one of
//! them before it returns.

mod error;
pub(super) mod measure;
#[cfg(test)]
pub(super) mod tests;

pub use error::MeasureError;
pub(super) use error::nearest;
