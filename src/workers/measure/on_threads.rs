//! Plain threads that take the next task from a shared counter.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::jobs::Jobs;
use super::run::{NotStarted, worker};
use crate::team::Team;

pub(super) fn run(workers: usize, jobs: &Jobs) -> Result<(), NotStarted> {
    let next = AtomicUsize::new(0);
    let team = Team::workers(workers, &[]);
    team.together(
        |number| jobs.recorder.enter(worker(number + 1)),
        || jobs.recorder.begin(),
        |_, _at| {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= jobs.count() {
                    return;
                }
                jobs.hold(index);
            }
        },
    )?;
    Ok(())
}
