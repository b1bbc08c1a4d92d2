//! The same program, one interleaving after another, with nothing clever in it.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// One interleaving: its steps, how it ended, and with which values.
pub(super) struct Run {
    pub(super) steps: Vec<Event>,
    pub(super) ending: Ending,
    pub(super) values: Vec<i64>,
    pub(super) preemptions: usize,
}

#[derive(Clone)]
pub(super) struct Event {
    pub(super) thread: usize,
    /// How many steps the thread made before.
    pub(super) number: usize,
    /// The objects that it reads and writes; `None` for a step that fails.
    pub(super) touches: Option<(Vec<String>, Vec<String>)>,
}

/// Every interleaving of `program`; `None` if there are more than `most`.
pub(super) fn runs(program: &Program, most: usize) -> Option<Vec<Run>> {
    let mut runs = Vec::new();
    go_on(program, &program.start(), &[], 0, most, &mut runs).then_some(runs)
}

fn go_on(
    program: &Program,
    state: &State,
    steps: &[Event],
    preemptions: usize,
    most: usize,
    runs: &mut Vec<Run>,
) -> bool {
    let enabled = program.enabled(state);
    if let Some(ending) = state.ending() {
        assert!(enabled.is_empty());
        let values = state.shared().iter().map(|(_, value)| *value).collect();
        runs.push(Run {
            steps: steps.to_vec(),
            ending,
            values,
            preemptions,
        });
        return runs.len() <= most;
    }
    assert!(!enabled.is_empty());
    for thread in &enabled {
        let stepped = program.step(state, *thread).unwrap();
        let number = steps.iter().filter(|event| event.thread == *thread).count();
        let failed = matches!(
            stepped.state.ending(),
            Some(Ending::Failed {
                thread: Some(_),
                ..
            })
        );
        let touches = (!failed).then(|| touches(&stepped));
        let mut steps = steps.to_vec();
        let last = steps.last().map(|event| event.thread);
        let preempts = last.is_some_and(|last| last != *thread && enabled.contains(&last));
        steps.push(Event {
            thread: *thread,
            number,
            touches,
        });
        let preemptions = preemptions + usize::from(preempts);
        if !go_on(program, &stepped.state, &steps, preemptions, most, runs) {
            return false;
        }
    }
    true
}

/// What a step reads and writes, off its text.
fn touches(stepped: &Stepped) -> (Vec<String>, Vec<String>) {
    let words: Vec<&str> = stepped.text.split(' ').collect();
    let name = |word: &str| word.trim_end_matches(':').to_owned();
    match words[..] {
        [_, "=", "load", x] => (vec![name(x)], vec![]),
        ["store", x, ..] | ["lock" | "unlock", x] => (vec![], vec![name(x)]),
        ["wait", _, "with", lock, "wakes"] => (vec![], vec![name(lock)]),
        ["wait", condition, "with", lock] => (vec![], vec![name(condition), name(lock)]),
        ["notify", _, "of", condition] => (vec![], vec![name(condition)]),
        ["send", .., channel] | [_, "=", "receive", "from", channel] => {
            (vec![], vec![name(channel)])
        }
        [_, "=", "fetch_add", x, ..] => (vec![], vec![name(x)]),
        [to, "=", "compare_exchange", x, "from", expected, "to", _] => {
            let register = stepped.state.registers(stepped.thread);
            let found = register.iter().find(|(name, _)| *name == to).unwrap().1;
            // The tests compare with a plain number only.
            if found.to_string() == expected {
                (vec![], vec![name(x)])
            } else {
                (vec![name(x)], vec![])
            }
        }
        _ => panic!("{}", stepped.text),
    }
}

fn are_dependent(a: &Event, b: &Event) -> bool {
    let (Some((a_reads, a_writes)), Some((b_reads, b_writes))) = (&a.touches, &b.touches) else {
        return true;
    };
    let meet = |a: &[String], b: &[String]| a.iter().any(|x| b.contains(x));
    a.thread == b.thread
        || meet(a_writes, b_writes)
        || meet(a_writes, b_reads)
        || meet(a_reads, b_writes)
}

/// What two interleavings of one trace share: their steps, and the order of
/// each two steps that depend on each other.
type Trace = (
    BTreeSet<(usize, usize)>,
    BTreeSet<((usize, usize), (usize, usize))>,
);

pub(super) fn trace(run: &Run) -> Trace {
    let name = |event: &Event| (event.thread, event.number);
    let mut ordered = BTreeSet::new();
    for (index, b) in run.steps.iter().enumerate() {
        for a in run.steps[..index].iter().filter(|a| are_dependent(a, b)) {
            ordered.insert((name(a), name(b)));
        }
    }
    (run.steps.iter().map(name).collect(), ordered)
}

pub(super) fn histogram(runs: &[Run]) -> BTreeMap<(Vec<i64>, Ending), usize> {
    let mut histogram = BTreeMap::new();
    for run in runs {
        *histogram
            .entry((run.values.clone(), run.ending.clone()))
            .or_default() += 1;
    }
    histogram
}

/// For each bad ending, the fewest preemptions, and the fewest steps of those.
pub(super) fn fewest(runs: &[Run]) -> BTreeMap<Ending, (usize, usize)> {
    let mut fewest = BTreeMap::new();
    for run in runs.iter().filter(|run| !run.ending.is_good()) {
        let cost = (run.preemptions, run.steps.len());
        let best = fewest.entry(run.ending.clone()).or_insert(cost);
        *best = cost.min(*best);
    }
    fewest
}
