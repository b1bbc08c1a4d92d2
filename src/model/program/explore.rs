//! Everything that a program can do, counted state by state.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::model::Count;

use super::Program;
use super::endless::{self, Endless};
use super::failing::{self, Found};
use super::graph::StateGraph;
use super::outcome::{Ending, Outcome};
use super::reach::Reach;
use super::schedule::Schedule;
use super::traces::{self, Listing};
use super::ways::Ways;

/// The most states that [`Program::explore`] looks into.
pub const MAX_STATES: usize = 1_000_000;

/// The answer to "what can this program do?".
///
/// Every question is answered for all interleavings at once, by walking over
/// states instead of runs: two million interleavings may pass through a hundred
/// states. An interleaving is a sequence of steps from the start to a state
/// where nobody can go on; a failure ends it, too.
#[derive(Debug)]
pub struct Exploration {
    pub(super) reach: Reach,
    interleavings: Count,
    outcomes: Vec<Outcome>,
    /// The states in an order in which steps lead forward only.
    order: Vec<usize>,
    traces: OnceLock<Count>,
    /// The failure with the fewest preemptions.
    failure: OnceLock<Option<Schedule>>,
    bad: OnceLock<Vec<Schedule>>,
    endless: OnceLock<Option<Endless>>,
    graph: OnceLock<StateGraph>,
}

impl Program {
    /// Explores the program, up to [`MAX_STATES`] states.
    ///
    /// ```
    /// use twoaxes::model::Program;
    ///
    /// let found = Program::increments(&[2, 2]).explore();
    /// assert!(*found.interleavings() == 70);
    /// let lost: Vec<String> = found.outcomes().iter()
    ///     .map(|o| format!("{}: {}", o.label(), o.interleavings()))
    ///     .collect();
    /// assert_eq!(lost, ["x = 2: 32", "x = 3: 32", "x = 4: 6"]);
    /// ```
    #[must_use]
    pub fn explore(&self) -> Exploration {
        self.explore_within(MAX_STATES)
    }

    /// Explores at most `states` states (at least 1, at most 2^32 - 2). If
    /// there are more, counts are "at least" and
    /// [`Exploration::is_complete`] is `false`.
    #[must_use]
    pub fn explore_within(&self, states: usize) -> Exploration {
        let states = states.min(u32::MAX as usize - 16);
        Exploration::of(Reach::of(&self.code, states))
    }
}

impl Exploration {
    fn of(reach: Reach) -> Self {
        let order = reach.in_order();
        let has_cycle = order.len() < reach.len();
        let is_complete = reach.expanded() == reach.len();
        let mut ways = vec![Ways::NONE; reach.len()];
        ways[0] = Ways::ONE;
        for state in &order {
            let here = ways[*state].clone();
            for step in reach.steps(*state) {
                ways[step.to].add(&here);
            }
        }
        let mut in_order = vec![false; reach.len()];
        for state in &order {
            in_order[*state] = true;
        }
        let mut total = Ways::NONE;
        // By values and ending; `None` once there is no end of ways.
        let mut found: BTreeMap<(Vec<i64>, Ending), Option<Ways>> = BTreeMap::new();
        for state in 0..reach.len() {
            if !reach.steps(state).is_empty() {
                continue;
            }
            // A state that was left out begins at least one more run.
            total.add(&ways[state]);
            if let Some(key) = outcome(&reach, state) {
                let sum = found.entry(key).or_insert(Some(Ways::NONE));
                match sum {
                    Some(sum) if in_order[state] => sum.add(&ways[state]),
                    _ => *sum = None,
                }
            }
        }
        let interleavings = if has_cycle {
            Count::no_end()
        } else {
            total.count(is_complete)
        };
        let outcomes = found.into_iter().map(|((values, ending), ways)| {
            let count = ways.map_or_else(Count::no_end, |ways| ways.count(is_complete));
            let shared = reach.code.shared.iter().map(|(name, _)| name.clone());
            let names = shared.chain(reach.code.observed.iter().map(|(name, _)| name.clone()));
            Outcome {
                values: names.zip(values).collect(),
                ending,
                share: count.share_of(&interleavings),
                interleavings: count,
            }
        });
        let outcomes = outcomes.collect();
        Self {
            reach,
            interleavings,
            outcomes,
            order,
            traces: OnceLock::new(),
            failure: OnceLock::new(),
            bad: OnceLock::new(),
            endless: OnceLock::new(),
            graph: OnceLock::new(),
        }
    }

