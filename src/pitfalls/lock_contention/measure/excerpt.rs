//! A few operations from the middle of a run, long enough to be seen.

use std::collections::BTreeMap;

use crate::trace::{Origin, Span, TaskId, Trace};

/// The first `most` tasks that begin in the second half of `trace`, or in all
/// of it if those are too few; time 0 is when the first of them begins.
pub(super) fn excerpt(trace: &Trace, most: usize) -> Trace {
    let middle = trace.start() + trace.makespan() / 2;
    let kept = match begun_since(trace, middle, most) {
        late if late.len() == most => late,
        _ => begun_since(trace, 0, most),
    };
    let zero = kept.values().copied().min().unwrap_or(0);
    let mut part = Trace::measured(format!("{} (part)", trace.title()), trace.unit().to_owned());
    for worker in trace.workers() {
        part.worker(worker.name.clone());
    }
    let mut numbers = BTreeMap::new();
    for (&task, &began) in &kept {
        let name = trace.tasks().get(task.0).map(|task| task.name.clone());
        let number = part.task_arriving(name.unwrap_or_default(), began - zero);
        numbers.insert(task, number);
    }
    for span in trace.spans() {
        if let Some(&task) = numbers.get(&span.task) {
            part.span(Span {
                task,
                start: span.start - zero,
                end: span.end - zero,
                ..*span
            });
        }
    }
    part.build().unwrap_or_else(|error| {
        let note = format!("This part cannot be shown, please report it: {error}.");
        Trace::empty(Origin::Measured, trace.title(), trace.unit(), note)
    })
}

/// Up to `most` tasks whose first span begins at `from` or later, and when.
fn begun_since(trace: &Trace, from: u64, most: usize) -> BTreeMap<TaskId, u64> {
    let mut begun = vec![None; trace.tasks().len()];
    let mut kept = BTreeMap::new();
    // Spans are in order of start, so a task's first one comes first.
    for span in trace.spans() {
        let Some(first @ None) = begun.get_mut(span.task.0) else {
            continue;
        };
        *first = Some(span.start);
        if span.start >= from && kept.len() < most {
            kept.insert(span.task, span.start);
        }
    }
    kept
}
