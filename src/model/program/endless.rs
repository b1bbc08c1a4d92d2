//! Runs that never end.

use std::collections::VecDeque;
use std::fmt;

use super::Program;
use super::reach::Reach;
use super::schedule::Schedule;

/// A run that comes back to a state in which it was: it can go round for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endless {
    schedule: Schedule,
    begins: usize,
    starved: Vec<String>,
}

impl Endless {
    /// The way to the cycle, and once around it.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// How many steps lead to the cycle; the steps after these repeat.
    #[must_use]
    pub fn begins(&self) -> usize {
        self.begins
    }

    /// The threads that could go on in every state of this cycle and never do.
    /// If there are any, a fair scheduler would not run it for ever.
    #[must_use]
    pub fn starved(&self) -> &[String] {
        &self.starved
    }

    /// One sentence: from where on the steps repeat, and at whose cost.
    #[must_use]
    pub fn summary(&self) -> String {
        let again = format!("and again from step {} on, for ever", self.begins + 1);
        match self.starved.join(", ") {
            nobody if nobody.is_empty() => again,
            starved => format!("{again}; only an unfair scheduler would keep {starved} waiting"),
        }
    }
}

impl fmt::Display for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["step", "thread", "does", "changes"].map(str::to_owned);
        f.write_str(&super::show::table(&header, &self.schedule.rows()))?;
        f.write_str(&self.summary())
    }
}

/// A cycle among the states that are not in the order, where every state has a
/// state before it that is not there either.
pub(super) fn find(reach: &Reach) -> Option<Endless> {
    let mut in_order = vec![false; reach.len()];
    for state in reach.order() {
        in_order[*state] = true;
    }
    let cycle = cycle(reach, &in_order)?;
    let (entry, mut threads) = way_to(reach, &cycle)?;
    let begins = threads.len();
    let mut never_still = vec![true; reach.code.threads.len()];
    let mut moved = vec![false; reach.code.threads.len()];
    for index in 0..cycle.len() {
        let state = cycle[(entry + index) % cycle.len()];
        let next = cycle[(entry + index + 1) % cycle.len()];
        let step = reach.steps(state).iter().find(|step| step.to == next)?;
        threads.push(step.thread);
        moved[step.thread] = true;
        for (thread, enabled) in never_still.iter_mut().enumerate() {
            *enabled &= reach.steps(state).iter().any(|step| step.thread == thread);
        }
    }
    let program = Program {
        code: reach.code.clone(),
    };
    let starved = reach.code.threads.iter().enumerate();
    let starved = starved.filter(|(thread, _)| never_still[*thread] && !moved[*thread]);
    Some(Endless {
        schedule: program.replay(&threads).ok()?,
        begins,
        starved: starved.map(|(_, thread)| thread.name.clone()).collect(),
    })
}

/// The states of a cycle in order, found by going back until a state repeats.
fn cycle(reach: &Reach, in_order: &[bool]) -> Option<Vec<usize>> {
    let mut before = vec![None; reach.len()];
    for (state, _) in in_order
        .iter()
        .enumerate()
        .filter(|(_, in_order)| !**in_order)
    {
        for step in reach.steps(state) {
            before[step.to].get_or_insert(state);
        }
    }
    let mut at = in_order.iter().position(|in_order| !in_order)?;
    let mut seen = vec![false; reach.len()];
    while !seen[at] {
        seen[at] = true;
        at = before[at]?;
    }
    let mut cycle = vec![at];
    let mut back = before[at]?;
    while back != at {
        cycle.push(back);
        back = before[back]?;
    }
    cycle.reverse();
    Some(cycle)
}

/// A shortest way from the start to the cycle: where it enters, and who moves.
fn way_to(reach: &Reach, cycle: &[usize]) -> Option<(usize, Vec<usize>)> {
    let mut place = vec![None; reach.len()];
    for (index, state) in cycle.iter().enumerate() {
        place[*state] = Some(index);
    }
    let mut came = vec![None; reach.len()];
    let mut queue = VecDeque::from([0]);
    while let Some(state) = queue.pop_front() {
        if let Some(entry) = place[state] {
            let mut threads = Vec::new();
            let mut at = state;
            while at != 0 {
                let (before, thread) = came[at]?;
                threads.push(thread);
                at = before;
            }
            threads.reverse();
            return Some((entry, threads));
        }
        for step in reach.steps(state) {
            if step.to != 0 && came[step.to].is_none() {
                came[step.to] = Some((state, step.thread));
                queue.push_back(step.to);
            }
        }
    }
    None
}
