//! Plain threads that take the next task from a shared counter.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::gate::Gate;
use super::jobs::Jobs;
use super::run::{NotStarted, ready, worker};

pub(super) fn run(workers: usize, jobs: &Jobs) -> Result<(), NotStarted> {
    let (gate, next) = (Gate::default(), AtomicUsize::new(0));
    let work = |number: usize| {
        let _at = jobs.recorder.enter(worker(number));
        gate.arrive();
        if !gate.pass() {
            return;
        }
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= jobs.count() {
                return;
            }
            jobs.hold(index);
        }
    };
    thread::scope(|scope| {
        let mut threads = Vec::with_capacity(workers);
        let mut refused = None;
        for number in 1..=workers {
            let builder = thread::Builder::new().name(worker(number));
            let work = &work;
            match builder.spawn_scoped(scope, move || work(number)) {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    refused = Some(NotStarted::new(number - 1, &error));
                    break;
                }
            }
        }
        if refused.is_none() {
            gate.wait_for(workers, ready());
            jobs.recorder.begin();
        }
        gate.decide(refused.is_none());
        for thread in threads {
            // A worker computes and waits; nothing in it panics.
            _ = thread.join();
        }
        refused.map_or(Ok(()), Err)
    })
}
