//! Threads that start at the same instant and are joined before the call
//! returns.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, ScopedJoinHandle};
use std::time::Duration;

use super::MeasureError;
use crate::machine;
use crate::record::Recorder;

/// How long all threads together may take until they are ready to start.
const READY_WITHIN: Duration = Duration::from_secs(10);

/// A thread of a team.
#[derive(Debug, Clone)]
pub(in crate::pitfalls) struct Member {
    /// Its name as a worker of the recording.
    pub(in crate::pitfalls) name: String,
    /// The CPU that it is kept on; any if `None`.
    pub(in crate::pitfalls) cpu: Option<u16>,
}

/// Calls `work` with the numbers 0, 1, .. on a thread for each of `members`,
/// each of which is a worker of `recorder`. All start when all are ready,
/// which is when the recording begins; `meanwhile` goes on beside them on the
/// calling thread. Everybody has left the recording, and every thread has
/// ended, when this returns. Members that cannot be kept on their CPUs run
/// anyway, and a note of the recording says so.
///
/// `work` has to end by itself. What it returned comes in the order of the
/// members.
pub(in crate::pitfalls) fn together<T: Send>(
    recorder: &Recorder,
    members: &[Member],
    work: impl Fn(usize) -> T + Sync,
    meanwhile: impl FnOnce(),
) -> Result<Vec<T>, MeasureError> {
    let gate = Gate::default();
    let member = |number: usize, member: &Member| {
        let pinned = member.cpu.map(|cpu| machine::pin(&[cpu])).transpose();
        if let Err(error) = &pinned {
            let name = &member.name;
            recorder.note(format!("{name} ran wherever the system put it: {error}."));
        }
        let _at = recorder.enter(member.name.clone());
        let go = gate.wait();
        go.then(|| work(number))
    };
    let member = &member;
    std::thread::scope(|scope| {
        // Whatever happens here, nobody is left at the gate.
        let closer = Closer(&gate);
        let mut threads: Vec<ScopedJoinHandle<'_, _>> = Vec::with_capacity(members.len());
        let mut refused = None;
        for (number, who) in members.iter().enumerate() {
            let body = move || member(number, who);
            match Builder::new()
                .name(who.name.clone())
                .spawn_scoped(scope, body)
            {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    refused = Some(MeasureError::Threads {
                        started: number,
                        wanted: members.len(),
                        reason: error.to_string(),
                    });
                    break;
                }
            }
        }
        let refused = refused.map_or_else(|| gate.all_ready(members.len()), Err);
        if refused.is_ok() {
            recorder.begin();
            gate.open(true);
            meanwhile();
        }
        drop(closer);
        // Joined one by one: the end of a scope does not wait for the system
        // to be done with a thread.
        let ended: Vec<_> = threads.into_iter().filter_map(|t| t.join().ok()).collect();
        refused?;
        Ok(ended.into_iter().flatten().collect())
    })
}

/// Where threads wait until all are there.
#[derive(Debug, Default)]
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    ready: usize,
    /// Whether those who wait go through, or home.
    open: Option<bool>,
}

impl Gate {
    /// Waits until the gate is opened. A [`Closer`] sees to it that it is.
    fn wait(&self) -> bool {
        let mut state = self.lock();
        state.ready += 1;
        self.changed.notify_all();
        let state = self.changed.wait_while(state, |state| state.open.is_none());
        let state = state.unwrap_or_else(PoisonError::into_inner);
        state.open == Some(true)
    }

    fn all_ready(&self, wanted: usize) -> Result<(), MeasureError> {
        let state = self.lock();
        let missing = |state: &mut State| state.ready < wanted;
        let state = self
            .changed
            .wait_timeout_while(state, READY_WITHIN, missing);
        let (state, late) = state.unwrap_or_else(PoisonError::into_inner);
        if late.timed_out() {
            return Err(MeasureError::NotReady {
                ready: state.ready,
                wanted,
                seconds: READY_WITHIN.as_secs(),
            });
        }
        Ok(())
    }

    fn open(&self, go: bool) {
        self.lock().open.get_or_insert(go);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends home whoever is still at the gate when it goes.
struct Closer<'a>(&'a Gate);

impl Drop for Closer<'_> {
    fn drop(&mut self) {
        self.0.open(false);
    }
}
