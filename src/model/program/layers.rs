//! Counting interleavings of loop-free programs with many states, fast.
//!
//! Three ideas. A step moves one thread forward, so the sum of all positions
//! puts states into layers, and a layer is done before the next ones: only a
//! few layers are in memory, each a small hash table. A state is one number of
//! 63 bits. And states that go on alike are one: those that differ only in who
//! is who among threads with the same statements (Clarke et al. 1996), or only
//! in a variable that somebody will store before anybody reads it.
//!
//! What does not fit (loops, waits, channels, large values or counts) is left
//! to [`super::reach`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::code::{Code, Operation, Thread};
use super::machine::Footprint;
use super::outcome::Ending;

/// What was counted.
pub(super) struct Tally {
    pub(super) ways: u128,
    pub(super) outcomes: BTreeMap<(Vec<i64>, Ending), u128>,
    pub(super) states: usize,
    pub(super) is_complete: bool,
}

/// Counts over at most `limit` states; `None` if this is not the way to do it.
pub(super) fn tally(code: &Arc<Code>, limit: usize) -> Option<Tally> {
    if !fits(code) {
        return None;
    }
    // A failure or deadlock shows all values and who did it. Few programs have
    // one, so at first states are made equal as if there were none.
    let strict = Counter::new(code, true, limit)?.run();
    strict.or_else(|| Counter::new(code, false, limit)?.run())
}

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

/// For each position of a loop-free thread, from the end backwards.
fn next_access(thread: &Thread) -> Vec<Footprint> {
    let mut next = vec![Footprint::default(); thread.statements.len() + 1];
    for (at, statement) in thread.statements.iter().enumerate().rev() {
        let mut now = next[at + 1];
        match &statement.operation {
            Operation::Jump { target } => now = next[*target],
            Operation::Branch { target, .. } => {
                now.reads |= next[*target].reads;
                now.writes &= next[*target].writes;
            }
            Operation::Store { to, .. } => {
                now.reads &= !(1 << to);
                now.writes |= 1 << to;
            }
            Operation::Load { from: at, .. }
            | Operation::FetchAdd { at, .. }
            | Operation::CompareExchange { at, .. } => {
                now.reads |= 1 << at;
                now.writes &= !(1 << at);
            }
            _ => {}
        }
        next[at] = now;
    }
    next
}

