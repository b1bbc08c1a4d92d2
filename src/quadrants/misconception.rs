//! The common misconception, beside what is true and two runs that show it.

use crate::trace::Trace;

use super::quadrant::Quadrant;

/// A claim that many believe, what holds instead, and the runs that decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misconception {
    claim: &'static str,
    truth: &'static str,
    evidence: Vec<(&'static str, Trace)>,
}

/// "They are the same thing", beside what is true, with one run that is
/// concurrent and not parallel and one that is parallel and not concurrent.
/// Were the two the same, neither run could exist.
#[must_use]
pub fn misconception() -> Misconception {
    Misconception {
        claim: "Concurrency and parallelism are two words for one thing: running at the same time.",
        truth: "Concurrency is about structure: several tasks are under way, and any of them can be put aside for another. Parallelism is about execution: several workers compute at the same instant. Each can be had without the other.",
        evidence: vec![
            (
                "Four tasks under way, one worker: the tasks take turns, and the makespan is that of one after another.",
                Quadrant::ConcurrentOnly.example(),
            ),
            (
                "Two workers compute at every instant, and no task is ever put aside: the makespan halves.",
                Quadrant::ParallelOnly.example(),
            ),
        ],
    }
}

impl Misconception {
    /// What many believe.
    #[must_use]
    pub const fn claim(&self) -> &'static str {
        self.claim
    }

    /// What holds instead.
    #[must_use]
    pub const fn truth(&self) -> &'static str {
        self.truth
    }

    /// The runs that decide, each with a sentence on what to see in it.
    #[must_use]
    pub fn evidence(&self) -> &[(&'static str, Trace)] {
        &self.evidence
    }
}
