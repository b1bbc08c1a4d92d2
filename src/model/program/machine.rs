//! The interpreter: what a thread's next step does to a state's words.
//!
//! Memory is sequentially consistent (Lamport 1979): every step sees all steps
//! before it. A step is one visible statement and the local statements after
//! it, which no other thread can tell from doing them at any other time.

use super::code::{Code, Operation, length};
use super::expression::Expression;
use super::outcome::Fault;

/// More local statements than these in one step never end.
pub(super) const LOCAL_LIMIT: usize = 10_000;

/// Which objects a step reads and writes, one bit for each: shared variables,
/// then locks, conditions and channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Footprint {
    pub(super) reads: u64,
    pub(super) writes: u64,
}

impl Footprint {
    /// A step that ends the run depends on every other.
    pub(super) const EVERYTHING: Self = Self {
        reads: u64::MAX,
        writes: u64::MAX,
    };

    /// Whether two steps of different threads may change places: they share
    /// no object that one of them writes (Mazurkiewicz 1977).
    pub(super) fn is_independent_of(self, other: Self) -> bool {
        let all = |footprint: Self| footprint.reads | footprint.writes;
        // A step that fails touches nothing that another one could miss.
        self != Self::EVERYTHING
            && other != Self::EVERYTHING
            && self.writes & all(other) == 0
            && other.writes & all(self) == 0
    }

    fn reads(object: usize) -> Self {
        Self {
            reads: bit(object),
            writes: 0,
        }
    }

    fn writes(object: usize) -> Self {
        Self {
            reads: 0,
            writes: bit(object),
        }
    }
}

fn bit(object: usize) -> u64 {
    1_u64
        .checked_shl(u32::try_from(object).unwrap_or(u32::MAX))
        .unwrap_or(0)
}

impl Code {
    /// The words before any visible step.
    pub(super) fn first_words(&self) -> Vec<i64> {
        let mut words = vec![0; self.channels_start() + self.channels.len()];
        for (word, (_, start)) in words.iter_mut().zip(&self.shared) {
            *word = *start;
        }
        for thread in 0..self.threads.len() {
            // A run ends with its first failure.
            if words[self.fault()] == 0 {
                self.run_local(&mut words, thread);
            }
        }
        words
    }

    /// The statement at which a thread stands; the number of statements at its end.
    pub(super) fn at(&self, words: &[i64], thread: usize) -> usize {
        length(words[self.position(thread)])
    }

    pub(super) fn operation(&self, words: &[i64], thread: usize) -> Option<&Operation> {
        let statements = &self.threads[thread].statements;
        statements
            .get(self.at(words, thread))
            .map(|statement| &statement.operation)
    }

    pub(super) fn has_ended(&self, words: &[i64]) -> bool {
        words[self.fault()] != 0
    }

    /// The thread that failed, and how.
    pub(super) fn failed(&self, words: &[i64]) -> Option<(usize, Fault)> {
        let fault = length(words[self.fault()]);
        let thread = (fault % 16).checked_sub(1)?;
        Fault::ALL.get(fault / 16).map(|fault| (thread, *fault))
    }

    pub(super) fn is_finished(&self, words: &[i64], thread: usize) -> bool {
        self.at(words, thread) >= self.threads[thread].statements.len()
    }

    /// Whether the thread can make a step now.
    pub(super) fn is_enabled(&self, words: &[i64], thread: usize) -> bool {
        if self.has_ended(words) {
            return false;
        }
        match self.operation(words, thread) {
            None => false,
            Some(Operation::Lock(lock)) => words[self.owner(*lock)] == 0,
            Some(Operation::Wait { lock, .. }) => match words[self.phase(thread)] {
                0 => true,
                waits if waits > 0 => false,
                _ => words[self.owner(*lock)] == 0,
            },
            Some(Operation::Send { channel, .. }) => {
                let held = length(words[self.channel(words, *channel)]);
                self.channels[*channel].room.is_none_or(|room| held < room)
            }
            Some(Operation::Receive { channel, .. }) => words[self.channel(words, *channel)] > 0,
            Some(_) => true,
        }
    }

    /// Makes the thread's next step, which must be enabled.
    pub(super) fn step(&self, words: &mut Vec<i64>, thread: usize) -> Footprint {
        match self.visible(words, thread) {
            Ok((footprint, goes_on)) => {
                if goes_on {
                    words[self.position(thread)] += 1;
                    self.run_local(words, thread);
                }
                if self.has_ended(words) {
                    Footprint::EVERYTHING
                } else {
                    footprint
                }
            }
            Err(fault) => {
                self.fail(words, thread, fault);
                Footprint::EVERYTHING
            }
        }
    }