/// Threads in groups that do the same. Locks know their owners, and an end that
/// looks at registers knows whose they are, so then nobody is like another.
fn alike(code: &Code) -> Vec<Vec<usize>> {
    let mut at_end = code.observed.iter().map(|(_, word)| *word);
    let ensured = code.ensure.as_ref().map(|(condition, _)| condition.names());
    let is_register = |word: usize| word >= code.shared.len();
    if !code.locks.is_empty()
        || at_end.any(is_register)
        || ensured.is_some_and(|words| words.into_iter().any(is_register))
    {
        return Vec::new();
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (number, thread) in code.threads.iter().enumerate() {
        let same = |group: &&mut Vec<usize>| {
            let other = &code.threads[group[0]];
            let pairs = other.statements.iter().zip(&thread.statements);
            other.statements.len() == thread.statements.len()
                && other.registers.len() == thread.registers.len()
                && pairs.into_iter().all(|(a, b)| a.operation == b.operation)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(number),
            None => groups.push(vec![number]),
        }
    }
    groups
}

/// Where a word of a state is in its number.
#[derive(Debug, Clone, Copy)]
struct Field {
    word: usize,
    shift: u32,
    bits: u32,
    /// Added before packing, so that negative values fit, too.
    offset: i64,
}

/// How states become numbers.
struct Packing {
    fields: Vec<Field>,
    /// For each thread: where its fields begin, and a mask of them at 0.
    blocks: Vec<(u32, u64)>,
    alike: Vec<Vec<usize>>,
}

impl Packing {
    fn new(code: &Code, alike: Vec<Vec<usize>>) -> Option<Self> {
        let bits_for = |most: usize| usize::BITS - most.leading_zeros();
        let positions: u32 = code
            .threads
            .iter()
            .map(|t| bits_for(t.statements.len()))
            .sum();
        let owner_bits = bits_for(code.threads.len());
        let owners = owner_bits * u32::try_from(code.locks.len()).ok()?;
        let registers = code.threads.iter().map(|thread| thread.registers.len());
        let values = u32::try_from(code.shared.len() + registers.sum::<usize>()).ok()?;
        // 63 bits, so that no state is the number that marks an empty place.
        let left = 63_u32.checked_sub(positions + owners)?;
        let bits = (left / values.max(1)).min(40);
        if bits < 6 {
            return None;
        }
        let offset = 1_i64 << (bits - 1);
        let mut packing = Self {
            fields: Vec::new(),
            blocks: Vec::new(),
            alike,
        };
        let mut shift = 0;
        let mut field = |fields: &mut Vec<Field>, word, bits, offset| {
            fields.push(Field {
                word,
                shift,
                bits,
                offset,
            });
            shift += bits;
            shift
        };
        for (number, thread) in code.threads.iter().enumerate() {
            let begin = packing
                .blocks
                .last()
                .map_or(0, |(begin, mask)| begin + mask.count_ones());
            let bits_here = bits_for(thread.statements.len());
            let mut end = field(&mut packing.fields, code.position(number), bits_here, 0);
            for register in 0..thread.registers.len() {
                end = field(&mut packing.fields, thread.base + register, bits, offset);
            }
            packing.blocks.push((begin, (1 << (end - begin)) - 1));
        }
        for word in 0..code.shared.len() {
            field(&mut packing.fields, word, bits, offset);
        }
        for lock in 0..code.locks.len() {
            field(&mut packing.fields, code.owner(lock), owner_bits, 0);
        }
        Some(packing)
    }

    /// The number of a state, the same for states that only swap threads;
    /// `None` if a value is too large.
    fn pack(&self, words: &[i64]) -> Option<u64> {
        let mut key = 0;
        for field in &self.fields {
            let value = words[field.word].checked_add(field.offset)?.cast_unsigned();
            if value >> field.bits != 0 {
                return None;
            }
            key |= value << field.shift;
        }
        for group in &self.alike {
            if group.len() > 1 {
                key = self.sorted(key, group);
            }
        }
        Some(key)
    }

    fn unpack(&self, key: u64, words: &mut [i64]) {
        for field in &self.fields {
            let value = (key >> field.shift) & ((1 << field.bits) - 1);
            words[field.word] = value.cast_signed() - field.offset;
        }
    }

    fn block(&self, key: u64, thread: usize) -> u64 {
        let (shift, mask) = self.blocks[thread];
        (key >> shift) & mask
    }

    /// The group's blocks in ascending order: selection sort, for few threads.
    fn sorted(&self, mut key: u64, group: &[usize]) -> u64 {
        for (index, thread) in group.iter().enumerate() {
            for other in &group[index + 1..] {
                let (a, b) = (self.block(key, *thread), self.block(key, *other));
                if a > b {
                    key ^= (a ^ b) << self.blocks[*thread].0;
                    key ^= (a ^ b) << self.blocks[*other].0;
                }
            }
        }
        key
    }

    /// How many states one stands for: in how many ways its threads can swap.
    fn states(&self, key: u64) -> usize {
        let mut states = 1;
        for group in &self.alike {
            let mut same = 0;
            for (index, thread) in group.iter().enumerate() {
                let is_same =
                    index > 0 && self.block(key, *thread) == self.block(key, group[index - 1]);
                same = if is_same { same + 1 } else { 1 };
                // n! / (a! b! ..), one factor after another.
                states = states * (index + 1) / same;
            }
        }
        states
    }
}

struct Counter {
    code: Arc<Code>,
    packing: Packing,
    layers: Vec<Layer>,
    /// Empty tables to be used again.
    spare: Vec<Layer>,
    states: usize,
    limit: usize,
    is_strict: bool,
    /// For each thread and position: the variables that may be read before
    /// they are stored, and those that are certainly stored before.
    next_access: Vec<Vec<Footprint>>,
    tally: Tally,
}

impl Counter {
    fn new(code: &Arc<Code>, is_strict: bool, limit: usize) -> Option<Self> {
        let next_access = code.threads.iter().map(next_access).collect();
        let alike = if is_strict { alike(code) } else { Vec::new() };
        let packing = Packing::new(code, alike)?;
        let ranks: usize = code
            .threads
            .iter()
            .map(|thread| thread.statements.len())
            .sum();
        let tally = Tally {
            ways: 0,
            outcomes: BTreeMap::new(),
            states: 0,
            is_complete: true,
        };
        Some(Self {
            code: code.clone(),
            packing,
            layers: (0..=ranks).map(|_| Layer::default()).collect(),
            spare: Vec::new(),
            states: 0,
            limit,
            is_strict,
            next_access,
            tally,
        })
    }

    fn run(mut self) -> Option<Tally> {
        let code = self.code.clone();
        let mut words = code.first_words();
        for thread in 0..code.threads.len() {
            code.forget_dead(&mut words, thread);
        }
        let mut after = words.clone();
        self.arrive(&code, &mut after, 1)?;
        for rank in 0..self.layers.len() {
            let mut layer = std::mem::take(&mut self.layers[rank]);
            for (key, ways) in &layer.places {
                if *key != EMPTY {
                    self.packing.unpack(*key, &mut words);
                    self.leave(&code, &words, *ways, &mut after)?;
                }
            }
            layer.clear();
            self.spare.push(layer);
        }
        self.tally.states = self.states;
        Some(self.tally)
    }

    /// All steps from a state to which `ways` lead; `after` is room to work in.
    fn leave(
        &mut self,
        code: &Code,
        words: &[i64],
        ways: u128,
        after: &mut Vec<i64>,
    ) -> Option<()> {
        if self.states > self.limit && code.ending(words).is_none() {
            self.tally.is_complete = false;
            self.tally.ways = self.tally.ways.checked_add(ways)?;
            return Some(());
        }
        let mut is_end = true;
        for thread in 0..code.threads.len() {
            if code.is_enabled(words, thread) {
                is_end = false;
                after.copy_from_slice(words);
                code.step(after, thread);
                code.forget_dead(after, thread);
                self.arrive(code, after, ways)?;
            }
        }
        if is_end {
            self.end(words, ways)
        } else {
            Some(())
        }
    }

    fn arrive(&mut self, code: &Code, words: &mut [i64], ways: u128) -> Option<()> {
        if code.has_ended(words) {
            self.states += 1;
            return self.end(words, ways);
        }
        let (mut rank, mut read, mut stored) = (0, 0, 0);
        for (thread, next) in self.next_access.iter().enumerate() {
            let at = code.at(words, thread);
            rank += at;
            read |= next[at].reads;
            stored |= next[at].writes;
        }
        let mut dead = stored & !read;
        while self.is_strict && dead != 0 {
            words[dead.trailing_zeros() as usize] = 0;
            dead &= dead - 1;
        }
        let key = self.packing.pack(words)?;
        let layer = self.layers.get_mut(rank)?;
        if layer.places.is_empty()
            && let Some(spare) = self.spare.pop()
        {
            *layer = spare;
        }
        if layer.add(key, ways)? {
            self.states += self.packing.states(key);
        }
        Some(())
    }

    fn end(&mut self, words: &[i64], ways: u128) -> Option<()> {
        let ending = self.code.ending(words)?;
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
}

/// Marks an empty place in a table.
const EMPTY: u64 = u64::MAX;

/// States and the ways to them: a hash table with linear probing, at most
/// half full, its length a power of two. Key and ways are side by side, since
/// whoever asks for one needs the other.
#[derive(Default)]
struct Layer {
    places: Vec<(u64, u128)>,
    held: usize,
}

impl Layer {
    /// Adds `ways` to a state; whether it is new, `None` if they are too many.
    fn add(&mut self, key: u64, ways: u128) -> Option<bool> {
        if 2 * self.held >= self.places.len() {
            self.grow();
        }
        let slot = self.slot(key);
        let place = self.places.get_mut(slot)?;
        let is_new = place.0 == EMPTY;
        if is_new {
            *place = (key, ways);
            self.held += 1;
        } else {
            place.1 = place.1.checked_add(ways)?;
        }
        Some(is_new)
    }

    fn slot(&self, key: u64) -> usize {
        let mask = self.places.len() - 1;
        // Multiplication mixes upwards, so the place is taken from the top
        // (Knuth 1973, Fibonacci hashing).
        let mixed = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let mut slot = (mixed as usize) & mask;
        while self.places[slot].0 != EMPTY && self.places[slot].0 != key {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        let length = (2 * self.places.len()).max(64);
        for (key, ways) in std::mem::replace(&mut self.places, vec![(EMPTY, 0); length]) {
            if key != EMPTY {
                let slot = self.slot(key);
                self.places[slot] = (key, ways);
            }
        }
    }

    fn clear(&mut self) {
        self.places.fill((EMPTY, 0));
        self.held = 0;
    }
}
