//! Parts of a run, small enough to be seen.

use std::collections::BTreeMap;

use crate::trace::{Origin, Span, TaskId, Trace};

/// The `most` tasks of `trace` that began first.
pub(in crate::pitfalls) fn first(trace: &Trace, most: usize) -> Trace {
    let all = in_order(trace);
    let kept = all.get(..most.min(all.len())).unwrap_or(&[]);
    let end = kept.iter().map(|task| task.end).max().unwrap_or(0);
    let note = format!("The first {} of {} tasks.", kept.len(), all.len());
    let note = (kept.len() < all.len()).then_some(note);
    part(trace, kept, (trace.start(), end), note)
}

/// The shortest stretch of `trace` in which `most` tasks began one after the
/// other and ended. Somebody who interrupts would stretch the picture. What
/// other tasks did meanwhile is in it, too.
pub(in crate::pitfalls) fn stretch(trace: &Trace, most: usize) -> Trace {
    let all = in_order(trace);
    let bounds = |group: &[Extent]| {
        let end = group.iter().map(|task| task.end).max().unwrap_or(0);
        (group.first().map_or(end, |task| task.start), end)
    };
    let size = most.min(all.len()).max(1);
    let groups = all.windows(size).map(bounds);
    let (from, to) = groups.min_by_key(|(from, to)| to - from).unwrap_or((0, 0));
    let kept: Vec<Extent> = all
        .iter()
        .filter(|task| task.start < to && task.end > from)
        .copied()
        .collect();
    let note = format!(
        "A stretch of the run in which {size} of {} tasks began and ended.",
        all.len()
    );
    part(trace, &kept, (from, to), (size < all.len()).then_some(note))
}

/// What `tasks` did between `from` and `to`, which is time 0 of the part.
fn part(trace: &Trace, tasks: &[Extent], (from, to): (u64, u64), note: Option<String>) -> Trace {
    let within = |time: u64| time.clamp(from, to.max(from)) - from;
    let mut part = Trace::measured(trace.title(), trace.unit());
    for worker in trace.workers() {
        part.worker(worker.name.clone());
    }
    let mut numbers = BTreeMap::new();
    for extent in tasks {
        let name = trace.tasks().get(extent.task.0).map(|of| of.name.clone());
        let number = part.task_arriving(name.unwrap_or_default(), within(extent.start));
        numbers.insert(extent.task, number);
    }
    for span in trace.spans() {
        if let Some(&task) = numbers.get(&span.task) {
            part.span(Span {
                task,
                start: within(span.start),
                end: within(span.end),
                ..*span
            });
        }
    }
    if let Some(note) = note {
        part.note(note);
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
