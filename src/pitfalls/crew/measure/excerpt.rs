//! A few tasks of a run, few enough to be seen.

use std::collections::BTreeMap;

use crate::trace::{Origin, Span, TaskId, Trace};

/// Up to `most` tasks of `trace` that began one after the other; of all such
/// groups the one that was over most quickly, since somebody who interrupts
/// would stretch the picture. Time 0 is when the first of them began.
pub(in crate::pitfalls) fn excerpt(trace: &Trace, most: usize) -> Trace {
    let tasks = in_order(trace);
    let length = |group: &&[Extent]| {
        let end = group.iter().map(|task| task.end).max().unwrap_or(0);
        end - group.first().map_or(end, |task| task.start)
    };
    let size = most.min(tasks.len()).max(1);
    let group = tasks.windows(size).min_by_key(length).unwrap_or(&[]);
    let zero = group.first().map_or(0, |task| task.start);
    let mut part = Trace::measured(format!("{} (part)", trace.title()), trace.unit());
    for worker in trace.workers() {
        part.worker(worker.name.clone());
    }
    let mut numbers = BTreeMap::new();
    for extent in group {
        let name = trace.tasks().get(extent.task.0).map(|of| of.name.clone());
        let number = part.task_arriving(name.unwrap_or_default(), extent.start - zero);
        numbers.insert(extent.task, number);
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
    if group.len() < tasks.len() {
        part.note(format!(
            "{} of {} tasks: the group that was over most quickly.",
            group.len(),
            tasks.len()
        ));
    }
    part.build().unwrap_or_else(|error| {
        let note = format!("This part cannot be shown, please report it: {error}.");
        Trace::empty(Origin::Measured, trace.title(), trace.unit(), note)
    })
}

/// When a task began and ended.
#[derive(Debug, Clone, Copy)]
struct Extent {
    task: TaskId,
    start: u64,
    end: u64,
}

/// The tasks that have spans, in the order in which they began.
fn in_order(trace: &Trace) -> Vec<Extent> {
    let mut place = vec![None; trace.tasks().len()];
    let mut found: Vec<Extent> = Vec::new();
    // Spans are in order of start, so a task's first one comes first.
    for &Span {
        task, start, end, ..
    } in trace.spans()
    {
        match place.get_mut(task.0) {
            Some(Some(at)) => {
                if let Some(extent) = found.get_mut::<usize>(*at) {
                    extent.end = extent.end.max(end);
                }
            }
            Some(new) => {
                *new = Some(found.len());
                found.push(Extent { task, start, end });
            }
            None => {}
        }
    }
    found
}
