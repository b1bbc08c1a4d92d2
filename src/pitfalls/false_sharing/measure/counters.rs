//! Real counters in memory, apart or together.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_utils::CachePadded;

use crate::team::Deadline;

/// Counters of a block: eight of 8 bytes fill a line of 64.
const BLOCK: usize = 8;
/// Increments between two looks at the clock.
const STRETCH: u64 = 16_384;

/// Where the counters of several threads are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// One after the other: up to eight on a line.
    OneLine,
    /// Each on a line of its own.
    Padded,
    /// Each thread counts in a variable of its own, and stores the result
    /// once, next to the others.
    Local,
}

/// The counters of one run.
#[derive(Debug)]
pub(super) enum Counters {
    /// Each block begins where a line begins.
    Close(Vec<CachePadded<[AtomicU64; BLOCK]>>),
    Apart(Vec<CachePadded<AtomicU64>>),
}

impl Counters {
    pub(super) fn new(layout: Layout, threads: usize) -> Self {
        match layout {
            Layout::OneLine | Layout::Local => {
                let blocks = threads.div_ceil(BLOCK);
                Self::Close((0..blocks).map(|_| CachePadded::default()).collect())
            }
            Layout::Padded => Self::Apart((0..threads).map(|_| CachePadded::default()).collect()),
        }
    }

    pub(super) fn get(&self, thread: usize) -> Option<&AtomicU64> {
        match self {
            Self::Close(blocks) => blocks.get(thread / BLOCK)?.get(thread % BLOCK),
            Self::Apart(all) => all.get(thread).map(|counter| &**counter),
        }
    }

    pub(super) fn value(&self, thread: usize) -> u64 {
        self.get(thread)
            .map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    /// On how many lines of `bytes` the counters of `threads` are.
    pub(super) fn lines(&self, threads: usize, bytes: u64) -> usize {
        let place = |thread| Some(std::ptr::from_ref(self.get(thread)?).addr());
        let line = |address| u64::try_from(address).unwrap_or(0) / bytes.max(1);
        let lines: BTreeSet<u64> = (0..threads).filter_map(place).map(line).collect();
        lines.len()
    }
}

/// Adds 1 to `counter` so many times, one by one, unless the deadline comes
/// first. Returns how often it did.
///
/// Nobody else writes to `counter`, so relaxed order is enough: what is slow
/// here is not waiting for an order but for the line.
pub(super) fn count_up(
    layout: Layout,
    counter: &AtomicU64,
    increments: u64,
    deadline: Deadline,
) -> u64 {
    let mut done = 0;
    let mut own = 0_u64;
    while done < increments && !deadline.has_passed() {
        let stretch = STRETCH.min(increments - done);
        for _ in 0..stretch {
            if layout == Layout::Local {
                // Opaque, or the compiler adds them all at once.
                own = black_box(own) + 1;
            } else {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        }
        done += stretch;
    }
    if layout == Layout::Local {
        counter.store(own, Ordering::Relaxed);
    }
    done
}
