//! A multi-thread tokio runtime, whose threads are joined when it is dropped.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::gate::Gate;
use super::jobs::Jobs;
use super::run::{NotStarted, ready, worker};

/// On a thread of its own: a cell with an `.await` is inside of a runtime
/// already, where another one must neither wait nor be dropped.
pub(super) fn run(workers: usize, jobs: &Arc<Jobs>) -> Result<(), NotStarted> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("tokio".to_owned());
        match builder.spawn_scoped(scope, || conduct(workers, jobs)) {
            Ok(thread) => thread.join().unwrap_or_else(|_| {
                let reason = "tokio could not start its threads";
                Err(NotStarted::new(0, &reason))
            }),
            Err(error) => Err(NotStarted::new(0, &error)),
        }
    })
}

fn conduct(workers: usize, jobs: &Arc<Jobs>) -> Result<(), NotStarted> {
    let gate = Arc::new(Gate::default());
    let runtime = build(workers, jobs, &gate).map_err(|error| NotStarted::new(0, &error))?;
    let started = gate.wait_for(workers, ready());
    if started < workers {
        drop(runtime);
        return Err(NotStarted::new(started, &"they did not start in time"));
    }
    jobs.recorder.begin();
    runtime.block_on(async {
        let spawn = |index| runtime.spawn(jobs.flow(index));
        let tasks: Vec<_> = (0..jobs.count()).map(spawn).collect();
        for task in tasks {
            _ = task.await;
        }
    });
    drop(runtime);
    Ok(())
}

fn build(
    workers: usize,
    jobs: &Arc<Jobs>,
    gate: &Arc<Gate>,
) -> io::Result<tokio::runtime::Runtime> {
    let number = AtomicUsize::new(0);
    let (joining, leaving) = (jobs.recorder.clone(), jobs.recorder.clone());
    let gate = Arc::clone(gate);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(workers)
        .thread_name("worker")
        .enable_time()
        .on_thread_start(move || {
            joining.join(worker(number.fetch_add(1, Ordering::Relaxed) + 1));
            gate.arrive();
        })
        .on_thread_stop(move || leaving.leave());
    // It panics where the system starts no thread.
    let built = catch_unwind(AssertUnwindSafe(|| builder.build()));
    built.unwrap_or_else(|_| Err(io::Error::other("tokio could not start its threads")))
}
