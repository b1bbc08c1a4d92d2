//! A thread for a run, so that it does not matter who calls.

use super::error::MeasureError;
use crate::team::alone;

/// Calls `work` on a thread of its own, which has ended when this returns.
pub(super) fn on_own_thread<T: Send>(
    name: &str,
    work: impl FnOnce() -> Result<T, MeasureError> + Send,
) -> Result<T, MeasureError> {
    alone(name, work).map_err(|error| MeasureError::of("a thread", error))?
}
