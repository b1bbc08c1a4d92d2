//! Everything that a program can do, counted state by state.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::model::Count;

use super::Program;
use super::code::Code;
use super::endless::{self, Endless};
use super::failing::{self, Found};
use super::graph::StateGraph;
use super::layers::{self, Tally};
use super::outcome::{Ending, Outcome};
use super::reach::Reach;
use super::schedule::Schedule;
use super::traces::{self, Listing};
use super::ways::Ways;

/// The most states that [`Program::explore`] looks into; fewer if they take
/// more than 256 MiB, as with long queues in channels.
pub const MAX_STATES: usize = 1_000_000;

/// Programs with no more states than these keep all of them from the start.
const SMALL: usize = 1_000;

/// The answer to "what can this program do?".
///
/// Every question is answered for all interleavings at once, by walking over
/// states instead of runs: two million interleavings may pass through a hundred
/// states. An interleaving is a sequence of steps from the start to a state
/// where nobody can go on; a failure ends it, too.
#[derive(Debug)]
pub struct Exploration {
    code: Arc<Code>,
    limit: usize,
    states: usize,
    is_complete: bool,
    interleavings: Count,
    outcomes: Vec<Outcome>,
    /// Made at once for small programs, and for others when it is needed.
    reach: OnceLock<Reach>,
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
    /// assert_eq!(found.interleavings(), 70);
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
        let probe = Reach::of(&self.code, states.min(SMALL));
        if !probe.is_complete() && states > SMALL {
            return match layers::tally(&self.code, states) {
                Some(tally) => Exploration::from_tally(&self.code, states, tally),
                None => Exploration::from_reach(Reach::of(&self.code, states), states),
            };
        }
        Exploration::from_reach(probe, states)
    }
}

impl Exploration {
    fn from_reach(reach: Reach, limit: usize) -> Self {
        let mut ways = vec![Ways::NONE; reach.len()];
        ways[0] = Ways::ONE;
        let mut in_order = vec![false; reach.len()];
        for state in reach.order() {
            in_order[*state] = true;
            let here = ways[*state].clone();
            for step in reach.steps(*state) {
                ways[step.to].add(&here);
            }
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
            let words = reach.states.words(state);
            if let Some(ending) = reach.code.ending(words) {
                let key = (reach.code.final_values(words), ending);
                let sum = found.entry(key).or_insert(Some(Ways::NONE));
                match sum {
                    Some(sum) if in_order[state] => sum.add(&ways[state]),
                    _ => *sum = None,
                }
            }
        }
        let is_complete = reach.is_complete();
        let count =
            |ways: Option<Ways>| ways.map_or_else(Count::no_end, |ways| ways.count(is_complete));
        let total = count((!reach.has_cycle()).then_some(total));
        let found = found.into_iter().map(|(key, ways)| (key, count(ways)));
        let mut this = Self::counted(&reach.code, total, found);
        (this.limit, this.states, this.is_complete) = (limit, reach.len(), is_complete);
        this.reach = OnceLock::from(reach);
        this
    }

    fn from_tally(code: &Arc<Code>, limit: usize, tally: Tally) -> Self {
        let count = |ways| Ways::Small(ways).count(tally.is_complete);
        let found = tally
            .outcomes
            .into_iter()
            .map(|(key, ways)| (key, count(ways)));
        let mut this = Self::counted(code, count(tally.ways), found);
        (this.limit, this.states, this.is_complete) = (limit, tally.states, tally.is_complete);
        this
    }

    fn counted(
        code: &Arc<Code>,
        interleavings: Count,
        found: impl Iterator<Item = ((Vec<i64>, Ending), Count)>,
    ) -> Self {
        let outcome = |((values, ending), count): ((Vec<i64>, Ending), Count)| {
            let shared = code.shared.iter().map(|(name, _)| name.clone());
            let names = shared.chain(code.observed.iter().map(|(name, _)| name.clone()));
            Outcome {
                values: names.zip(values).collect(),
                ending,
                share: count.share_of(&interleavings),
                interleavings: count,
            }
        };
        let outcomes = found.map(outcome).collect();
        Self {
            code: code.clone(),
            limit: 0,
            states: 0,
            is_complete: false,
            interleavings,
            outcomes,
            reach: OnceLock::new(),
            traces: OnceLock::new(),
            failure: OnceLock::new(),
            bad: OnceLock::new(),
            endless: OnceLock::new(),
            graph: OnceLock::new(),
        }
    }