    /// The number of interleavings: exact, or "at least" if the limit on states
    /// was hit, or without end if some run never ends.
    #[must_use]
    pub fn interleavings(&self) -> &Count {
        &self.interleavings
    }

    /// The ways in which runs end, each with its number of interleavings,
    /// sorted by the final values.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// The number of Mazurkiewicz traces: interleavings that differ only in
    /// the order of steps which cannot notice each other count once. Such steps
    /// are of different threads, and touch nothing that one of the two writes
    /// (Mazurkiewicz 1977). A compare_exchange that does not exchange is a read;
    /// a step that fails ends the run, and so its order to all others counts.
    #[must_use]
    pub fn traces(&self) -> &Count {
        self.traces.get_or_init(|| {
            if self.order.len() < self.reach.len() {
                return Count::no_end();
            }
            traces::count(&self.reach, &self.order).count(self.is_complete())
        })
    }

    /// One run for each trace: what is left to look at when equivalent runs are
    /// looked at once (sleep sets, Godefroid 1996). If some run never ends, only
    /// runs that visit no state twice are listed.
    pub fn representatives(&self) -> impl Iterator<Item = Schedule> {
        Listing::new(&self.reach).filter_map(|threads| self.replay(&threads))
    }

    /// The run to a failure or deadlock with the fewest preemptions, and of
    /// those one with the fewest steps; `None` if nothing can fail (as far as
    /// was looked, see [`Exploration::is_complete`]). A preemption takes the
    /// processor from a thread that could go on.
    #[must_use]
    pub fn failure(&self) -> Option<&Schedule> {
        let search = || failing::failures(&self.reach, true);
        let failure = self
            .failure
            .get_or_init(|| self.replay(&search().pop()?.threads));
        failure.as_ref()
    }

    /// For each failure (an assertion, an overflow, the final condition and so
    /// on) the run with the fewest preemptions, the fewest of all first.
    #[must_use]
    pub fn failures(&self) -> Vec<&Schedule> {
        let is_failure = |s: &&Schedule| s.ending().is_some_and(|e| !e.is_deadlock());
        self.bad().iter().filter(is_failure).collect()
    }

    /// For each deadlock (threads that wait for other things are another one)
    /// the run with the fewest preemptions, the fewest of all first.
    #[must_use]
    pub fn deadlocks(&self) -> Vec<&Schedule> {
        let is_deadlock = |s: &&Schedule| s.ending().is_some_and(|e| e.is_deadlock());
        self.bad().iter().filter(is_deadlock).collect()
    }

    /// A run that never ends, if there is one: some state repeats. A run whose
    /// states grow for ever is not found; then the limit on states is hit.
    #[must_use]
    pub fn endless(&self) -> Option<&Endless> {
        let find = || endless::find(&self.reach, &self.order);
        self.endless.get_or_init(find).as_ref()
    }

    fn bad(&self) -> &[Schedule] {
        self.bad.get_or_init(|| {
            let found = failing::failures(&self.reach, false);
            found
                .iter()
                .filter_map(|Found { threads, .. }| self.replay(threads))
                .collect()
        })
    }

    fn replay(&self, threads: &[usize]) -> Option<Schedule> {
        let program = Program {
            code: self.reach.code.clone(),
        };
        program.replay(threads).ok()
    }

    /// Whether all states were looked into.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.reach.expanded() == self.reach.len()
    }

    /// How many states were found. States that differ only in registers that
    /// nothing reads any more are one.
    #[must_use]
    pub fn states(&self) -> usize {
        self.reach.len()
    }

    /// The reachable states and the steps between them.
    #[must_use]
    pub fn graph(&self) -> &StateGraph {
        self.graph.get_or_init(|| StateGraph::of(&self.reach))
    }
}

/// The final values and the ending; `None` where the run could go on.
fn outcome(reach: &Reach, state: usize) -> Option<(Vec<i64>, Ending)> {
    let words = reach.states.words(state);
    let ending = reach.code.ending(words)?;
    let shared = words.iter().take(reach.code.shared.len()).copied();
    let observed = reach.code.observed.iter().map(|(_, at)| words[*at]);
    Some((shared.chain(observed).collect(), ending))
}
