//! Consistent cuts, and the number of linear extensions counted over them.
//!
//! A cut says how many events of each process have happened. It is consistent
//! when no event in it has received a message from outside of it (Mattern
//! 1988). The consistent cuts form layers by their number of events, and a
//! linear extension is a path through the layers; so the number of paths to
//! each cut follows from the layer before. Counting linear extensions is hard
//! in general (Brightwell and Winkler 1991), but with few processes there are
//! few cuts.

use num_bigint::BigUint;
use rustc_hash::{FxHashMap, FxHashSet};

use super::events::Execution;
use crate::model::Count;

/// Cuts that are looked at unless another limit is given.
const CUTS: usize = 300_000;

/// Cuts that are listed at most.
const LISTED: usize = 1_000_000;

/// How many paths lead to each consistent cut of one size.
pub(super) type Layer = FxHashMap<Box<[u32]>, BigUint>;

impl Execution {
    /// Whether `cut`, the number of events of each process that have happened,
    /// is consistent: nothing in it depends on anything outside of it. A
    /// missing number counts as 0; a cut with more events than there are is
    /// not consistent.
    #[must_use]
    pub fn is_consistent(&self, cut: &[usize]) -> bool {
        let taken = |process: usize| cut.get(process).copied().unwrap_or(0);
        if (self.processes.len()..cut.len()).any(|process| taken(process) > 0) {
            return false;
        }
        (0..self.processes.len()).all(|process| {
            let row = self.row_of(process);
            match taken(process).checked_sub(1) {
                None => true,
                Some(last) => row.get(last).is_some_and(|&event| {
                    let known = self.row(event as usize).iter().enumerate();
                    known
                        .into_iter()
                        .all(|(other, &known)| known as usize <= taken(other))
                }),
            }
        })
    }

    /// How many consistent cuts there are, the empty and the full one
    /// included; "at least" where there are more than are looked at.
    #[must_use]
    pub fn consistent_cuts(&self) -> Count {
        self.consistent_cuts_within(self.cuts_to_look_at())
    }

    /// [`Execution::consistent_cuts`], exact if there are at most `limit`.
    #[must_use]
    pub fn consistent_cuts_within(&self, limit: usize) -> Count {
        let sweep = self.sweep(limit);
        sweep.count(BigUint::from(sweep.cuts))
    }

    /// The first consistent cuts, small ones first, at most `limit` of them and
    /// never more than 1,000,000: the number of events of each process.
    #[must_use]
    pub fn list_consistent_cuts(&self, limit: usize) -> Vec<Vec<usize>> {
        let limit = limit.min(LISTED);
        let empty: Box<[u32]> = vec![0; self.processes.len()].into();
        let mut seen = FxHashSet::from_iter([empty.clone()]);
        let mut found = vec![empty];
        let mut done = 0;
        while done < found.len() && found.len() < limit {
            let cut = found[done].clone();
            done += 1;
            self.each_successor(&cut, |next| {
                if found.len() < limit && seen.insert(next.into()) {
                    found.push(next.into());
                }
            });
        }
        found.truncate(limit);
        let numbers = |cut: Box<[u32]>| cut.iter().map(|&taken| taken as usize).collect();
        found.into_iter().map(numbers).collect()
    }

    /// In how many orders the events can happen: the number of linear
    /// extensions of happens-before. Exact, of any size, as long as there are
    /// no more than 300,000 consistent cuts (of more than 60 processes fewer,
    /// since each takes longer); else a true bound from below, made
    /// of the orders through some of the cuts, or of those that take one Lamport
    /// clock after the other.
    #[must_use]
    pub fn linear_extensions(&self) -> Count {
        self.linear_extensions_within(self.cuts_to_look_at())
    }

    /// [`Execution::linear_extensions`], exact if there are at most `limit`
    /// consistent cuts. Time and memory grow with `limit`.
    #[must_use]
    pub fn linear_extensions_within(&self, limit: usize) -> Count {
        let mut sweep = self.sweep(limit);
        let mut paths = std::mem::take(&mut sweep.paths);
        if !sweep.exact {
            paths = paths.max(self.orders_by_level());
        }
        sweep.count(paths)
    }

