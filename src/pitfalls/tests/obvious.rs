//! Slow and obviously right: a station that goes tick by tick, and caches
//! that list who has what.

use std::collections::{BTreeMap, BTreeSet};

use crate::pitfalls::false_sharing::{Access, LINE};
use crate::pitfalls::station::Jobs;

/// When each job arrives at the station, gets a place, and ends.
pub(super) fn station(jobs: Jobs) -> Vec<(u64, u64, u64)> {
    let mut start = vec![None; jobs.count];
    let mut enter = vec![None; jobs.count];
    let (first, second) = (jobs.first, jobs.second);
    for now in 0..=(jobs.count as u64 + 1) * (first + second) {
        // A job that takes no time makes room for the next at the same tick,
        // so go on until nothing changes.
        loop {
            let before = (start.clone(), enter.clone());
            let arrived = |job: usize| start[job].is_some_and(|s: u64| s + first <= now);
            let left = |job: usize| enter[job].is_some_and(|e: u64| e + second <= now);
            let inside = (0..jobs.count)
                .filter(|&j| enter[j].is_some() && !left(j))
                .count();
            let waiting = (0..jobs.count).find(|&j| arrived(j) && enter[j].is_none());
            let gone = |j: usize| if jobs.stays { left(j) } else { arrived(j) };
            let busy = (0..jobs.count)
                .filter(|&j| start[j].is_some() && !gone(j))
                .count();
            let next = (0..jobs.count).find(|&j| start[j].is_none());
            if let (Some(job), true) = (waiting, inside < jobs.places) {
                enter[job] = Some(now);
            } else if let (Some(job), true) = (next, busy < jobs.workers) {
                start[job] = Some(now);
            }
            if before == (start.clone(), enter.clone()) {
                break;
            }
        }
    }
    let times = start.into_iter().zip(enter);
    times
        .map(|(start, enter)| {
            let (start, enter) = (start.unwrap(), enter.unwrap());
            (start + first, enter, enter + second)
        })
        .collect()
}

/// For each line who has a copy, and who is the only one and may write.
#[derive(Default)]
pub(super) struct Lines {
    copies: BTreeMap<u64, BTreeSet<usize>>,
    pub(super) invalidations: u64,
}

impl Lines {
    pub(super) fn access(&mut self, core: usize, address: u64, writes: bool) -> Access {
        let copies = self.copies.entry(address / LINE).or_default();
        let (mine, others) = (copies.contains(&core), copies.iter().any(|&c| c != core));
        if writes {
            self.invalidations += copies.iter().filter(|&&c| c != core).count() as u64;
            copies.clear();
        }
        copies.insert(core);
        match (mine, others, writes) {
            (true, true, true) => Access::Upgrade,
            (true, _, _) => Access::Hit,
            (false, true, _) => Access::FromCore,
            (false, false, _) => Access::FromMemory,
        }
    }
}
