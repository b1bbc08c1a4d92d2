//! Predict, then run: a number is written down before the run that answers it.
//!
//! [`predict!`](crate::predict!) takes the name of a number and what you think
//! it will be; [`Prediction::check`] takes the run and gives a [`Verdict`] with
//! both. Every [`Answers`] has numbers with names, a
//! [`Trace`](crate::trace::Trace) among them, and rooms that measure implement
//! it for their own results.
//!
//! ```
//! use twoaxes::prelude::*;
//!
//! let guess = predict!(speedup, 1.8);
//! let verdict = guess.check(&workers::simulate(8, 10, 2));
//! assert_eq!(verdict.answer(), Some(2.0));
//! ```
//!
//! This room uses [`crate::trace`] and shows cards through [`crate::notebook`].
//! It runs nothing: the prediction has to be there first.

mod answers;
mod card;
mod prediction;
#[cfg(test)]
mod tests;

pub use answers::Answers;
pub use prediction::{Prediction, Verdict};

/// Writes down a prediction: the name of a number, and what you think it will
/// be, a number of any kind (write `3e9` for a whole number beyond 2147483647).
/// With a run as the third argument, it is made after that, and answers.
///
/// ```
/// use twoaxes::prelude::*;
///
/// let guess = predict!(peak_concurrency, 2);
/// let trace = barista::time_slice(&[20, 20], 5);
/// assert!(guess.check(&trace).is_right());
///
/// let verdict = predict!(makespan, 30, workers::simulate(8, 10, 2));
/// assert!(!verdict.is_right());
/// ```
#[macro_export]
macro_rules! predict {
    ($metric:ident, $value:expr $(,)?) => {
        $crate::predict::Prediction::new(::core::stringify!($metric), ($value) as f64)
    };
    ($metric:ident, $value:expr, $run:expr $(,)?) => {{
        let prediction = $crate::predict!($metric, $value);
        prediction.check(&$run)
    }};
}
