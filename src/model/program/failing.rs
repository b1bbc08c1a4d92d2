//! For each failure, the run to it with the fewest preemptions.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::code::Code;
use super::outcome::Ending;
use super::reach::{MAX_WORDS, Reach, States};

/// A bad ending, and the threads that move on the way to it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) ending: Ending,
    pub(super) threads: Vec<usize>,
}

/// Every bad ending once, those with the fewest preemptions first, then those
/// with the fewest steps; only the first if `only_one`.
///
/// Who moved last decides what a switch costs, so this is a shortest path
/// (Dijkstra 1959) over pairs of a state and a thread.
pub(super) fn failures(reach: &Reach, only_one: bool) -> Vec<Found> {
    let mut search = Search::new(reach);
    let mut found: Vec<Found> = Vec::new();
    while let Some(place) = search.next() {
        let state = place / search.lasts;
        if !reach.steps(state).is_empty() {
            continue;
        }
        let ending = reach.code.ending(reach.states.words(state));
        let Some(ending) = ending.filter(|ending| !ending.is_good()) else {
            continue;
        };
        if found.iter().any(|other| other.ending == ending) {
            continue;
        }
        found.push(Found {
            ending,
            threads: search.way(place),
        });
        if only_one {
            break;
        }
    }
    found
}

/// The way to a bad ending with the fewest preemptions, for a program with too
/// many states: those that need no preemption are looked into first, then
/// those that need one, and so on (Musuvathi and Qadeer 2007). `None` if there
/// is none among the first `limit` states.
pub(super) fn nearest(code: &Code, limit: usize) -> Option<Vec<usize>> {
    let lasts = code.threads.len() + 1;
    let mut states = States::default();
    let mut words = code.first_words();
    for thread in 0..code.threads.len() {
        code.forget_dead(&mut words, thread);
    }
    let start = states.number(&words) * lasts + lasts - 1;
    let mut came_from: FxHashMap<usize, usize> = FxHashMap::default();
    // Deep first, since ends are deep: places, each with the one before.
    let (mut now, mut later) = (vec![(start, start)], Vec::new());
    while states.len() <= limit && came_from.len() <= limit && states.size() <= MAX_WORDS {
        let Some((place, before)) = now.pop() else {
            if later.is_empty() {
                return None;
            }
            std::mem::swap(&mut now, &mut later);
            continue;
        };
        if came_from.contains_key(&place) {
            continue;
        }
        came_from.insert(place, before);
        words.clear();
        words.extend_from_slice(states.words(place / lasts));
        let (last, threads) = (place % lasts, 0..lasts - 1);
        let can_go_on = last < lasts - 1 && code.is_enabled(&words, last);
        let mut is_end = true;
        for thread in threads.rev() {
            if code.is_enabled(&words, thread) {
                is_end = false;
                let mut after = words.clone();
                code.step(&mut after, thread);
                code.forget_dead(&mut after, thread);
                let to = states.number(&after) * lasts + thread;
                let preempts = can_go_on && thread != last;
                if preempts { &mut later } else { &mut now }.push((to, place));
            }
        }
        if is_end && code.ending(&words).is_some_and(|ending| !ending.is_good()) {
            let mut threads = Vec::new();
            let mut at = place;
            while at != start {
                threads.push(at % lasts);
                at = *came_from.get(&at)?;
            }
            threads.reverse();
            return Some(threads);
        }
    }
    None
}

/// A place is a state and the thread that moved last, or that none did.
struct Search<'a> {
    reach: &'a Reach,
    lasts: usize,
    /// Preemptions and steps to each place that was seen, in one number.
    best: Vec<u64>,
    /// The place before.
    came_from: Vec<u32>,
    queue: BinaryHeap<Reverse<(u64, usize)>>,
}

/// Preemptions weigh more than all steps together.
const PREEMPTION: u64 = 1 << 40;

impl<'a> Search<'a> {
    fn new(reach: &'a Reach) -> Self {
        let lasts = reach.code.threads.len() + 1;
        let places = reach.len() * lasts;
        let start = lasts - 1;
        let mut best = vec![u64::MAX; places];
        best[start] = 0;
        Self {
            reach,
            lasts,
            best,
            came_from: vec![0; places],
            queue: BinaryHeap::from([Reverse((0, start))]),
        }
    }

    /// The nearest place that was not yet returned.
    fn next(&mut self) -> Option<usize> {
        loop {
            let Reverse((cost, place)) = self.queue.pop()?;
            if cost > self.best[place] {
                continue;
            }
            let (state, last) = (place / self.lasts, place % self.lasts);
            let steps = self.reach.steps(state);
            let could_go_on = steps.iter().any(|step| step.thread == last);
            for step in steps {
                let preempts = could_go_on && step.thread != last;
                let cost = cost + 1 + if preempts { PREEMPTION } else { 0 };
                let to = step.to * self.lasts + step.thread;
                if cost < self.best[to] {
                    self.best[to] = cost;
                    self.came_from[to] = u32::try_from(place).unwrap_or(u32::MAX);
                    self.queue.push(Reverse((cost, to)));
                }
            }
            return Some(place);
        }
    }

    /// The threads that move on the way to a place.
    fn way(&self, mut place: usize) -> Vec<usize> {
        let mut threads = Vec::new();
        while place % self.lasts != self.lasts - 1 {
            threads.push(place % self.lasts);
            place = self.came_from[place] as usize;
        }
        threads.reverse();
        threads
    }
}
