//! Counting interleavings of loop-free programs with many states, fast.
//!
//! A step moves one thread forward, so the sum of all positions puts states
//! into layers, and a layer is done before the next ones: only a few layers
//! are in memory. Within one, states with the same positions are together in a
//! small hash table, since the same steps lead from all of them to the same
//! next tables. A state is one number of 63 bits, and most loads and stores
//! are done on it. And states that go on alike are one: those that differ only
//! in who is who among threads with the same statements (Clarke et al. 1996),
//! or only in a variable that somebody will store before anybody reads it.
//!
//! What does not fit (loops, waits, channels, large values or counts) is left
//! to [`super::reach`].

mod alike;
mod packing;
mod table;
mod trail;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::code::{Code, Operation};
use super::machine::Footprint;
use super::outcome::Ending;
use alike::{alike, next_access};
use packing::{Packing, Transfer};
use table::Table;
use trail::Trail;

/// What was counted.
pub(super) struct Tally {
    pub(super) ways: u128,
    pub(super) outcomes: BTreeMap<(Vec<i64>, Ending), u128>,
    pub(super) states: usize,
    pub(super) is_complete: bool,
}

/// Counts over at most `limit` states; `None` if this is not the way to do it.
pub(super) fn tally(code: &Arc<Code>, limit: usize) -> Option<Tally> {
    for is_strict in STRICT_FIRST {
        let mut counter = Counter::new(code, is_strict, limit)?;
        if counter.run().is_some() {
            return Some(counter.tally);
        }
    }
    None
}

/// A run to a failure or deadlock, as the threads that move: there is one if
/// the outcomes of [`tally`] with the same limit show one.
pub(super) fn failing(code: &Arc<Code>, limit: usize) -> Option<Vec<usize>> {
    for is_strict in STRICT_FIRST {
        let mut counter = Counter::new(code, is_strict, limit)?;
        counter.trail = Some(Trail::default());
        // The same states in the same order, until the first bad ending.
        let _ = counter.run();
        if let Some(states) = counter.trail.take().and_then(Trail::into_states) {
            return counter.way(&states);
        }
    }
    None
}

/// A failure or deadlock shows all values and who did it. Few programs have
/// one, so at first states are made equal as if there were none.
const STRICT_FIRST: [bool; 2] = [true, false];

fn fits(code: &Code) -> bool {
    let forward = |(at, operation): (usize, &Operation)| match operation {
        Operation::Jump { target } | Operation::Branch { target, .. } => *target > at,
        Operation::Wait { .. } => false,
        _ => true,
    };
    code.channels.is_empty()
        && code.threads.iter().all(|thread| {
            let operations = thread.statements.iter().map(|s| &s.operation);
            operations.enumerate().all(forward)
        })
}

/// The states of a layer by the positions of their threads.
type Layer = FxHashMap<u64, Table>;

struct Counter {
    code: Arc<Code>,
    packing: Packing,
    layers: Vec<Layer>,
    states: usize,
    limit: usize,
    is_strict: bool,
    /// For each thread and position: the variables that may be read before
    /// they are stored, and those that are certainly stored before.
    next_access: Vec<Vec<Footprint>>,
    /// For each thread and position: the step, if it can be done on a number.
    transfers: Vec<Vec<Option<Transfer>>>,
    /// States in which a thread failed.
    failed: FxHashSet<Vec<i64>>,
    /// Where each state came from, if that is to be known.
    trail: Option<Trail>,
    tally: Tally,
}

impl Counter {
    fn new(code: &Arc<Code>, is_strict: bool, limit: usize) -> Option<Self> {
        if !fits(code) {
            return None;
        }
        let alike = if is_strict { alike(code) } else { Vec::new() };
        let packing = Packing::new(code, alike)?;
        let lengths = code.threads.iter().map(|thread| thread.statements.len());
        let transfers = lengths.clone().enumerate().map(|(thread, length)| {
            let transfer = |at| Transfer::of(code, &packing, thread, at);
            (0..=length).map(transfer).collect()
        });
        Some(Self {
            code: code.clone(),
            layers: (0..=lengths.sum()).map(|_| Layer::default()).collect(),
            states: 0,
            limit,
            is_strict,
            next_access: code.threads.iter().map(next_access).collect(),
            transfers: transfers.collect(),
            packing,
            failed: FxHashSet::default(),
            trail: None,
            tally: Tally {
                ways: 0,
                outcomes: BTreeMap::new(),
                states: 0,
                is_complete: true,
            },
        })
    }