    /// As many as take a second or two: each has a number for each process, and
    /// as many cuts after it.
    fn cuts_to_look_at(&self) -> usize {
        let processes = self.processes.len().max(1);
        let work = processes.saturating_mul(processes);
        CUTS.min((1 << 30) / work).max(1)
    }

    /// Goes through the layers and forgets each one after the next.
    fn sweep(&self, limit: usize) -> Sweep {
        let events = self.len();
        let mut layer = self.first_layer();
        let (mut seen, mut exact) = (1_usize, true);
        // How many cuts of each layer are kept once there are too many.
        let mut width = 1_usize;
        for size in 1..=events {
            let room = match exact {
                true => limit.saturating_sub(seen),
                false => width.saturating_mul(self.processes.len()),
            };
            let (mut next, all) = self.next_layer(&layer, room.max(1));
            if exact && !all {
                exact = false;
                // The rest takes no longer than what came before.
                width = (limit / (8 * (events - size + 1))).max(1);
            }
            if !exact {
                keep_largest(&mut next, width);
            }
            seen = seen.saturating_add(next.len());
            layer = next;
        }
        // Every path that was kept ends in the full cut.
        Sweep {
            cuts: seen,
            paths: layer.into_values().next().unwrap_or_default(),
            exact,
        }
    }

    /// The number of orders that take the events with the smallest Lamport
    /// clock first, then those with the next one, and so on. Events with the
    /// same clock are concurrent, so they come in any order.
    fn orders_by_level(&self) -> BigUint {
        let mut levels: FxHashMap<u32, u32> = FxHashMap::default();
        let mut factors: Vec<BigUint> = Vec::with_capacity(self.len());
        for &clock in &self.lamport {
            let events = levels.entry(clock).or_default();
            *events += 1;
            factors.push(BigUint::from(*events));
        }
        // Numbers of the same size are multiplied fastest.
        while factors.len() > 1 {
            factors = factors
                .chunks(2)
                .map(|pair| pair.iter().product())
                .collect();
        }
        factors.pop().unwrap_or_else(|| BigUint::from(1_u8))
    }

    /// The empty cut, to which one path leads.
    pub(super) fn first_layer(&self) -> Layer {
        let empty = vec![0; self.processes.len()].into();
        Layer::from_iter([(empty, BigUint::from(1_u8))])
    }

    /// The cuts that are one event larger than those of `layer`, at most
    /// `room` of them, and whether these are all.
    pub(super) fn next_layer(&self, layer: &Layer, room: usize) -> (Layer, bool) {
        let (mut next, mut all) = (Layer::default(), true);
        for (cut, paths) in layer {
            self.each_successor(cut, |larger| {
                if let Some(known) = next.get_mut(larger) {
                    *known += paths;
                } else if next.len() < room {
                    next.insert(larger.into(), paths.clone());
                } else {
                    all = false;
                }
            });
        }
        (next, all)
    }

    /// Calls `found` with each consistent cut of one event more than `cut`.
    fn each_successor(&self, cut: &[u32], mut found: impl FnMut(&[u32])) {
        let mut larger = cut.to_vec();
        for process in 0..cut.len() {
            let Some(&event) = self.row_of(process).get(cut[process] as usize) else {
                continue;
            };
            let mut senders = self.incoming.of(event as usize).iter();
            if senders.all(|&sender| self.is_in(cut, sender)) {
                larger[process] += 1;
                found(&larger);
                larger[process] -= 1;
            }
        }
    }

    /// Whether `event` is in `cut`.
    pub(super) fn is_in(&self, cut: &[u32], event: u32) -> bool {
        let process = self.process_of[event as usize] as usize;
        self.position[event as usize] <= cut[process]
    }
}

struct Sweep {
    cuts: usize,
    paths: BigUint,
    exact: bool,
}

impl Sweep {
    fn count(&self, value: BigUint) -> Count {
        match self.exact {
            true => Count::exactly(value),
            false => Count::at_least(value),
        }
    }
}

/// Keeps the cuts to which most paths lead; the rest of the order only makes
/// the choice the same everywhere.
fn keep_largest(layer: &mut Layer, width: usize) {
    if layer.len() <= width {
        return;
    }
    let mut cuts: Vec<_> = std::mem::take(layer).into_iter().collect();
    cuts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    cuts.truncate(width);
    layer.extend(cuts);
}
