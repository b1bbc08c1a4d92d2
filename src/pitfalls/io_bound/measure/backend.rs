//! A backend of fixed capacity: as many threads as it has places, each of
//! which takes a request off one queue and really waits before it answers.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::pitfalls::comparison::counted;
use crate::pitfalls::measure::MeasureError;
use crate::pitfalls::range::wide;
use crate::team::{Deadline, Member, Team};

/// What a backend is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    /// How many visits it works on at once.
    pub(super) places: usize,
    /// How long each visit takes.
    pub(super) latency: Duration,
    /// How many requests come in one visit.
    pub(super) batch: usize,
    /// How many requests will come in all.
    pub(super) requests: usize,
    /// After this, requests are turned away.
    pub(super) deadline: Deadline,
}

/// The side that clients see.
#[derive(Debug)]
pub(super) struct Backend {
    offer: Offer,
    state: Mutex<State>,
    changed: Condvar,
    /// Time of all visits, in nanoseconds.
    busy: AtomicU64,
    visits: AtomicU64,
}

#[derive(Debug)]
struct State {
    /// Visits that wait for a place, each with those who wait for the answer.
    queue: VecDeque<Vec<oneshot::Sender<()>>>,
    /// Requests of a visit that is not full yet.
    gathering: Vec<oneshot::Sender<()>>,
    /// Requests that have neither been made nor given up.
    to_come: usize,
    is_closed: bool,
}

/// What a backend did while it was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Service {
    /// Places: fewer than asked for where the system refused threads.
    pub(super) places: usize,
    /// Visits that were answered.
    pub(super) visits: u64,
    /// Time of all visits, in nanoseconds.
    pub(super) busy: u64,
}

/// Opens a backend, calls `clients` with it, and closes it. Its threads have
/// ended when this returns. What the system did not grant goes to `notes`.
pub(super) fn open<T>(
    offer: Offer,
    notes: &mut Vec<String>,
    clients: impl FnOnce(&Arc<Backend>) -> T,
) -> Result<(T, Service), MeasureError> {
    let backend = Arc::new(Backend::new(offer));
    let place = |number| Member::new(format!("place {number}"));
    let team = Team::of((1..=offer.places).map(place)).or_fewer();
    let crew = team.beside(
        |_| (),
        || (),
        |_, ()| backend.serve(),
        || {
            // Closed also if `clients` panics: its places are waited for.
            let _closing = Closing(&backend);
            clients(&backend)
        },
    )?;
    if let Some(reason) = crew.refused {
        notes.push(format!(
            "The backend has {} instead of {}: the system refused a thread, {reason}.",
            counted(wide(crew.started), "place"),
            offer.places
        ));
    }
    let service = Service {
        places: crew.started,
        visits: backend.visits.load(Ordering::Relaxed),
        busy: backend.busy.load(Ordering::Relaxed),
    };
    Ok((crew.beside, service))
}

impl Backend {
    fn new(offer: Offer) -> Self {
        Self {
            offer,
            state: Mutex::new(State {
                queue: VecDeque::new(),
                gathering: Vec::new(),
                to_come: offer.requests,
                is_closed: false,
            }),
            changed: Condvar::new(),
            busy: AtomicU64::new(0),
            visits: AtomicU64::new(0),
        }
    }

    /// Makes a request. The answer comes when its visit is over; an error
    /// comes instead if the backend turns it away.
    pub(super) fn ask(&self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.lock();
        state.gathering.push(sender);
        self.came(&mut state);
        receiver
    }

    /// One of the requests will not be made.
    pub(super) fn give_up(&self) {
        self.came(&mut self.lock());
    }

    fn came(&self, state: &mut State) {
        state.to_come = state.to_come.saturating_sub(1);
        let is_full = state.gathering.len() >= self.offer.batch || state.to_come == 0;
        if is_full && !state.gathering.is_empty() {
            let visit = std::mem::take(&mut state.gathering);
            state.queue.push_back(visit);
            self.changed.notify_one();
        }
    }

    /// What one place does until the backend closes.
    fn serve(&self) {
        while let Some(visit) = self.next() {
            if self.offer.deadline.has_passed() {
                // Dropping the senders turns them away.
                continue;
            }
            let began = Instant::now();
            std::thread::sleep(self.offer.latency);
            let took = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.busy.fetch_add(took, Ordering::Relaxed);
            self.visits.fetch_add(1, Ordering::Relaxed);
            for request in visit {
                // Whoever asked may have gone.
                _ = request.send(());
            }
        }
    }

    fn next(&self) -> Option<Vec<oneshot::Sender<()>>> {
        let empty = |state: &mut State| state.queue.is_empty() && !state.is_closed;
        let state = self.changed.wait_while(self.lock(), empty);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.queue.pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the backend when dropped: its places end when the queue is empty.
struct Closing<'a>(&'a Backend);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.lock().is_closed = true;
        self.0.changed.notify_all();
    }
}