    /// The visible statement: what it touches, and whether the thread is past it.
    fn visible(&self, words: &mut Vec<i64>, thread: usize) -> Result<(Footprint, bool), Fault> {
        let Some(operation) = self.operation(words, thread) else {
            return Ok((Footprint::default(), false));
        };
        let base = self.threads[thread].base;
        let locks = self.shared.len();
        let conditions = locks + self.locks.len();
        let channels = conditions + self.conditions.len();
        let mine = i64::try_from(thread + 1).unwrap_or(i64::MAX);
        let footprint = match operation {
            Operation::Load { to, from } => {
                words[base + to] = words[*from];
                Footprint::reads(*from)
            }
            Operation::Store { to, value } => {
                words[*to] = self.value(value, words, thread)?;
                Footprint::writes(*to)
            }
            Operation::FetchAdd { to, at, by } => {
                let sum = words[*at].wrapping_add(self.value(by, words, thread)?);
                words[base + to] = words[*at];
                words[*at] = sum;
                Footprint::writes(*at)
            }
            Operation::CompareExchange {
                to,
                at,
                expected,
                new,
            } => {
                let expected = self.value(expected, words, thread)?;
                let new = self.value(new, words, thread)?;
                words[base + to] = words[*at];
                if words[*at] == expected {
                    words[*at] = new;
                    Footprint::writes(*at)
                } else {
                    Footprint::reads(*at)
                }
            }
            Operation::Lock(lock) => {
                words[self.owner(*lock)] = mine;
                Footprint::writes(locks + lock)
            }
            Operation::Unlock(lock) => {
                self.give_back(words, *lock, mine)?;
                Footprint::writes(locks + lock)
            }
            Operation::Wait { condition, lock } => {
                let (lock_bit, condition_bit) = (bit(locks + lock), bit(conditions + condition));
                if words[self.phase(thread)] != 0 {
                    words[self.phase(thread)] = 0;
                    words[self.owner(*lock)] = mine;
                    return Ok((
                        Footprint {
                            reads: 0,
                            writes: lock_bit,
                        },
                        true,
                    ));
                }
                self.give_back(words, *lock, mine)?;
                let behind = self.waiting(words, *condition).count();
                words[self.phase(thread)] = i64::try_from(behind + 1).unwrap_or(i64::MAX);
                return Ok((
                    Footprint {
                        reads: 0,
                        writes: lock_bit | condition_bit,
                    },
                    false,
                ));
            }
            Operation::NotifyOne(condition) => {
                self.notify(words, *condition, 1);
                Footprint::writes(conditions + condition)
            }
            Operation::NotifyAll(condition) => {
                self.notify(words, *condition, i64::MAX);
                Footprint::writes(conditions + condition)
            }
            Operation::Send { channel, value } => {
                let value = self.value(value, words, thread)?;
                let at = self.channel(words, *channel);
                words[at] += 1;
                let end = at + length(words[at]);
                words.insert(end, value);
                Footprint::writes(channels + channel)
            }
            Operation::Receive { to, channel } => {
                let at = self.channel(words, *channel);
                words[at] -= 1;
                words[base + to] = words.remove(at + 1);
                Footprint::writes(channels + channel)
            }
            Operation::Set { .. }
            | Operation::Jump { .. }
            | Operation::Branch { .. }
            | Operation::Assert(_) => return Ok((Footprint::default(), false)),
        };
        Ok((footprint, true))
    }

    /// Local statements, up to the next visible one or the end.
    fn run_local(&self, words: &mut [i64], thread: usize) {
        for _ in 0..LOCAL_LIMIT {
            match self.local(words, thread) {
                Ok(true) => {}
                Ok(false) => return,
                Err(fault) => return self.fail(words, thread, fault),
            }
        }
        self.fail(words, thread, Fault::NeverEnds);
    }

    /// One local statement, if the next one is local.
    fn local(&self, words: &mut [i64], thread: usize) -> Result<bool, Fault> {
        let position = self.position(thread);
        let next = match self.operation(words, thread) {
            Some(Operation::Set { to, value }) => {
                words[self.threads[thread].base + to] = self.value(value, words, thread)?;
                None
            }
            Some(Operation::Jump { target }) => Some(*target),
            Some(Operation::Branch {
                condition,
                when,
                target,
            }) => {
                let holds = self.value(condition, words, thread)? != 0;
                (holds == *when).then_some(*target)
            }
            Some(Operation::Assert(condition)) => {
                if self.value(condition, words, thread)? == 0 {
                    return Err(Fault::Assertion);
                }
                None
            }
            _ => return Ok(false),
        };
        words[position] = match next {
            Some(target) => i64::try_from(target).unwrap_or(i64::MAX),
            None => words[position] + 1,
        };
        Ok(true)
    }

    fn value(&self, expression: &Expression, words: &[i64], thread: usize) -> Result<i64, Fault> {
        expression.value(words.get(self.threads[thread].base..).unwrap_or(&[]))
    }

    fn fail(&self, words: &mut [i64], thread: usize, fault: Fault) {
        let number = Fault::ALL
            .iter()
            .position(|other| *other == fault)
            .unwrap_or(0);
        words[self.fault()] = i64::try_from(number * 16 + thread + 1).unwrap_or(1);
    }

    fn give_back(&self, words: &mut [i64], lock: usize, mine: i64) -> Result<(), Fault> {
        if words[self.owner(lock)] != mine {
            return Err(Fault::NotHeld);
        }
        words[self.owner(lock)] = 0;
        Ok(())
    }

    /// The threads in the queue of a condition.
    pub(super) fn waiting(&self, words: &[i64], condition: usize) -> impl Iterator<Item = usize> {
        (0..self.threads.len()).filter(move |thread| {
            words[self.phase(*thread)] > 0
                && matches!(
                    self.operation(words, *thread),
                    Some(Operation::Wait { condition: other, .. }) if *other == condition
                )
        })
    }

    /// Wakes the first `most` of the queue; the others move up.
    fn notify(&self, words: &mut [i64], condition: usize, most: i64) {
        let queue: Vec<usize> = self.waiting(words, condition).collect();
        for thread in queue {
            let phase = self.phase(thread);
            words[phase] = if words[phase] <= most {
                -1
            } else {
                words[phase] - most
            };
        }
    }

    /// Makes states that go on alike equal: dead registers become 0.
    pub(super) fn forget_dead(&self, words: &mut [i64], thread: usize) {
        let at = self.at(words, thread);
        let thread = &self.threads[thread];
        if let Some(dead) = thread.dead.get(at) {
            for register in dead {
                words[thread.base + register] = 0;
            }
        }
    }
}
