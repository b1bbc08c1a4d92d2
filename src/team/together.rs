//! Threads that begin at the same instant and are joined before the call
//! returns.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Crew, Deadline, Gate, Member, TeamError};
use crate::machine::PinError;

/// How long the threads of a run may take until all are ready to begin.
pub(super) const READY_WITHIN: Duration = Duration::from_secs(10);

/// Threads that are to begin together, and what may be missing.
#[derive(Debug, Clone)]
pub(crate) struct Team {
    members: Vec<Member>,
    may_be_fewer: bool,
    must_be_pinned: bool,
    /// How long they may take until all are there.
    pub(super) ready_within: Duration,
}

/// Who is not on the CPU that was meant, by number.
type Unpinned = Mutex<Vec<(usize, PinError)>>;

impl Team {
    /// All of `members`, or none. One that cannot be kept on its CPU runs
    /// anywhere, and the crew's notes say so.
    pub(crate) fn of(members: impl IntoIterator<Item = Member>) -> Self {
        Self {
            members: members.into_iter().collect(),
            may_be_fewer: false,
            must_be_pinned: false,
            ready_within: READY_WITHIN,
        }
    }

    /// So many workers, `worker 1`, `worker 2`, ... With `cpus`, the first is
    /// kept on the first of them, and so on, in turns where there are fewer.
    pub(crate) fn workers(number: usize, cpus: &[u16]) -> Self {
        let turns = cpus.iter().copied().map(Some).cycle();
        let places = turns.chain(std::iter::repeat(None)).take(number);
        let worker = |(number, cpu)| Member::new(format!("worker {number}")).on(cpu);
        Self::of((1..).zip(places).map(worker))
    }

    /// Where the system refuses a thread, those that it has started do the
    /// work, and the crew's notes say so. None at all is an error.
    pub(crate) fn or_fewer(mut self) -> Self {
        self.may_be_fewer = true;
        self
    }

    /// Who cannot be kept on its CPU is an error, before anybody begins.
    pub(crate) fn or_unpinned_fail(mut self) -> Self {
        self.must_be_pinned = true;
        self
    }

    /// Calls `prepare` and then `work` with 0, 1, .. on a thread for each
    /// member. Between the two all wait for each other; when they are there,
    /// `ready` is called, and they begin. What `prepare` returned stays on its
    /// thread and goes to `work`, which has to end by itself.
    ///
    /// # Errors
    ///
    /// [`TeamError`] when the system refuses a thread, or not all are there in
    /// time. Nobody works then, and every thread has ended.
    pub(crate) fn together<P, T: Send>(
        &self,
        prepare: impl Fn(usize) -> P + Sync,
        ready: impl FnOnce(),
        work: impl Fn(usize, P) -> T + Sync,
    ) -> Result<Crew<T>, TeamError> {
        self.beside(prepare, ready, work, || ())
    }

    /// [`Team::together`]; `beside` goes on meanwhile on the calling thread.
    pub(crate) fn beside<P, T: Send, B>(
        &self,
        prepare: impl Fn(usize) -> P + Sync,
        ready: impl FnOnce(),
        work: impl Fn(usize, P) -> T + Sync,
        beside: impl FnOnce() -> B,
    ) -> Result<Crew<T, B>, TeamError> {
        let (gate, unpinned) = (Gate::default(), Unpinned::default());
        let one = |number: usize, member: &Member| {
            let _pinned = member.take_place().unwrap_or_else(|error| {
                locked(&unpinned).push((number, error));
                None
            });
            let prepared = prepare(number);
            gate.arrive();
            gate.pass().then(|| work(number, prepared))
        };
        let one = &one;
        std::thread::scope(|scope| {
            let closer = gate.closer();
            let mut threads = Vec::with_capacity(self.members.len());
            let mut refused = None;
            for (number, member) in self.members.iter().enumerate() {
                let body = move || one(number, member);
                match member.thread().spawn_scoped(scope, body) {
                    Ok(thread) => threads.push(thread),
                    Err(error) => {
                        refused = Some(error.to_string());
                        break;
                    }
                }
            }
            let started = threads.len();
            let there = self.all_there(&gate, started, refused.as_ref(), &unpinned);
            let beside = there.map(|()| {
                ready();
                gate.open();
                beside()
            });
            drop(closer);
            // Joined one by one: the end of a scope does not wait for the
            // system to be done with a thread.
            let ended: Vec<_> = threads.into_iter().filter_map(|t| t.join().ok()).collect();
            Ok(Crew {
                beside: beside?,
                results: ended.into_iter().flatten().collect(),
                started,
                wanted: self.members.len(),
                refused,
                unpinned: self.names(&unpinned),
            })
        })
    }

    /// Waits until all of the `started` threads are there, if they may begin.
    fn all_there(
        &self,
        gate: &Gate,
        started: usize,
        refused: Option<&String>,
        unpinned: &Unpinned,
    ) -> Result<(), TeamError> {
        if let Some(reason) = refused
            && (started == 0 || !self.may_be_fewer)
        {
            return Err(TeamError::Refused {
                started,
                wanted: self.members.len(),
                reason: reason.clone(),
            });
        }
        in_time(gate, started, self.ready_within)?;
        match locked(unpinned).first() {
            Some((_, error)) if self.must_be_pinned => Err(TeamError::Unpinned(error.clone())),
            _ => Ok(()),
        }
    }

    fn names(&self, unpinned: &Unpinned) -> Vec<(String, PinError)> {
        let mut found = std::mem::take(&mut *locked(unpinned));
        found.sort_by_key(|(number, _)| *number);
        let name = |number: usize| self.members.get(number).map(|member| member.name.clone());
        let named = found.into_iter();
        named
            .filter_map(|(number, error)| Some((name(number)?, error)))
            .collect()
    }
}

/// Waits for so long until `all` are at the gate.
pub(super) fn in_time(gate: &Gate, all: usize, within: Duration) -> Result<(), TeamError> {
    let ready = gate.wait_for(all, Deadline::after(within));
    if ready >= all {
        return Ok(());
    }
    Err(TeamError::NotReady {
        ready,
        wanted: all,
        seconds: within.as_secs(),
    })
}

/// A list is whole at every instant, also if somebody panicked.
fn locked<T>(list: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
