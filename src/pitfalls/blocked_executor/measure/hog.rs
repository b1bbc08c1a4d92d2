//! The handler in the way, and where else it could go.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::Hog;
use super::event_loop::{event_loop, sleep_until};
use crate::machine::unit;
use crate::pitfalls::measure::MeasureError;
use crate::record::Recorder;
use crate::team::Deadline;
use crate::trace::TaskId;

/// A computation that is not done by then is ended.
const DEADLINE: Duration = Duration::from_secs(10);

/// Where the long part of the hog is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On the event loop's thread.
    InTheWay,
    /// On a thread for blocking calls (`tokio::task::spawn_blocking`).
    SpawnBlocking,
    /// On the event loop's thread, a millisecond at a time
    /// (`tokio::task::yield_now`), or awaited.
    GivingWay,
    /// On another event loop, with a thread of its own.
    OwnLoop,
}

/// A hog that has something to do.
#[derive(Debug, Clone)]
pub(super) struct Errand {
    pub(super) recorder: Recorder,
    pub(super) task: TaskId,
    pub(super) hog: Hog,
    pub(super) place: Place,
}

/// What the hog leaves.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// From when its request came to its answer.
    pub(super) time: Duration,
    /// A thread that has to be joined.
    pub(super) thread: Option<JoinHandle<()>>,
    /// A sentence, if it could not do all.
    pub(super) unfinished: Option<String>,
}

impl Errand {
    /// Waits until `start`, when its request comes, and does what it has to.
    pub(super) async fn run(self, start: Instant) -> Result<Done, MeasureError> {
        // A task of its own, so that it has its turns like everybody.
        let done = tokio::spawn(async move {
            self.recorder.future(self.task, sleep_until(start)).await;
            let (thread, unfinished) = match self.place {
                Place::InTheWay => (None, self.straight_on()),
                Place::GivingWay => (None, self.giving_way().await),
                Place::SpawnBlocking => (None, self.spawn_blocking().await?),
                Place::OwnLoop => self.on_own_loop().await?,
            };
            Ok(Done {
                time: start.elapsed(),
                thread,
                unfinished,
            })
        });
        done.await.unwrap_or_else(|error| Err(lost(&error)))
    }

    /// Keeps the thread until it is done.
    fn straight_on(&self) -> Option<String> {
        match self.hog {
            Hog::Computes(units) => {
                let compute = || {
                    let mut pieces = Pieces::of(units);
                    while pieces.next() {}
                    pieces.verdict()
                };
                self.recorder.run(self.task, compute)
            }
            Hog::Blocks(milliseconds) => {
                let wait = || std::thread::sleep(Duration::from_millis(milliseconds));
                self.recorder.blocked(self.task, wait);
                None
            }
        }
    }

    /// Gives the thread back after each piece.
    async fn giving_way(&self) -> Option<String> {
        match self.hog {
            Hog::Computes(units) => {
                let mut pieces = Pieces::of(units);
                while self.recorder.run(self.task, || pieces.next()) {
                    tokio::task::yield_now().await;
                }
                pieces.verdict()
            }
            Hog::Blocks(milliseconds) => {
                let wait = tokio::time::sleep(Duration::from_millis(milliseconds));
                self.recorder.future(self.task, wait).await;
                None
            }
        }
    }

    async fn spawn_blocking(&self) -> Result<Option<String>, MeasureError> {
        let errand = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _at = errand.recorder.enter("blocking thread");
            errand.straight_on()
        });
        done.await.map_err(|error| lost(&error))
    }

    async fn on_own_loop(&self) -> Result<(Option<JoinHandle<()>>, Option<String>), MeasureError> {
        let errand = self.clone();
        let (answer, answered) = oneshot::channel();
        let body = move || {
            let _at = errand.recorder.enter("second loop");
            let runtime = event_loop();
            let done = runtime.map(|runtime| runtime.block_on(async { errand.straight_on() }));
            // Nobody listens only if the first loop is gone.
            _ = answer.send(done);
        };
        let name = "second loop".to_owned();
        let thread = std::thread::Builder::new().name(name).spawn(body);
        let thread = thread.map_err(|error| MeasureError::Threads {
            started: 1,
            wanted: 2,
            reason: error.to_string(),
        })?;
        let done = answered.await.map_err(|error| lost(&error))?;
        Ok((Some(thread), done?))
    }
}

fn lost(error: &impl std::fmt::Display) -> MeasureError {
    MeasureError::Uncounted {
        reason: error.to_string(),
    }
}

/// A computation in pieces of a unit, about a millisecond each.
#[derive(Debug)]
struct Pieces {
    done: u64,
    units: u64,
    state: u64,
    deadline: Deadline,
}

const SEED: u64 = 17;

impl Pieces {
    fn of(units: u64) -> Self {
        Self {
            done: 0,
            units,
            state: SEED,
            deadline: Deadline::after(DEADLINE),
        }
    }

    /// Computes the next piece, and says whether there is another one.
    fn next(&mut self) -> bool {
        self.state = unit().compute(1, self.state);
        self.done += 1;
        self.done < self.units && !self.deadline.has_passed()
    }

    /// A sentence, if the computation is not whole or not right.
    fn verdict(&self) -> Option<String> {
        if self.state != unit().expected(self.done, SEED) {
            return Some("A computation had a wrong result, please report it.".to_owned());
        }
        (self.done < self.units).then(|| {
            format!(
                "The hog was ended after {} seconds, with {} of {} units computed.",
                DEADLINE.as_secs(),
                self.done,
                self.units
            )
        })
    }
}
