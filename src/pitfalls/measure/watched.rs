//! Who else was busy during all runs of a call.

use crate::machine::{self, Usage, Watch};
use crate::trace::Trace;

/// A call that makes several runs. The machine is watched over all of them:
/// its counters are too coarse for each alone.
#[derive(Debug)]
pub(in crate::pitfalls) struct Watched {
    watch: Watch,
    own: Usage,
}

impl Watched {
    pub(in crate::pitfalls) fn start() -> Self {
        Self {
            watch: Watch::start(),
            own: Usage::default(),
        }
    }

    /// One of the runs is over.
    pub(in crate::pitfalls) fn add(&mut self, run: &Trace) {
        if let Some(conditions) = run.conditions() {
            self.own.cpu_time = self.own.cpu_time.saturating_add(conditions.cpu_time);
            self.own.preemptions = self.own.preemptions.saturating_add(conditions.preemptions);
        }
    }

    /// What disturbed the runs, a sentence for each.
    pub(in crate::pitfalls) fn disturbances(&self) -> Vec<String> {
        self.watch.finish(self.own, 0).disturbances()
    }
}

/// The sentence for a machine on which nothing is parallel; `None` on others.
pub(in crate::pitfalls) fn one_cpu(what: &str) -> Option<String> {
    match machine::allowed().as_slice() {
        [cpu] => Some(format!(
            "Only CPU {cpu} can be used here, so threads take turns on it: {what}"
        )),
        _ => None,
    }
}
