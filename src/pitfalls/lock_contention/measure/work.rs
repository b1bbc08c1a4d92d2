//! One run of all operations, behind one lock, several, or a share each.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::machine::{self, Unit, unit};
use crate::pitfalls::measure::MeasureError;
use crate::pitfalls::range::{real, wide};
use crate::record::Recorder;
use crate::team::{Deadline, Team};
use crate::trace::{SpanKind, TaskId, Trace};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) operations: usize,
    /// Microseconds of computation outside of the lock.
    pub(super) outside: u64,
    /// Microseconds of computation inside of the lock.
    pub(super) inside: u64,
    pub(super) workers: usize,
    pub(super) locks: Locks,
}

/// Who shares a lock with whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locks {
    /// All workers.
    One,
    /// An operation needs one of so many locks: that of its part of the data.
    Sharded(usize),
    /// Nobody: each worker adds to its own share, and merges it under the one
    /// lock in the end.
    ShareEach,
}

/// What a lock protects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Total {
    operations: u64,
    /// Of all results, modulo 2^64.
    sum: u64,
}

/// A run that is over.
#[derive(Debug)]
pub(super) struct Once {
    pub(super) trace: Trace,
    /// How many operations were done: all, unless the time was up.
    pub(super) operations: usize,
    /// Whether the total is what these operations add up to.
    pub(super) is_right: bool,
    pub(super) notes: Vec<String>,
}

impl Once {
    /// Wall-clock time for each operation, in nanoseconds. Its inverse is the
    /// throughput, and it can be compared also if the time was up.
    pub(super) fn time(&self) -> f64 {
        real(self.trace.makespan()) / real(wide(self.operations.max(1)))
    }
}

/// Computation that takes about a microsecond here.
pub(super) fn microsecond() -> Unit {
    Unit::of_rounds(unit().rounds() / 1_000)
}

pub(super) fn once(title: &str, plan: Plan, deadline: Deadline) -> Result<Once, MeasureError> {
    let recorder = Recorder::new(title);
    let shared = Shared::new(plan, &recorder, deadline);
    // One worker goes where there is room. Several would often be started on
    // one CPU, and stay there for a run as short as this.
    let cpus = match plan.workers {
        1 => Vec::new(),
        _ => machine::allowed(),
    };
    let team = Team::workers(plan.workers, &cpus).or_fewer();
    let crew = team.together(
        |_| (),
        || recorder.begin(),
        |number, ()| {
            let _at = recorder.enter(format!("worker {}", number + 1));
            shared.work(number);
        },
    )?;
    let taken = shared.next.load(Ordering::Relaxed);
    let operations = taken.min(plan.operations);
    Ok(Once {
        is_right: shared.total() == expected(plan, operations),
        trace: recorder.finish(),
        operations,
        notes: crew.notes(),
    })
}

/// What all workers of a run see.
struct Shared<'a> {
    plan: Plan,
    unit: Unit,
    deadline: Deadline,
    recorder: &'a Recorder,
    tasks: Vec<TaskId>,
    merges: Vec<TaskId>,
    /// The first operation that nobody has taken.
    next: AtomicUsize,
    parts: Vec<Mutex<Total>>,
}

impl<'a> Shared<'a> {
    fn new(plan: Plan, recorder: &'a Recorder, deadline: Deadline) -> Self {
        let tasks = (1..=plan.operations).map(|number| recorder.task(format!("op {number}")));
        let tasks = tasks.collect();
        let (parts, merges) = match plan.locks {
            Locks::One => (1, 0),
            Locks::Sharded(parts) => (parts.max(1), 0),
            Locks::ShareEach => (1, plan.workers),
        };
        Self {
            plan,
            unit: microsecond(),
            deadline,
            recorder,
            tasks,
            merges: (1..=merges)
                .map(|number| recorder.task(format!("merge {number}")))
                .collect(),
            next: AtomicUsize::new(0),
            parts: (0..parts).map(|_| Mutex::default()).collect(),
        }
    }

    /// Takes operations until there are no more, or the time is up. Whoever
    /// takes one also does it.
    fn work(&self, worker: usize) {
        let mut own = Total::default();
        while !self.deadline.has_passed() {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(&task) = self.tasks.get(number) else {
                break;
            };
            let began = self.recorder.now();
            let half = self.unit.compute(self.plan.outside, wide(number));
            if self.plan.locks == Locks::ShareEach {
                own.add(self.unit.compute(self.plan.inside, half));
                self.wrote(task, SpanKind::Run, began, self.recorder.now());
            } else if let Some(part) = self.parts.get(number % self.parts.len()) {
                self.add_behind_lock(task, began, half, part);
            }
        }
        if let (Some(&task), Some(part)) = (self.merges.get(worker), self.parts.first()) {
            self.merge(task, own, part);
        }
    }

    fn add_behind_lock(&self, task: TaskId, began: u64, half: u64, part: &Mutex<Total>) {
        let asked = self.recorder.now();
        let mut total = locked(part);
        let entered = self.recorder.now();
        total.add(self.unit.compute(self.plan.inside, half));
        let done = self.recorder.now();
        drop(total);
        // Written down outside of the lock, so as not to lengthen it.
        self.wrote(task, SpanKind::Run, began, asked);
        self.wrote(task, SpanKind::Blocked, asked, entered);
        self.wrote(task, SpanKind::Run, entered, done);
    }

    /// Merging takes as long as an operation is inside.
    fn merge(&self, task: TaskId, own: Total, part: &Mutex<Total>) {
        let asked = self.recorder.now();
        let mut total = locked(part);
        let entered = self.recorder.now();
        std::hint::black_box(self.unit.compute(self.plan.inside, own.sum));
        total.operations = total.operations.wrapping_add(own.operations);
        total.sum = total.sum.wrapping_add(own.sum);
        let done = self.recorder.now();
        drop(total);
        self.wrote(task, SpanKind::Blocked, asked, entered);
        self.wrote(task, SpanKind::Run, entered, done);
    }

    fn wrote(&self, task: TaskId, kind: SpanKind, start: u64, end: u64) {
        self.recorder.note_span(task, kind, start, end);
    }

    fn total(&self) -> Total {
        let parts = self.parts.iter().map(|part| *locked(part));
        parts.fold(Total::default(), |sum, part| Total {
            operations: sum.operations.wrapping_add(part.operations),
            sum: sum.sum.wrapping_add(part.sum),
        })
    }
}

impl Total {
    fn add(&mut self, result: u64) {
        self.operations += 1;
        self.sum = self.sum.wrapping_add(result);
    }
}

/// What the first `operations` add up to, without computing round by round.
fn expected(plan: Plan, operations: usize) -> Total {
    let unit = microsecond();
    let mut total = Total::default();
    for number in 0..operations {
        total.add(unit.expected(plan.outside + plan.inside, wide(number)));
    }
    total
}

/// What is behind a lock is whole at every instant, also if somebody panicked.
fn locked(part: &Mutex<Total>) -> MutexGuard<'_, Total> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}
