//! A program as it runs: names resolved, labels gone, registers numbered.

use super::expression::Expression;

/// What a thread does in one statement. Numbers refer to the lists in [`Code`];
/// registers are numbered within their thread, statements too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operation {
    Load {
        to: usize,
        from: usize,
    },
    Store {
        to: usize,
        value: Expression,
    },
    Set {
        to: usize,
        value: Expression,
    },
    Jump {
        target: usize,
    },
    /// Goes to `target` if the condition's truth is `when`.
    Branch {
        condition: Expression,
        when: bool,
        target: usize,
    },
    Lock(usize),
    Unlock(usize),
    Wait {
        condition: usize,
        lock: usize,
    },
    NotifyOne(usize),
    NotifyAll(usize),
    Send {
        channel: usize,
        value: Expression,
    },
    Receive {
        to: usize,
        channel: usize,
    },
    FetchAdd {
        to: usize,
        at: usize,
        by: Expression,
    },
    CompareExchange {
        to: usize,
        at: usize,
        expected: Expression,
        new: Expression,
    },
    Assert(Expression),
}

impl Operation {
    /// Whether no other thread can tell when it is done.
    pub(super) fn is_local(&self) -> bool {
        matches!(
            self,
            Self::Set { .. } | Self::Jump { .. } | Self::Branch { .. } | Self::Assert(_)
        )
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) operation: Operation,
    pub(super) text: String,
    /// How many blocks it is inside of.
    pub(super) indent: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thread {
    pub(super) name: String,
    pub(super) registers: Vec<String>,
    pub(super) statements: Vec<Statement>,
    /// For each statement and for the end, the registers that nothing reads
    /// from there on before it is written again.
    pub(super) dead: Vec<Vec<usize>>,
    /// Where its registers begin in a state's words.
    pub(super) base: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Channel {
    pub(super) name: String,
    /// How many values it holds; `None` for any number.
    pub(super) room: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Code {
    pub(super) shared: Vec<(String, i64)>,
    pub(super) locks: Vec<String>,
    pub(super) conditions: Vec<String>,
    pub(super) channels: Vec<Channel>,
    pub(super) threads: Vec<Thread>,
    /// What must hold when all threads are finished, over a state's words.
    pub(super) ensure: Option<(Expression, String)>,
    /// Registers that outcomes show: their names and words.
    pub(super) observed: Vec<(String, usize)>,
    pub(super) notes: Vec<String>,
    /// Where positions begin in a state's words: behind all registers.
    pub(super) positions: usize,
}

/// Where things are in a state's words: shared values, registers, then for each
/// thread its position and its phase, the lock owners, the fault, the channels.
impl Code {
    pub(super) fn position(&self, thread: usize) -> usize {
        self.positions + 2 * thread
    }

    /// 0: runs; -1: was notified and needs its lock; n > 0: waits, as the
    /// n-th in the condition's queue.
    pub(super) fn phase(&self, thread: usize) -> usize {
        self.position(thread) + 1
    }

    /// 0: free; n > 0: thread n - 1 holds it.
    pub(super) fn owner(&self, lock: usize) -> usize {
        self.position(self.threads.len()) + lock
    }

    /// 0: none; else the fault's number times 16, and 1 + the thread.
    pub(super) fn fault(&self) -> usize {
        self.owner(self.locks.len())
    }

    /// Where the first channel's number of values is; then come the values.
    pub(super) fn channels_start(&self) -> usize {
        self.fault() + 1
    }

    /// Where a channel's number of values is.
    pub(super) fn channel(&self, words: &[i64], channel: usize) -> usize {
        (0..channel).fold(self.channels_start(), |at, _| at + 1 + length(words[at]))
    }
}

/// A number of values, as a length.
pub(super) fn length(word: i64) -> usize {
    usize::try_from(word).unwrap_or(0)
}
