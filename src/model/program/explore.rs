//! Everything that a program can do, counted state by state.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::model::Count;

use super::Program;
use super::graph::StateGraph;
use super::outcome::{Ending, Outcome};
use super::reach::Reach;
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
        for state in order {
            in_order[state] = true;
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
