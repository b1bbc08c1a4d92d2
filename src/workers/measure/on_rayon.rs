//! A rayon pool.

use super::jobs::Jobs;
use super::run::{NotStarted, worker};
use crate::team::with_pool;

pub(super) fn run(workers: usize, jobs: &Jobs) -> Result<(), NotStarted> {
    let name = |number| worker(number + 1);
    let enter = |number| jobs.recorder.enter(name(number));
    with_pool(workers, name, enter, |pool| {
        jobs.recorder.begin();
        // First in, first out, as in a queue: plain `spawn` would have a
        // worker begin with its last task.
        pool.scope_fifo(|scope| {
            for index in 0..jobs.count() {
                scope.spawn_fifo(move |_| jobs.hold(index));
            }
        });
    })?;
    Ok(())
}
