//! States as numbers, and steps that are done on the numbers alone.

use super::super::code::{Code, Operation};
use super::super::expression::Expression;

/// Where a word of a state is in its number.
#[derive(Debug, Clone, Copy)]
struct Field {
    shift: u32,
    bits: u32,
    /// Whether it may be negative; then it is in two's complement, so that 0
    /// is always 0.
    is_signed: bool,
}

impl Field {
    fn mask(self) -> u64 {
        ((1 << self.bits) - 1) << self.shift
    }

    fn get(self, key: u64) -> i64 {
        let above = u64::BITS - self.bits;
        let top = (key >> self.shift) << above;
        if self.is_signed {
            top.cast_signed() >> above
        } else {
            (top >> above).cast_signed()
        }
    }

    /// `key`, where the field is 0, with this value; `None` if it is too large.
    fn put(self, key: u64, value: i64) -> Option<u64> {
        let now = key | (value.cast_unsigned() << self.shift & self.mask());
        (self.get(now) == value).then_some(now)
    }
}

/// How states become numbers of 63 bits: for each thread its registers and
/// above them its position, then what is shared, then the owners of locks.
pub(super) struct Packing {
    /// Each field and its word.
    fields: Vec<(usize, Field)>,
    /// For each thread: where its fields begin, and a mask of them at 0.
    blocks: Vec<(u32, u64)>,
    alike: Vec<Vec<usize>>,
    /// The positions of all threads.
    positions: u64,
}

impl Packing {
    /// `None` if there is too little room for values.
    pub(super) fn new(code: &Code, alike: Vec<Vec<usize>>) -> Option<Self> {
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
        let mut packing = Self {
            fields: Vec::new(),
            blocks: Vec::new(),
            alike,
            positions: 0,
        };
        let mut end = 0;
        for (number, thread) in code.threads.iter().enumerate() {
            let begin = end;
            for register in 0..thread.registers.len() {
                packing.field(&mut end, thread.base + register, bits, true);
            }
            let bits = bits_for(thread.statements.len());
            let position = packing.field(&mut end, code.position(number), bits, false);
            packing.positions |= position;
            packing.blocks.push((begin, (1 << (end - begin)) - 1));
        }
        for word in 0..code.shared.len() {
            packing.field(&mut end, word, bits, true);
        }
        for lock in 0..code.locks.len() {
            packing.field(&mut end, code.owner(lock), owner_bits, false);
        }
        Some(packing)
    }

    /// One field more; its mask. A thread without statements has a position of
    /// no bits, which needs no field.
    fn field(&mut self, end: &mut u32, word: usize, bits: u32, is_signed: bool) -> u64 {
        if bits == 0 {
            return 0;
        }
        let field = Field {
            shift: *end,
            bits,
            is_signed,
        };
        self.fields.push((word, field));
        *end += bits;
        field.mask()
    }

    /// The number of a state, the same for states that only swap threads;
    /// `None` if a value is too large.
    pub(super) fn pack(&self, words: &[i64]) -> Option<u64> {
        let pack = |key, (word, field): &(usize, Field)| field.put(key, words[*word]);
        Some(self.sorted(self.fields.iter().try_fold(0, pack)?))
    }

    pub(super) fn unpack(&self, key: u64, words: &mut [i64]) {
        for (word, field) in &self.fields {
            words[*word] = field.get(key);
        }
    }

    /// Only the positions of a state: states with the same ones are together.
    pub(super) fn positions(&self, key: u64) -> u64 {
        key & self.positions
    }

    /// The bits of some words, each with a bit in `words`.
    pub(super) fn mask_of(&self, words: u64) -> u64 {
        let chosen = self.fields.iter();
        chosen
            .filter(|(word, _)| *word < 64 && words >> word & 1 == 1)
            .fold(0, |mask, (_, field)| mask | field.mask())
    }

    fn find(&self, word: usize) -> Option<Field> {
        let found = self.fields.iter().find(|(other, _)| *other == word);
        found.map(|(_, field)| *field)
    }

    fn block(&self, key: u64, thread: usize) -> u64 {
        let (shift, mask) = self.blocks[thread];
        (key >> shift) & mask
    }

    /// Blocks of threads that are alike in ascending order, so that positions
    /// ascend, too: selection sort, for few threads.
    pub(super) fn sorted(&self, mut key: u64) -> u64 {
        for group in &self.alike {
            for (index, thread) in group.iter().enumerate() {
                for other in &group[index + 1..] {
                    let (a, b) = (self.block(key, *thread), self.block(key, *other));
                    if a > b {
                        key ^= (a ^ b) << self.blocks[*thread].0;
                        key ^= (a ^ b) << self.blocks[*other].0;
                    }
                }
            }
        }
        key
    }

    /// How many states one stands for: in how many ways its threads can swap.
    pub(super) fn states(&self, key: u64) -> usize {
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

/// A load or store on a state's number: one field becomes another one plus a
/// constant, and the thread goes one statement on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transfer {
    /// `None` for a constant alone.
    from: Option<Field>,
    plus: i64,
    to: Field,
    forward: u64,
    /// What is kept of the number before `to` gets its value.
    kept: u64,
    /// What is kept of it afterwards: not the registers that are dead then.
    alive: u64,
}

impl Transfer {
    /// `None` if the statement is another one, or local ones come after it.
    pub(super) fn of(code: &Code, packing: &Packing, thread: usize, at: usize) -> Option<Self> {
        let this = code.threads.get(thread)?;
        let register = |register: &usize| packing.find(this.base + register);
        let (to, from, plus) = match &this.statements.get(at)?.operation {
            Operation::Load { to, from } => (register(to)?, Some(packing.find(*from)?), 0),
            Operation::Store { to, value } => {
                let (from, plus) = match value {
                    Expression::Constant(value) => (None, *value),
                    Expression::Value(from) => (Some(register(from)?), 0),
                    Expression::Plus(from, by) => (Some(register(from)?), *by),
                    Expression::Postfix(_) => return None,
                };
                (packing.find(*to)?, from, plus)
            }
            _ => return None,
        };
        if this
            .statements
            .get(at + 1)
            .is_some_and(|next| next.operation.is_local())
        {
            return None;
        }
        let dead = this.dead.get(at + 1)?.iter();
        let dead = dead
            .filter_map(register)
            .fold(0, |mask, field| mask | field.mask());
        Some(Self {
            from,
            plus,
            to,
            forward: 1 << packing.find(code.position(thread))?.shift,
            kept: !to.mask(),
            alive: !dead,
        })
    }

    /// The same, and forgets the bits in `dead`.
    pub(super) fn forgetting(self, dead: u64) -> Self {
        Self {
            alive: self.alive & !dead,
            ..self
        }
    }

    /// The state after the step, its threads not sorted; `None` if a value is
    /// too large.
    pub(super) fn apply(&self, key: u64) -> Option<u64> {
        let before = self.from.map_or(0, |from| from.get(key));
        let value = before.checked_add(self.plus)?;
        Some((self.to.put(key & self.kept, value)? + self.forward) & self.alive)
    }

    /// [`Transfer::apply`] for positions alone.
    pub(super) fn forward(&self, positions: u64) -> u64 {
        positions + self.forward
    }
}
