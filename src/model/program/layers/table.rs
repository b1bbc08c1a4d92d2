//! A small hash table from states to the ways that lead to them.

/// Marks an empty place: no state is this number.
const EMPTY: u64 = u64::MAX;

/// States and the ways to them: linear probing, at most half full, its length
/// a power of two. Keys are apart from ways, so that looking for one touches
/// little memory.
#[derive(Default)]
pub(super) struct Table {
    keys: Vec<u64>,
    ways: Vec<u128>,
    held: usize,
}

impl Table {
    /// A table in which about `states` states find room.
    pub(super) fn with_room_for(states: usize) -> Self {
        let length = (2 * states).next_power_of_two().max(8);
        Self {
            keys: vec![EMPTY; length],
            ways: vec![0; length],
            held: 0,
        }
    }

    /// How many states there are.
    pub(super) fn len(&self) -> usize {
        self.held
    }

    /// States and ways.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u128)> {
        let all = self.keys.iter().copied().zip(self.ways.iter().copied());
        all.filter(|(key, _)| *key != EMPTY)
    }

    /// Adds `ways` to a state; whether it is new, `None` if they are too many.
    pub(super) fn add(&mut self, key: u64, ways: u128) -> Option<bool> {
        if 2 * self.held >= self.keys.len() {
            self.grow();
        }
        let slot = self.slot(key);
        let is_new = self.keys[slot] == EMPTY;
        self.keys[slot] = key;
        self.ways[slot] = self.ways[slot].checked_add(ways)?;
        self.held += usize::from(is_new);
        Some(is_new)
    }

    fn slot(&self, key: u64) -> usize {
        let mask = self.keys.len() - 1;
        // Multiplication mixes upwards, so the place is taken from the top
        // (Knuth 1973, Fibonacci hashing).
        let mixed = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let mut slot = (mixed as usize) & mask;
        while self.keys[slot] != EMPTY && self.keys[slot] != key {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        let mut larger = Self::with_room_for(self.keys.len());
        for (key, ways) in self.iter() {
            let slot = larger.slot(key);
            larger.keys[slot] = key;
            larger.ways[slot] = ways;
        }
        larger.held = self.held;
        *self = larger;
    }
}
