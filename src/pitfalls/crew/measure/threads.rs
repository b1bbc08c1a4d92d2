//! Threads of one run: they begin together, each on its CPU if that may be,
//! and all have ended when the call returns.

use std::num::NonZero;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

use super::limit::RunError;
use crate::machine::{self, PinError};
use crate::pitfalls::comparison::counted;
use crate::pitfalls::range::wide;

/// What threads that worked together have to say.
#[derive(Debug)]
pub(in crate::pitfalls) struct Crew<T> {
    /// What each thread returned, in the order of their numbers.
    pub(in crate::pitfalls) results: Vec<T>,
    /// What the system did not grant, in sentences.
    pub(in crate::pitfalls) notes: Vec<String>,
}

/// Calls `work` with 0, 1, .. on that many `threads`, which begin as soon as
/// all of them are there and `ready` has returned. With `cpus`, thread k is
/// kept on the k-th of them, and on the first again after the last.
///
/// Where the system refuses a thread, those that it has started do the work,
/// and a note says so.
pub(in crate::pitfalls) fn together<T: Send>(
    threads: usize,
    cpus: &[u16],
    ready: impl FnOnce(),
    work: impl Fn(usize) -> T + Sync,
) -> Result<Crew<T>, RunError> {
    assemble(threads, cpus, |_| None, ready, work)
}

/// [`together`], with stacks of so many bytes.
pub(super) fn assemble<T: Send>(
    threads: usize,
    cpus: &[u16],
    stack: impl Fn(usize) -> Option<NonZero<usize>>,
    ready: impl FnOnce(),
    work: impl Fn(usize) -> T + Sync,
) -> Result<Crew<T>, RunError> {
    let gate = Gate::default();
    let one = |number: usize| {
        let pinned = place(cpus, number);
        gate.pass();
        let done = work(number);
        (done, pinned.err().map(|refused| refused.to_string()))
    };
    let (gate, one) = (&gate, &one);
    std::thread::scope(|scope| {
        let mut started = Vec::with_capacity(threads);
        let mut refused = None;
        for number in 0..threads {
            let mut builder = Builder::new().name(format!("worker {}", number + 1));
            if let Some(bytes) = stack(number) {
                builder = builder.stack_size(bytes.get());
            }
            match builder.spawn_scoped(scope, move || one(number)) {
                Ok(handle) => started.push(handle),
                Err(error) => {
                    refused = Some(error.to_string());
                    break;
                }
            }
        }
        gate.open(started.len(), ready);
        let there = started.len();
        // Joined one by one: a scope alone waits for the work and not for the
        // end of the threads.
        let ended = started.into_iter().filter_map(|handle| handle.join().ok());
        let (results, pinning): (Vec<T>, Vec<_>) = ended.unzip();
        let mut notes: Vec<String> = pinning.into_iter().flatten().take(1).collect();
        for note in &mut notes {
            *note = format!("Threads were not kept on CPUs of their own: {note}.");
        }
        match refused {
            Some(reason) if there == 0 => return Err(RunError::NoThread { reason }),
            Some(reason) => notes.push(format!(
                "The system started {} of {threads}, then it refused: {reason}.",
                counted(wide(there), "thread")
            )),
            None => {}
        }
        Ok(Crew { results, notes })
    })
}

/// Keeps the calling thread, number `number`, on its CPU.
fn place(cpus: &[u16], number: usize) -> Result<Option<machine::Pinned>, PinError> {
    let Some(&cpu) = cpus.get(number % cpus.len().max(1)) else {
        return Ok(None);
    };
    machine::pin(&[cpu]).map(Some)
}

/// Where threads wait for each other before they begin.
#[derive(Debug, Default)]
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: usize,
    open: bool,
}

impl Gate {
    fn pass(&self) {
        let mut state = self.lock();
        state.waiting += 1;
        self.changed.notify_all();
        let shut = self.changed.wait_while(state, |state| !state.open);
        drop(shut.unwrap_or_else(PoisonError::into_inner));
    }

    /// Opens when `all` wait. Each of them has been started and comes.
    fn open(&self, all: usize, ready: impl FnOnce()) {
        let few = self
            .changed
            .wait_while(self.lock(), |state| state.waiting < all);
        let mut state = few.unwrap_or_else(PoisonError::into_inner);
        ready();
        state.open = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
