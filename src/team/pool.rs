//! A rayon pool whose threads are ours, so that they can be joined: dropping a
//! pool only asks its threads to end.

use std::thread::Builder;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::together::{READY_WITHIN, in_time};
use super::{Gate, TeamError};

/// Calls `work` with a pool of so many `threads`. Each has called `enter` with
/// its number, 0, 1, .., and keeps what that returned until it ends. All of
/// them are there when `work` begins, and have ended when this returns.
///
/// # Errors
///
/// [`TeamError`] when the system refuses a thread, or not all are there in
/// time. `work` is not called then.
pub(crate) fn with_pool<P, T>(
    threads: usize,
    name: impl Fn(usize) -> String,
    enter: impl Fn(usize) -> P + Sync,
    work: impl FnOnce(&ThreadPool) -> T,
) -> Result<T, TeamError> {
    let gate = Gate::default();
    let (gate, enter) = (&gate, &enter);
    std::thread::scope(|scope| {
        let mut started = Vec::with_capacity(threads);
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .spawn_handler(|thread| {
                let builder = Builder::new().name(name(thread.index()));
                let handle = builder.spawn_scoped(scope, move || {
                    let _entered = enter(thread.index());
                    gate.arrive();
                    thread.run();
                })?;
                started.push(handle);
                Ok(())
            })
            .build();
        let done = match pool {
            Ok(pool) => in_time(gate, threads, READY_WITHIN).map(|()| work(&pool)),
            Err(error) => Err(TeamError::Refused {
                started: started.len(),
                wanted: threads,
                reason: error.to_string(),
            }),
        };
        // The pool is gone, or was never complete: its threads end.
        for thread in started {
            // One that panicked has nothing to give.
            _ = thread.join();
        }
        done
    })
}