    fn run(&mut self) -> Option<()> {
        let words = self.first_words();
        let mut room = Room {
            after: words.clone(),
            words,
            from: START,
        };
        self.arrive(&mut room.after, START, 1)?;
        for rank in 0..self.layers.len() {
            for (positions, table) in std::mem::take(&mut self.layers[rank]) {
                self.leave(positions, &table, &mut room)?;
            }
        }
        self.tally.states = self.states;
        Some(())
    }

    fn first_words(&self) -> Vec<i64> {
        let mut words = self.code.first_words();
        for thread in 0..self.code.threads.len() {
            self.code.forget_dead(&mut words, thread);
        }
        words
    }

    /// All steps from the states in a table.
    fn leave(&mut self, positions: u64, table: &Table, room: &mut Room) -> Option<()> {
        let code = self.code.clone();
        // What is no position is of no interest here.
        self.packing.unpack(positions, &mut room.words);
        let mut others = Vec::new();
        let mut is_end = true;
        for thread in 0..code.threads.len() {
            let at = code.at(&room.words, thread);
            if let Some(transfer) = self.transfers[thread][at] {
                is_end = false;
                room.after.copy_from_slice(&room.words);
                room.after[code.position(thread)] += 1;
                let (rank, dead) = self.ahead(&room.after);
                let transfer = transfer.forgetting(self.packing.mask_of(dead));
                for (key, ways) in self.transfer(transfer, rank, positions, table)? {
                    room.set(&self.packing, key);
                    self.step(thread, ways, room)?;
                }
                self.packing.unpack(positions, &mut room.words);
            } else if !code.is_finished(&room.words, thread) {
                others.push(thread);
            }
        }
        if is_end || !others.is_empty() {
            for (key, ways) in table.iter() {
                room.set(&self.packing, key);
                self.leave_one(&others, is_end, ways, room)?;
            }
        }
        Some(())
    }

    /// One step from all states in a table; those for which it must be done in
    /// another way are returned.
    fn transfer(
        &mut self,
        transfer: Transfer,
        rank: usize,
        positions: u64,
        table: &Table,
    ) -> Option<Vec<(u64, u128)>> {
        let positions = self.packing.sorted(transfer.forward(positions));
        let new = || Table::with_room_for(table.len());
        let mut next = self
            .layers
            .get_mut(rank)?
            .remove(&positions)
            .unwrap_or_else(new);
        let mut left = Vec::new();
        for (key, ways) in table.iter() {
            if self.states > self.limit {
                self.cut(ways)?;
                continue;
            }
            let Some(after) = transfer.apply(key) else {
                left.push((key, ways));
                continue;
            };
            let after = self.packing.sorted(after);
            if next.add(after, ways)? {
                self.states += self.packing.states(after);
                if let Some(trail) = &mut self.trail {
                    trail.note(key, after);
                }
            }
        }
        self.layers.get_mut(rank)?.insert(positions, next);
        Some(left)
    }

    /// Steps of `others` from the state in `room`; it `is_end` if they have none.
    fn leave_one(
        &mut self,
        others: &[usize],
        mut is_end: bool,
        ways: u128,
        room: &mut Room,
    ) -> Option<()> {
        if self.states > self.limit && self.code.ending(&room.words).is_none() {
            return self.cut(ways);
        }
        for thread in others {
            if self.code.is_enabled(&room.words, *thread) {
                is_end = false;
                self.step(*thread, ways, room)?;
            }
        }
        if is_end {
            self.end(&room.words, room.from, ways)
        } else {
            Some(())
        }
    }

    /// At the limit on states a step is left out; it begins at least one run.
    fn cut(&mut self, ways: u128) -> Option<()> {
        self.tally.is_complete = false;
        self.tally.ways = self.tally.ways.checked_add(ways)?;
        Some(())
    }

