//! What some measured pitfalls share: the reasons why a run could not be made.

mod error;

pub use error::MeasureError;
pub(super) use error::nearest;
