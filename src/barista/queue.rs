//! Orders that are ready and have no barista.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::shop::Policy;

/// How urgent an order is: the smallest comes first. The rank under the
/// policy, then when it became ready, counted in orders, not ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Urgency {
    pub(super) rank: u128,
    pub(super) place: u64,
}

/// The queue. Policies without ranks are served in order of place, which is
/// the order of pushing, so they need no heap.
pub(super) enum Queue {
    Line(VecDeque<usize>),
    Ranked(BinaryHeap<Reverse<(Urgency, usize)>>),
}

impl Queue {
    pub(super) fn new(policy: Policy) -> Self {
        match policy {
            Policy::Fcfs | Policy::RoundRobin { .. } | Policy::OneAtATime => {
                Self::Line(VecDeque::new())
            }
            Policy::ShortestFirst | Policy::ShortestRemaining | Policy::Priority { .. } => {
                Self::Ranked(BinaryHeap::new())
            }
        }
    }

    pub(super) fn push(&mut self, order: usize, urgency: Urgency) {
        match self {
            Self::Line(line) => line.push_back(order),
            Self::Ranked(heap) => heap.push(Reverse((urgency, order))),
        }
    }

    pub(super) fn pop(&mut self) -> Option<usize> {
        match self {
            Self::Line(line) => line.pop_front(),
            Self::Ranked(heap) => heap.pop().map(|Reverse((_, order))| order),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Line(line) => line.is_empty(),
            Self::Ranked(heap) => heap.is_empty(),
        }
    }

    /// The rank of the first order in the queue.
    pub(super) fn best_rank(&self) -> Option<u128> {
        match self {
            Self::Line(line) => line.front().map(|_| 0),
            Self::Ranked(heap) => heap.peek().map(|Reverse((urgency, _))| urgency.rank),
        }
    }
}