    fn step(&mut self, thread: usize, ways: u128, room: &mut Room) -> Option<()> {
        room.after.copy_from_slice(&room.words);
        self.code.step(&mut room.after, thread);
        self.code.forget_dead(&mut room.after, thread);
        self.arrive(&mut room.after, room.from, ways)
    }

    fn arrive(&mut self, words: &mut [i64], from: u64, ways: u128) -> Option<()> {
        if self.code.has_ended(words) {
            // Several states may lead to it, and it is one.
            self.states += usize::from(self.failed.insert(words.to_vec()));
            return self.end(words, from, ways);
        }
        let key = self.canonical(words)?;
        let rank = self.ahead(words).0;
        let table = self
            .layers
            .get_mut(rank)?
            .entry(self.packing.positions(key));
        if table.or_default().add(key, ways)? {
            self.states += self.packing.states(key);
            if let Some(trail) = &mut self.trail {
                trail.note(from, key);
            }
        }
        Some(())
    }

    /// The number of a state, the same for all that go on alike.
    fn canonical(&self, words: &mut [i64]) -> Option<u64> {
        let (_, mut dead) = self.ahead(words);
        while dead != 0 {
            words[dead.trailing_zeros() as usize] = 0;
            dead &= dead - 1;
        }
        self.packing.pack(words)
    }

    /// Which layer a state belongs to, and which variables are dead in it, by
    /// the positions of its threads.
    fn ahead(&self, words: &[i64]) -> (usize, u64) {
        let (mut rank, mut read, mut stored) = (0, 0, 0);
        for (thread, next) in self.next_access.iter().enumerate() {
            let at = self.code.at(words, thread);
            rank += at;
            read |= next[at].reads;
            stored |= next[at].writes;
        }
        (rank, if self.is_strict { stored & !read } else { 0 })
    }

    fn end(&mut self, words: &[i64], from: u64, ways: u128) -> Option<()> {
        let ending = self.code.ending(words)?;
        if !ending.is_good()
            && let Some(trail) = &mut self.trail
        {
            trail.bad = Some(from);
            return None;
        }
        let names_threads = match &ending {
            Ending::Finished => false,
            Ending::Deadlock(_) => true,
            Ending::Failed { thread, .. } => thread.is_some(),
        };
        if names_threads && self.is_strict {
            return None;
        }
        let values = self.code.final_values(words);
        let sum = self.tally.outcomes.entry((values, ending)).or_insert(0);
        *sum = sum.checked_add(ways)?;
        self.tally.ways = self.tally.ways.checked_add(ways)?;
        Some(())
    }

    /// The threads that move through these states to a bad ending. A state
    /// stands for all that go on alike, so the run is found by going along.
    fn way(&self, states: &[u64]) -> Option<Vec<usize>> {
        let code = &self.code;
        let mut words = self.first_words();
        let mut threads = Vec::new();
        // The start is where the run is already.
        let next = states.iter().skip(1).map(|key| Some(*key));
        for key in next.chain([None]) {
            if code.ending(&words).is_some() {
                break;
            }
            let mut enabled = (0..code.threads.len()).filter(|t| code.is_enabled(&words, *t));
            let (thread, after) = enabled.find_map(|thread| {
                let mut after = words.clone();
                code.step(&mut after, thread);
                code.forget_dead(&mut after, thread);
                let mut alike = after.clone();
                let is_it = match key {
                    Some(key) => !code.has_ended(&after) && self.canonical(&mut alike) == Some(key),
                    None => code.has_ended(&after),
                };
                is_it.then_some((thread, after))
            })?;
            threads.push(thread);
            words = after;
        }
        Some(threads)
    }
}

/// Comes before the first state.
const START: u64 = u64::MAX;

/// Room to work in: the words of a state, its number, and the words of one
/// after it.
struct Room {
    words: Vec<i64>,
    from: u64,
    after: Vec<i64>,
}

impl Room {
    fn set(&mut self, packing: &Packing, key: u64) {
        packing.unpack(key, &mut self.words);
        self.from = key;
    }
}
