//! Equal jobs in two stages: first on a worker, then at a station with a few
//! places, in the order of arrival. The station is a backend or a lock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What the jobs are, all times in ticks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Jobs {
    pub(super) count: usize,
    /// On a worker.
    pub(super) first: u64,
    /// At the station.
    pub(super) second: u64,
    pub(super) workers: usize,
    /// How many jobs the station takes at once.
    pub(super) places: usize,
    /// Whether a worker stays with its job until the station is done with it.
    pub(super) stays: bool,
}

/// When one job did what: it starts, reaches the station, gets a place, ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) worker: usize,
    pub(super) start: u64,
    pub(super) arrive: u64,
    pub(super) enter: u64,
    pub(super) end: u64,
}

impl Jobs {
    /// Every job's visit, in the order of the jobs. All jobs are equal, so the
    /// one that starts first also arrives first, and one pass is enough.
    pub(super) fn run(self) -> Vec<Visit> {
        let mut workers: BinaryHeap<_> = (0..self.workers).map(|w| Reverse((0, w))).collect();
        let mut places: BinaryHeap<_> = (0..self.places).map(|_| Reverse(0)).collect();
        let mut visits = Vec::with_capacity(self.count);
        for _ in 0..self.count {
            let (Some(Reverse((start, worker))), Some(Reverse(free))) =
                (workers.pop(), places.pop())
            else {
                break;
            };
            let arrive = start + self.first;
            let enter = arrive.max(free);
            let end = enter + self.second;
            workers.push(Reverse((if self.stays { end } else { arrive }, worker)));
            places.push(Reverse(end));
            visits.push(Visit {
                worker,
                start,
                arrive,
                enter,
                end,
            });
        }
        visits
    }
}
