//! A thread for a run, so that it does not matter who calls: a cell that runs
//! inside an executor may not start another one on its own thread.

use super::error::MeasureError;

/// Calls `work` on a thread of its own, which has ended when this returns.
pub(super) fn on_own_thread<T: Send>(
    name: &str,
    work: impl FnOnce() -> Result<T, MeasureError> + Send,
) -> Result<T, MeasureError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn_scoped(scope, work)
            .map_err(|reason| MeasureError::refused("a thread", reason))?;
        thread.join().map_err(|_| MeasureError::Panicked)?
    })
}
