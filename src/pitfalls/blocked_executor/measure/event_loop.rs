//! A current-thread runtime of tokio with bystanders on it, and a hog.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use super::delays::Delays;
use super::hog::{Errand, Place};
use super::{Hog, Stall};
use crate::pitfalls::measure::MeasureError;
use crate::record::Recorder;
use crate::team::alone;
use crate::trace::TaskId;

/// Each bystander wants to be polled so often.
pub(super) const INTERVAL: Duration = Duration::from_millis(10);
/// So long it is quiet before the hog and after it.
const QUIET: Duration = Duration::from_millis(60);

/// An event loop to be run.
pub(super) struct EventLoop<'a> {
    pub(super) title: &'a str,
    pub(super) bystanders: usize,
    pub(super) hog: Hog,
    /// Where the hog does what it does; nowhere if there is none.
    pub(super) place: Option<Place>,
}

/// What came out of the loop's thread.
struct Night {
    delays: Vec<u64>,
    hog: Duration,
    unfinished: Option<String>,
}

impl EventLoop<'_> {
    /// Runs it on a thread of its own: the caller may be within a runtime,
    /// where another one cannot be started.
    pub(super) fn run(&self) -> Result<Stall, MeasureError> {
        let recorder = Recorder::new(self.title);
        let hog = self
            .place
            .map(|_| recorder.task(super::super::simulate::HOG));
        let bystanders: Vec<TaskId> = (1..=self.bystanders)
            .map(|number| recorder.task(format!("b{number}")))
            .collect();
        let night = alone("event loop", || {
            recorder.begin();
            let _at = recorder.enter("event loop");
            self.night(&recorder, hog, &bystanders)
        })??;
        if let Some(sentence) = night.unfinished {
            recorder.note(sentence);
        }
        let interval = u64::try_from(INTERVAL.as_nanos()).unwrap_or(u64::MAX);
        Ok(Stall {
            delays: Delays::of(night.delays, interval)?,
            hog: nanoseconds(night.hog),
            trace: recorder.finish(),
        })
    }

    fn night(
        &self,
        recorder: &Recorder,
        hog: Option<TaskId>,
        bystanders: &[TaskId],
    ) -> Result<Night, MeasureError> {
        let runtime = event_loop()?;
        let errand = hog.zip(self.place).map(|(task, place)| Errand {
            recorder: recorder.clone(),
            task,
            hog: self.hog,
            place,
        });
        let night = runtime.block_on(self.turns(recorder, errand, bystanders));
        // Waits for the threads of `spawn_blocking`.
        drop(runtime);
        night
    }

    /// The night: everybody on the loop, from dusk to dawn.
    async fn turns(
        &self,
        recorder: &Recorder,
        errand: Option<Errand>,
        bystanders: &[TaskId],
    ) -> Result<Night, MeasureError> {
        let dusk = Instant::now() + Duration::from_millis(1);
        let dawn = Arc::new(AtomicBool::new(false));
        let asleep: Vec<_> = (0..)
            .zip(bystanders)
            .map(|(number, &task)| {
                // Spread over the interval, as independent clients are.
                let share = INTERVAL * number / u32::try_from(bystanders.len()).unwrap_or(1).max(1);
                let bystander = bystander(dusk + share, Arc::clone(&dawn));
                tokio::spawn(recorder.future(task, bystander))
            })
            .collect();
        let done = match errand {
            Some(errand) => errand.run(dusk + QUIET).await?,
            None => {
                let length = Duration::from_millis(self.hog.length());
                sleep_until(dusk + QUIET + length).await;
                super::hog::Done::default()
            }
        };
        sleep_until(Instant::now() + QUIET).await;
        dawn.store(true, Ordering::Release);
        let mut delays = Vec::with_capacity(asleep.len() * 32);
        for bystander in asleep {
            delays.extend(bystander.await.unwrap_or_default());
        }
        if let Some(thread) = done.thread {
            // It has sent its answer and is on its way out.
            _ = thread.join();
        }
        Ok(Night {
            delays,
            hog: done.time,
            unfinished: done.unfinished,
        })
    }
}

/// Wants to be polled at `due` and every [`INTERVAL`] after it, until dawn, and
/// returns how late it was each time, in nanoseconds. What it has missed
/// altogether it does not make up for: [`Delays`] counts that in.
async fn bystander(mut due: Instant, dawn: Arc<AtomicBool>) -> Vec<u64> {
    let mut delays = Vec::with_capacity(32);
    while !dawn.load(Ordering::Acquire) {
        sleep_until(due).await;
        let now = Instant::now();
        delays.push(nanoseconds(now.saturating_duration_since(due)));
        while due <= now {
            due += INTERVAL;
        }
    }
    delays
}

pub(super) async fn sleep_until(instant: Instant) {
    tokio::time::sleep_until(instant.into()).await;
}

/// A runtime on the calling thread.
pub(super) fn event_loop() -> Result<Runtime, MeasureError> {
    let runtime = Builder::new_current_thread().enable_time().build();
    runtime.map_err(|error| MeasureError::Runtime {
        reason: error.to_string(),
    })
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
