//! A multi-thread tokio runtime, whose threads are joined when it is dropped.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::jobs::Jobs;
use super::run::{LATE, NotStarted, worker};
use crate::team::{Deadline, Gate};

/// How long threads may take to start.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// How long the system may take to forget threads that have ended.
const FORGOTTEN: Duration = Duration::from_millis(500);

/// On a thread of its own: a cell with an `.await` is inside of a runtime
/// already, where another one must neither wait nor be dropped.
pub(super) fn run(workers: usize, jobs: &Arc<Jobs>) -> Result<(), NotStarted> {
    // Tokio hangs for ever if the system starts some of its threads only.
    try_threads(workers + 1)?;
    let (done, ended) = mpsc::channel();
    let ours = Arc::clone(jobs);
    let conductor = thread::Builder::new().name("tokio".to_owned());
    let conductor = conductor.spawn(move || done.send(conduct(workers, &ours)));
    let conductor = conductor.map_err(|error| NotStarted::new(0, &error))?;
    let longest = jobs.deadline.left().saturating_add(READY_WITHIN);
    let Ok(result) = ended.recv_timeout(longest) else {
        return Err(NotStarted::new(0, &"tokio could not start its threads"));
    };
    _ = conductor.join();
    result
}

/// Whether the system starts that many threads, which is one more than there
/// are workers.
fn try_threads(count: usize) -> Result<(), NotStarted> {
    let (before, gate) = (threads(), Gate::default());
    let result = thread::scope(|scope| {
        let closer = gate.closer();
        let started: Vec<_> = (0..count)
            .map(|_| thread::Builder::new().spawn_scoped(scope, || gate.pass()))
            .collect();
        drop(closer);
        let number = started.iter().filter(|thread| thread.is_ok()).count();
        let mut refused = None;
        for thread in started {
            match thread {
                Ok(thread) => _ = thread.join(),
                Err(error) => refused = Some(error),
            }
        }
        refused.map_or(Ok(()), |error| {
            Err(NotStarted::new(number.saturating_sub(1), &error))
        })
    });
    let forgotten = Deadline::after(FORGOTTEN);
    while threads() > before && !forgotten.has_passed() {
        thread::yield_now();
    }
    result
}

/// Threads of this process that the system knows of.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

fn conduct(workers: usize, jobs: &Arc<Jobs>) -> Result<(), NotStarted> {
    let gate = Arc::new(Gate::default());
    let runtime = build(workers, jobs, &gate).map_err(|error| NotStarted::new(0, &error))?;
    let started = gate.wait_for(workers, Deadline::after(READY_WITHIN));
    if started < workers {
        drop(runtime);
        return Err(NotStarted::new(started, &LATE));
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
    builder.build()
}
