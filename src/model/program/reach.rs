//! All states that a program can reach, and the steps between them.

use std::hash::Hasher;
use std::sync::Arc;

use rustc_hash::FxHasher;

use super::code::Code;
use super::machine::Footprint;

/// The most words that all states take together, 8 bytes each. States are of
/// different sizes: what is in a channel is a part of them.
pub(super) const MAX_WORDS: usize = 1 << 25;

/// A step from one state to another, by their numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) thread: usize,
    pub(super) to: usize,
    pub(super) footprint: Footprint,
}

/// The reachable states, numbered from the start on, breadth first.
#[derive(Debug)]
pub(super) struct Reach {
    pub(super) code: Arc<Code>,
    pub(super) states: States,
    steps: Vec<Step>,
    /// Where the steps of each state begin in `steps`, and the end of all.
    begins: Vec<usize>,
    order: Vec<usize>,
}

impl Reach {
    /// At most `limit` states, at least one, in at most [`MAX_WORDS`] words.
    pub(super) fn of(code: &Arc<Code>, limit: usize) -> Self {
        let mut states = States::default();
        let mut words = code.first_words();
        for thread in 0..code.threads.len() {
            code.forget_dead(&mut words, thread);
        }
        states.number(&words);
        let (mut steps, mut begins) = (Vec::new(), Vec::new());
        let mut after = Vec::new();
        // Once there are `limit` states, the rest is left unexpanded.
        while begins.len() < states.len()
            && states.len() <= limit.max(1)
            && states.size() <= MAX_WORDS
        {
            words.clear();
            words.extend_from_slice(states.words(begins.len()));
            begins.push(steps.len());
            for thread in 0..code.threads.len() {
                if !code.is_enabled(&words, thread) {
                    continue;
                }
                after.clone_from(&words);
                let footprint = code.step(&mut after, thread);
                code.forget_dead(&mut after, thread);
                let to = states.number(&after);
                steps.push(Step {
                    thread,
                    to,
                    footprint,
                });
            }
        }
        begins.push(steps.len());
        let order = Vec::new();
        let mut reach = Self {
            code: code.clone(),
            states,
            steps,
            begins,
            order,
        };
        reach.order = reach.in_order();
        reach
    }

    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    /// How many states have all of their steps; the others were left out.
    pub(super) fn expanded(&self) -> usize {
        self.begins.len() - 1
    }

    /// The steps of a state, by thread; none if it was not expanded.
    pub(super) fn steps(&self, state: usize) -> &[Step] {
        match (self.begins.get(state), self.begins.get(state + 1)) {
            (Some(begin), Some(end)) => &self.steps[*begin..*end],
            _ => &[],
        }
    }

    /// Every state after all that lead to it (Kahn 1962), but for the states
    /// that a cycle leads to, and those on it: they have no such place.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// Whether some run never ends.
    pub(super) fn has_cycle(&self) -> bool {
        self.order.len() < self.len()
    }

    /// Whether all states are there, with all of their steps.
    pub(super) fn is_complete(&self) -> bool {
        self.expanded() == self.len()
    }

    fn in_order(&self) -> Vec<usize> {
        let mut entries = vec![0_u32; self.len()];
        for step in &self.steps {
            entries[step.to] += 1;
        }
        let mut order = Vec::with_capacity(self.len());
        if entries.first() == Some(&0) {
            order.push(0);
        }
        let mut next = 0;
        while let Some(state) = order.get(next) {
            for step in self.steps(*state) {
                entries[step.to] -= 1;
                if entries[step.to] == 0 {
                    order.push(step.to);
                }
            }
            next += 1;
        }
        order
    }
}

/// States by number and numbers by state: words side by side in one piece of
/// memory, and a hash table with linear probing that holds numbers only.
#[derive(Debug, Clone, Default)]
pub(super) struct States {
    words: Vec<i64>,
    ends: Vec<usize>,
    /// A state's number plus 1, or 0; the length is a power of two.
    table: Vec<u32>,
}

impl States {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The words that all states take together.
    pub(super) fn size(&self) -> usize {
        self.words.len()
    }

    pub(super) fn words(&self, state: usize) -> &[i64] {
        let begin = state.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.words[begin..self.ends[state]]
    }

    /// The number of these words, a new one if they are new.
    pub(super) fn number(&mut self, words: &[i64]) -> usize {
        if self.table.len() < 2 * (self.len() + 1) {
            self.grow();
        }
        let slot = self.slot(words);
        if let Some(number) = (self.table[slot] as usize).checked_sub(1) {
            return number;
        }
        self.words.extend_from_slice(words);
        self.ends.push(self.words.len());
        self.table[slot] = u32::try_from(self.len()).unwrap_or(u32::MAX);
        self.len() - 1
    }

    /// The number of these words, if they have one.
    pub(super) fn find(&self, words: &[i64]) -> Option<usize> {
        if self.table.is_empty() {
            return None;
        }
        (self.table[self.slot(words)] as usize).checked_sub(1)
    }

    /// Where the words are in the table, or would be.
    fn slot(&self, words: &[i64]) -> usize {
        let mask = self.table.len() - 1;
        let mut slot = hash(words) & mask;
        loop {
            match (self.table[slot] as usize).checked_sub(1) {
                Some(number) if self.words(number) != words => slot = (slot + 1) & mask,
                _ => return slot,
            }
        }
    }

    fn grow(&mut self) {
        let length = (2 * self.table.len()).max(64);
        self.table = vec![0; length];
        for state in 0..self.len() {
            let mut slot = hash(self.words(state)) & (length - 1);
            while self.table[slot] != 0 {
                slot = (slot + 1) & (length - 1);
            }
            self.table[slot] = u32::try_from(state + 1).unwrap_or(u32::MAX);
        }
    }
}

fn hash(words: &[i64]) -> usize {
    let mut hasher = FxHasher::default();
    for word in words {
        hasher.write_u64(word.cast_unsigned());
    }
    usize::try_from(hasher.finish()).unwrap_or(0)
}
