//! The simulated run of an experiment: what should happen.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};

use super::plan::{Plan, Step};
use super::run::{title, worker};
use crate::trace::{Origin, Span, SpanKind, TaskId, Trace, WorkerId};

/// Nanoseconds of a unit.
const UNIT: u64 = 1_000_000;

/// What happens next, at its time; of what happens at the same time, a worker
/// becomes free first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Free(WorkerId),
    /// A task has waited and goes on with this step.
    Ready(TaskId, usize),
}

/// `plan` on workers that have a CPU each; in nanoseconds.
pub(super) fn simulate(plan: &Plan, notes: Vec<String>) -> Trace {
    let mut run = Trace::simulated(title(plan));
    run.unit("ns");
    for index in 0..plan.tasks {
        run.task(format!("task {}", index + 1));
    }
    for number in 1..=plan.workers {
        run.worker(worker(number));
    }
    run.spans(spans(plan));
    for note in notes {
        run.note(note);
    }
    run.build().unwrap_or_else(|error| {
        let note = format!("Nothing was simulated, please report it: {error}.");
        Trace::empty(Origin::Simulated, &title(plan), "ns", note)
    })
}

fn spans(plan: &Plan) -> Vec<Span> {
    let mut ready: VecDeque<(TaskId, usize)> = (0..plan.tasks).map(|n| (TaskId(n), 0)).collect();
    let mut free: BTreeSet<WorkerId> = (0..plan.workers).map(WorkerId).collect();
    let mut next = BinaryHeap::new();
    let (mut spans, mut now) = (Vec::new(), 0);
    loop {
        while !ready.is_empty()
            && let Some(worker) = free.pop_first()
            && let Some((task, step)) = ready.pop_front()
        {
            let mut at = now;
            for (index, &step) in plan.steps.iter().enumerate().skip(step) {
                let (kind, units) = kind(plan, step);
                let end = at + units.saturating_mul(UNIT);
                let waits = kind == SpanKind::Wait;
                spans.push(Span {
                    task,
                    worker: (!waits).then_some(worker),
                    start: at,
                    end,
                    kind,
                    cpu: None,
                });
                if waits {
                    next.push(Reverse((end, Next::Ready(task, index + 1))));
                    break;
                }
                at = end;
            }
            next.push(Reverse((at, Next::Free(worker))));
        }
        let Some(Reverse((time, what))) = next.pop() else {
            return spans;
        };
        now = time;
        match what {
            Next::Free(worker) => _ = free.insert(worker),
            Next::Ready(task, step) if step < plan.steps.len() => ready.push_back((task, step)),
            Next::Ready(..) => {}
        }
    }
}

fn kind(plan: &Plan, step: Step) -> (SpanKind, u64) {
    match step {
        Step::Compute(units) => (SpanKind::Run, units),
        Step::Wait(units) if plan.runtime.wait_blocks() => (SpanKind::Blocked, units),
        Step::Wait(units) => (SpanKind::Wait, units),
    }
}
