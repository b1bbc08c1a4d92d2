//! A thread for a run, so that it does not matter who calls: a cell that runs
//! inside an executor may not start another one on its own thread.

use super::TeamError;

/// Calls `work` on a thread of its own, which has ended when this returns.
///
/// # Errors
///
/// [`TeamError`] when the system refuses the thread, or `work` panics.
pub(crate) fn alone<T: Send>(name: &str, work: impl FnOnce() -> T + Send) -> Result<T, TeamError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn_scoped(scope, work)
            .map_err(|error| TeamError::Refused {
                started: 0,
                wanted: 1,
                reason: error.to_string(),
            })?;
        thread.join().map_err(|_| TeamError::Panicked)
    })
}
