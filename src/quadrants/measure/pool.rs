//! A thread pool that has gone when it is not needed any more.

use std::thread::JoinHandle;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::error::MeasureError;
use crate::record::Recorder;

/// Calls `work` with a pool of so many `threads`, which are workers of
/// `recorder`. All of them have ended when this returns.
pub(super) fn with_threads<T>(
    threads: u64,
    recorder: Option<&Recorder>,
    work: impl FnOnce(&ThreadPool) -> T,
) -> Result<T, MeasureError> {
    // Before the pool, so that it is dropped after it: a pool tells its threads
    // to end and does not wait for them.
    let mut joined = Joined(Vec::new());
    let pool = ThreadPoolBuilder::new()
        .num_threads(usize::try_from(threads).unwrap_or(1))
        .spawn_handler(|thread| {
            let name = format!("thread {}", thread.index() + 1);
            let recorder = recorder.cloned();
            let handle = std::thread::Builder::new()
                .name(name.clone())
                .spawn(move || {
                    let _at = recorder.as_ref().map(|recorder| recorder.enter(name));
                    thread.run();
                })?;
            joined.0.push(handle);
            Ok(())
        })
        .build()
        .map_err(|reason| MeasureError::refused("a thread pool", reason))?;
    let done = work(&pool);
    drop(pool);
    drop(joined);
    Ok(done)
}

/// Threads that are waited for, also when the run fails.
struct Joined(Vec<JoinHandle<()>>);

impl Drop for Joined {
    fn drop(&mut self) {
        for thread in self.0.drain(..) {
            // One that panicked has nothing to give.
            _ = thread.join();
        }
    }
}
