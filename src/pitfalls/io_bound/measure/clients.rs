//! Those who ask the backend: threads that sit through their waits, or one
//! thread with an event loop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::backend::{Backend, Offer, open};
use crate::machine::unit;
use crate::pitfalls::io_bound::Service;
use crate::pitfalls::measure::MeasureError;
use crate::pitfalls::range::{real, wide};
use crate::record::Recorder;
use crate::team::{Deadline, Team, alone};
use crate::trace::{TaskId, Trace};

/// Who asks, and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) requests: usize,
    pub(super) asking: Asking,
    /// Milliseconds of computing and of latency; places.
    pub(super) service: Service,
    /// Requests that the backend answers in one visit.
    pub(super) batch: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    /// So many threads.
    Threads(usize),
    /// One thread with a tokio runtime on it.
    EventLoop,
}

/// Requests to a real backend, made in one way.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The run, in nanoseconds. The threads of the backend are not in it: they
    /// stand for another machine.
    pub trace: Trace,
    /// How many requests were answered: all, unless the time was up.
    pub answered: usize,
    /// How many places the backend had.
    pub places: usize,
    /// How long the backend took for a visit, on average, in nanoseconds.
    pub latency: f64,
    batch: usize,
    asked: Duration,
    is_right: bool,
}

impl Answered {
    /// Answers per second; 0 where there were none.
    #[must_use]
    pub fn throughput(&self) -> f64 {
        match self.trace.makespan() {
            0 => 0.0,
            time => real(wide(self.answered)) * 1e9 / real(time),
        }
    }

    /// The most that the backend answers per second, whoever asks: its places
    /// times what comes in one visit, by the latency that it was given. No
    /// visit is shorter than that.
    #[must_use]
    pub fn limit(&self) -> f64 {
        let seconds = self.asked.as_secs_f64();
        if seconds <= 0.0 {
            return f64::NAN;
        }
        real(wide(self.places)) * real(wide(self.batch)) / seconds
    }

    /// Whether every answered request had computed what it had to.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.is_right
    }

    pub(super) fn nothing(title: &str) -> Self {
        let note = "Nothing was measured.";
        Self {
            trace: Trace::empty(crate::trace::Origin::Measured, title, "ns", note),
            answered: 0,
            places: 0,
            latency: 0.0,
            batch: 1,
            asked: Duration::ZERO,
            is_right: true,
        }
    }
}

/// One run. What the system did not grant goes to `notes`.
pub(super) fn ask(
    title: &str,
    plan: Plan,
    deadline: Deadline,
    notes: &mut Vec<String>,
) -> Result<Answered, MeasureError> {
    let recorder = Recorder::new(title);
    let tasks: Vec<TaskId> = (1..=plan.requests)
        .map(|number| recorder.task(format!("r{number}")))
        .collect();
    let latency = Duration::from_millis(plan.service.latency);
    let offer = Offer {
        places: plan.service.capacity,
        latency,
        batch: plan.batch,
        requests: plan.requests,
        deadline,
    };
    let (asked, served) = open(offer, notes, |backend| {
        let clients = Clients {
            plan,
            recorder: &recorder,
            tasks: &tasks,
            backend,
            deadline,
        };
        match plan.asking {
            Asking::Threads(threads) => clients.threads(threads),
            Asking::EventLoop => clients.event_loop(),
        }
    })?;
    let (outcome, refused) = asked?;
    notes.extend(refused);
    Ok(Answered {
        trace: recorder.finish(),
        answered: outcome.answered,
        places: served.places,
        latency: real(served.busy) / real(served.visits.max(1)),
        batch: plan.batch,
        asked: latency,
        is_right: outcome.wrong == 0,
    })
}

struct Clients<'a> {
    plan: Plan,
    recorder: &'a Recorder,
    tasks: &'a [TaskId],
    backend: &'a Arc<Backend>,
    deadline: Deadline,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Outcome {
    answered: usize,
    wrong: usize,
}

type Asked = Result<(Outcome, Vec<String>), MeasureError>;

impl Clients<'_> {
    /// Each thread takes a request, computes, asks, and sits through the wait.
    fn threads(&self, threads: usize) -> Asked {
        let next = AtomicUsize::new(0);
        let team = Team::workers(threads, &[]).or_fewer();
        let crew = team.together(
            |_| (),
            || self.recorder.begin(),
            |number, ()| {
                let _at = self.recorder.enter(format!("thread {}", number + 1));
                let mut outcome = Outcome::default();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&task) = self.tasks.get(number) else {
                        break;
                    };
                    if self.deadline.has_passed() {
                        self.backend.give_up();
                        continue;
                    }
                    let right = self.recorder.run(task, || compute(self.plan, number));
                    let wait = || self.backend.ask().blocking_recv().is_ok();
                    outcome.count(self.recorder.blocked(task, wait), right);
                }
                outcome
            },
        )?;
        let notes = crew.notes();
        Ok((Outcome::sum(crew.results), notes))
    }

    /// One thread takes up the next request while the others wait.
    fn event_loop(&self) -> Asked {
        let outcome = alone("event loop", || {
            self.recorder.begin();
            let _at = self.recorder.enter("event loop");
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            let runtime = runtime.map_err(|error| MeasureError::Runtime {
                reason: error.to_string(),
            })?;
            Ok::<Outcome, MeasureError>(runtime.block_on(self.overlapped()))
        })??;
        Ok((outcome, Vec::new()))
    }

    async fn overlapped(&self) -> Outcome {
        let requests = self.tasks.iter().enumerate();
        let requests: Vec<_> = requests
            .map(|(number, &task)| {
                let (plan, deadline) = (self.plan, self.deadline);
                let backend = Arc::clone(self.backend);
                tokio::spawn(self.recorder.future(task, async move {
                    if deadline.has_passed() {
                        backend.give_up();
                        return None;
                    }
                    let right = compute(plan, number);
                    Some((backend.ask().await.is_ok(), right))
                }))
            })
            .collect();
        let mut outcome = Outcome::default();
        for request in requests {
            if let Ok(Some((answered, right))) = request.await {
                outcome.count(answered, right);
            }
        }
        outcome
    }
}

impl Outcome {
    fn count(&mut self, answered: bool, right: bool) {
        self.answered += usize::from(answered);
        self.wrong += usize::from(!right);
    }

    fn sum(all: Vec<Self>) -> Self {
        all.into_iter().fold(Self::default(), |sum, one| Self {
            answered: sum.answered + one.answered,
            wrong: sum.wrong + one.wrong,
        })
    }
}

/// Computes for request `number`; whether the result is right.
fn compute(plan: Plan, number: usize) -> bool {
    let (unit, units) = (unit(), plan.service.compute);
    unit.compute(units, wide(number)) == unit.expected(units, wide(number))
}
