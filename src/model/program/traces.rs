//! Interleavings that differ only in the order of steps that cannot notice each
//! other are one trace (Mazurkiewicz 1977). Sleep sets (Godefroid 1996) pass
//! through exactly one interleaving of each.
//!
//! A thread sleeps while its next step was already tried and everything since
//! then is independent of that step: to take it now would give an interleaving
//! of a trace that has been seen. What happens next depends only on the state
//! and on who sleeps, so traces are counted state by state, too.

use super::reach::{Reach, Step};
use super::ways::Ways;

/// A set of threads, one bit for each.
type Sleeping = u8;

/// The number of traces of a program without cycles, or of those whose states
/// were all looked into.
pub(super) fn count(reach: &Reach) -> Ways {
    let mut arrivals: Vec<Vec<(Sleeping, Ways)>> = vec![Vec::new(); reach.len()];
    arrivals[0].push((0, Ways::ONE));
    let mut total = Ways::NONE;
    for state in reach.order() {
        let steps = reach.steps(*state);
        let is_end = steps.is_empty() && *state < reach.expanded();
        for (sleeping, ways) in std::mem::take(&mut arrivals[*state]) {
            if is_end {
                total.add(&ways);
            }
            for (step, sleeping) in awake(steps, sleeping) {
                let there = &mut arrivals[step.to];
                match there.iter_mut().find(|(other, _)| *other == sleeping) {
                    Some((_, sum)) => sum.add(&ways),
                    None => there.push((sleeping, ways.clone())),
                }
            }
        }
    }
    total
}

/// The steps of threads that do not sleep, and who sleeps after each.
fn awake(steps: &[Step], sleeping: Sleeping) -> impl Iterator<Item = (&Step, Sleeping)> {
    let awake = steps.iter().filter(move |step| sleeping & bit(step) == 0);
    awake.map(move |step| {
        let asleep = |other: &&Step| {
            // Threads before this one have had their turn in this state.
            (sleeping & bit(other) != 0 || other.thread < step.thread)
                && other.footprint.is_independent_of(step.footprint)
        };
        let after = steps.iter().filter(|other| other.thread != step.thread);
        (
            step,
            after.filter(asleep).fold(0, |set, other| set | bit(other)),
        )
    })
}

fn bit(step: &Step) -> Sleeping {
    1 << step.thread
}

/// One interleaving of each trace, depth first, as the threads that move.
#[derive(Debug)]
pub(super) struct Listing<'a> {
    reach: &'a Reach,
    stack: Vec<Level>,
    /// Steps that may be tried before the next run is found.
    patience: usize,
}

/// In a program with loops, ways that lead nowhere can be too many to try.
const PATIENCE: usize = 100_000;

/// A state on the way, and what is still to be tried from there.
#[derive(Debug)]
struct Level {
    state: usize,
    left: std::vec::IntoIter<(Step, Sleeping)>,
    /// The thread that was let go from here last.
    thread: usize,
    is_end: bool,
}

impl<'a> Listing<'a> {
    pub(super) fn new(reach: &'a Reach) -> Self {
        let stack = vec![Level::at(reach, 0, 0)];
        Self {
            reach,
            stack,
            patience: PATIENCE,
        }
    }
}

impl Level {
    fn at(reach: &Reach, state: usize, sleeping: Sleeping) -> Self {
        let steps = reach.steps(state);
        let left: Vec<_> = awake(steps, sleeping).map(|(step, s)| (*step, s)).collect();
        let is_end = steps.is_empty() && state < reach.expanded();
        Self {
            state,
            left: left.into_iter(),
            thread: 0,
            is_end,
        }
    }
}

impl Iterator for Listing<'_> {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        loop {
            let level = self.stack.last_mut()?;
            self.patience = self.patience.checked_sub(1)?;
            if std::mem::take(&mut level.is_end) {
                self.patience = PATIENCE;
                let before = self.stack.len() - 1;
                return Some(
                    self.stack[..before]
                        .iter()
                        .map(|level| level.thread)
                        .collect(),
                );
            }
            match level.left.next() {
                None => drop(self.stack.pop()),
                Some((step, sleeping)) => {
                    level.thread = step.thread;
                    // A run that comes back to a state of its own never has to end.
                    if self.stack.iter().all(|level| level.state != step.to) {
                        self.stack.push(Level::at(self.reach, step.to, sleeping));
                    }
                }
            }
        }
    }
}
