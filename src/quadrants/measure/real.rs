//! What came of the real runs.

use super::super::classify::{Classification, classify};
use super::super::map::{Map, Standing};
use super::super::quadrant::Quadrant;
use super::experiment::Experiment;
use super::lanes::Lanes;
use crate::trace::{SpanKind, Trace};

/// A real run that was meant for one of the quadrants: what was recorded, and
/// where that stands.
#[derive(Debug, Clone, PartialEq)]
pub struct RealQuadrant {
    asked: Quadrant,
    trace: Trace,
    found: Classification,
    tasks: u64,
    right: u64,
    wrong: u64,
    notes: Vec<String>,
}

impl RealQuadrant {
    pub(super) fn new(asked: Quadrant, trace: Trace, size: Experiment) -> Self {
        Self {
            asked,
            found: classify(&trace),
            trace,
            tasks: size.tasks,
            right: 0,
            wrong: 0,
            notes: Vec::new(),
        }
    }

    /// How many results were as they have to be, and how many were not.
    pub(super) fn checked(mut self, right: u64, wrong: u64) -> Self {
        (self.right, self.wrong) = (right, wrong);
        if wrong > 0 {
            self.notes.push(format!(
                "{wrong} of {} results are wrong: the CPU, or this library, makes mistakes.",
                self.tasks
            ));
        }
        let missing = self.tasks.saturating_sub(right).saturating_sub(wrong);
        if missing > 0 {
            self.notes.push(format!(
                "{missing} of {} tasks were not complete when the run was ended at its deadline.",
                self.tasks
            ));
        }
        self.notes.extend(self.why_not_reached());
        self
    }

    pub(super) fn with_note(mut self, note: Option<String>) -> Self {
        self.notes.extend(note);
        self
    }

    /// The quadrant that the run was meant for.
    #[must_use]
    pub const fn asked(&self) -> Quadrant {
        self.asked
    }

    /// Where it stands by what was measured.
    #[must_use]
    pub const fn found(&self) -> &Classification {
        &self.found
    }

    /// Whether it stands where it was meant to.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.found.quadrant() == self.asked
    }

    /// Whether every task was complete and its result as it has to be.
    #[must_use]
    pub const fn is_correct(&self) -> bool {
        self.right == self.tasks && self.wrong == 0
    }

    /// How many tasks came to the result that they have to, of how many.
    #[must_use]
    pub const fn right(&self) -> (u64, u64) {
        (self.right, self.tasks)
    }

    /// What was recorded, in nanoseconds.
    #[must_use]
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The sum of the waits of all tasks, in nanoseconds. Waits that overlap
    /// count each.
    #[must_use]
    pub fn waited(&self) -> u64 {
        let waits = self.trace.spans().iter();
        waits
            .filter(|span| span.kind == SpanKind::Wait)
            .fold(0, |sum, span| sum.saturating_add(span.length()))
    }

    /// What a reader should know about this run, with what disturbed it. Full
    /// sentences; none for a run that was left alone and got where it was meant.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let disturbed = self.trace.notes().iter();
        self.notes.iter().chain(disturbed).cloned().collect()
    }

    /// Why a run stands elsewhere than it was meant to.
    fn why_not_reached(&self) -> Option<String> {
        if self.is_reached() {
            return None;
        }
        let cpus = self.trace.conditions().map_or(0, |on| on.cpus);
        let found = self.found.quadrant();
        Some(if self.asked.parallel() && !found.parallel() && cpus == 1 {
            "One CPU can be used here, so no program is parallel: the two quadrants above cannot be reached, whatever the program says.".to_owned()
        } else if self.asked.parallel() && !found.parallel() {
            format!(
                "{cpus} CPUs can be used, but this run never had two of them at one instant, so it is not parallel. Were others busy, or was there one task or thread?"
            )
        } else if self.asked == Quadrant::ParallelOnly && found.concurrent() {
            "More threads than CPUs had a task at one instant, so the system let them take turns: that is concurrent as well.".to_owned()
        } else {
            format!("It was meant to be {}, and was {found}.", self.asked)
        })
    }
}

/// A run goes on a map as its trace does.
impl From<&RealQuadrant> for Standing {
    fn from(run: &RealQuadrant) -> Self {
        Self::from(&run.trace)
    }
}

/// Short enough for a map.
const fn simulated_name(quadrant: Quadrant) -> &'static str {
    match quadrant {
        Quadrant::Sequential => "simulated: one by one",
        Quadrant::ConcurrentOnly => "simulated: turns",
        Quadrant::ParallelOnly => "simulated: side by side",
        Quadrant::Both => "simulated: turns on two",
    }
}

/// The real runs of all four quadrants, and the lanes.
#[derive(Debug, Clone, PartialEq)]
pub struct RealQuadrants {
    runs: [RealQuadrant; 4],
    lanes: Lanes,
}

impl RealQuadrants {
    pub(super) const fn new(runs: [RealQuadrant; 4], lanes: Lanes) -> Self {
        Self { runs, lanes }
    }

    /// The runs, in the order of [`Quadrant::ALL`].
    #[must_use]
    pub const fn runs(&self) -> &[RealQuadrant; 4] {
        &self.runs
    }

    /// The run that was meant for `quadrant`.
    #[must_use]
    pub const fn of(&self, quadrant: Quadrant) -> &RealQuadrant {
        let [sequential, concurrent, parallel, both] = &self.runs;
        match quadrant {
            Quadrant::Sequential => sequential,
            Quadrant::ConcurrentOnly => concurrent,
            Quadrant::ParallelOnly => parallel,
            Quadrant::Both => both,
        }
    }

    /// The lanes of one CPU, and of all.
    #[must_use]
    pub const fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    /// The measured runs on the two axes, beside the simulated example of each
    /// quadrant.
    #[must_use]
    pub fn map(&self) -> Map {
        let examples = Quadrant::ALL.iter().fold(Map::empty(), |map, quadrant| {
            map.with(simulated_name(*quadrant), &quadrant.example())
        });
        self.runs
            .iter()
            .fold(examples, |map, run| map.with(run.trace.title(), run))
    }

    /// Where a run did not get to its quadrant, why not, and what disturbed the
    /// runs and the lanes: each sentence once, with what it is about.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        for run in &self.runs {
            for note in run.notes() {
                let note = format!("{}: {note}", run.trace.title());
                if !told.contains(&note) {
                    told.push(note);
                }
            }
        }
        let lanes = self.lanes.notes().iter();
        told.extend(lanes.map(|note| format!("Lanes: {note}")));
        told
    }
}
