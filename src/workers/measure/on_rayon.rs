//! A rayon pool whose threads are ours, so that they can be joined: dropping a
//! pool only asks its threads to end.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::gate::Gate;
use super::jobs::Jobs;
use super::run::{NotStarted, ready, worker};

pub(super) fn run(workers: usize, jobs: &Arc<Jobs>) -> Result<(), NotStarted> {
    let threads = Mutex::new(Vec::with_capacity(workers));
    let gate = Arc::new(Gate::default());
    let built = build(workers, jobs, &gate, &threads);
    let refused = match built {
        Ok(pool) => {
            gate.wait_for(workers, ready());
            jobs.recorder.begin();
            // First in, first out, as in a queue: plain `spawn` would have a
            // worker begin with its last task.
            pool.scope_fifo(|scope| {
                for index in 0..jobs.count() {
                    scope.spawn_fifo(move |_| jobs.hold(index));
                }
            });
            Ok(())
        }
        Err(error) => {
            let started = lock(&threads).len();
            Err(NotStarted::new(started, &error))
        }
    };
    // The pool is gone, or was never complete: its threads end.
    for thread in lock(&threads).drain(..) {
        _ = thread.join();
    }
    refused
}

fn build(
    workers: usize,
    jobs: &Arc<Jobs>,
    gate: &Arc<Gate>,
    threads: &Mutex<Vec<JoinHandle<()>>>,
) -> Result<ThreadPool, ThreadPoolBuildError> {
    let builder = ThreadPoolBuilder::new().num_threads(workers);
    let builder = builder.spawn_handler(|thread| {
        let name = worker(thread.index() + 1);
        let (recorder, gate) = (jobs.recorder.clone(), Arc::clone(gate));
        let body = move || {
            let _at = recorder.enter(worker(thread.index() + 1));
            gate.arrive();
            thread.run();
        };
        lock(threads).push(thread::Builder::new().name(name).spawn(body)?);
        Ok(())
    });
    builder.build()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