    fn reach(&self) -> &Reach {
        self.reach.get_or_init(|| Reach::of(&self.code, self.limit))
    }

    /// The number of interleavings: exact, or "at least" if the limit on states
    /// was hit, or without end if some run never ends.
    #[must_use]
    pub fn interleavings(&self) -> Count {
        self.interleavings.clone()
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
    pub fn traces(&self) -> Count {
        let traces = self.traces.get_or_init(|| {
            if self.reach().has_cycle() {
                return Count::no_end();
            }
            traces::count(self.reach()).count(self.reach().is_complete())
        });
        traces.clone()
    }

    /// One run for each trace: what is left to look at when equivalent runs are
    /// looked at once (sleep sets, Godefroid 1996). If some run never ends, only
    /// runs that visit no state twice are listed, and not all of them if they
    /// are hard to find.
    pub fn representatives(&self) -> impl Iterator<Item = Schedule> {
        Listing::new(self.reach()).filter_map(|threads| self.replay(&threads))
    }

    /// The run to a failure or deadlock with the fewest preemptions, and of
    /// those one with the fewest steps; `None` if nothing can fail (as far as
    /// was looked, see [`Exploration::is_complete`]). A preemption takes the
    /// processor from a thread that could go on.
    ///
    /// Whenever [`Exploration::outcomes`] shows a bad ending there is a run. If
    /// the graph is not complete ([`StateGraph::is_complete`]), runs with few
    /// preemptions are tried first, but others may have fewer.
    #[must_use]
    pub fn failure(&self) -> Option<&Schedule> {
        let search = || {
            let by_steps = || Some(failing::failures(self.reach(), true).pop()?.threads);
            if self.reach().is_complete() {
                return by_steps();
            }
            failing::nearest(&self.code, self.limit)
                .or_else(by_steps)
                .or_else(|| self.failing_in_layers())
        };
        let failure = self.failure.get_or_init(|| self.replay(&search()?));
        failure.as_ref()
    }

    /// Outcomes may come from layers, which reach further than the graph does.
    fn failing_in_layers(&self) -> Option<Vec<usize>> {
        let is_bad = self.outcomes.iter().any(|o| !o.ending().is_good());
        let search = || layers::failing(&self.code, self.limit);
        is_bad.then(search).flatten()
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
        let find = || endless::find(self.reach());
        self.endless.get_or_init(find).as_ref()
    }

    fn bad(&self) -> &[Schedule] {
        self.bad.get_or_init(|| {
            let found = failing::failures(self.reach(), false);
            let runs = found.iter();
            let mut runs: Vec<Schedule> = runs
                .filter_map(|Found { threads, .. }| self.replay(threads))
                .collect();
            if !self.reach().is_complete()
                && let Some(first) = self.failure()
            {
                runs.retain(|run| run.ending() != first.ending());
                runs.insert(0, first.clone());
            }
            runs
        })
    }

    fn replay(&self, threads: &[usize]) -> Option<Schedule> {
        let program = Program {
            code: self.code.clone(),
        };
        program.replay(threads).ok()
    }

    /// Whether all states were looked into, for interleavings and outcomes. In
    /// a large program those need fewer states than traces, failing runs and
    /// the graph do: [`Exploration::traces`] and [`StateGraph::is_complete`] say
    /// for themselves whether theirs were all.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// How many states were looked at. States that differ only in registers that
    /// nothing reads any more are one; in a large program also those that differ
    /// only in who is who among threads that do the same, and in variables that
    /// are stored before they are read.
    #[must_use]
    pub fn states(&self) -> usize {
        self.states
    }

    /// The reachable states and the steps between them.
    #[must_use]
    pub fn graph(&self) -> &StateGraph {
        self.graph.get_or_init(|| StateGraph::of(self.reach()))
    }
}
