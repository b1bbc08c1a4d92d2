//! What is left of an order while the shop is open.

use super::queue::Urgency;
use super::shop::{Order, Phase, Policy};

/// An order on its way: the phases left, the current one first.
pub(super) struct Ticket {
    phases: Vec<Phase>,
    next: usize,
    /// Work left in all phases.
    work_left: u64,
    priority: u32,
    /// The tick at which it last became ready.
    ready_at: u64,
    /// Its number among all that became ready.
    place: u64,
    pub(super) last_barista: Option<usize>,
}

impl Ticket {
    /// Leaves out empty phases and joins neighbours of the same kind, so that
    /// a phase always ends in something else.
    pub(super) fn new(order: &Order) -> Self {
        let mut phases: Vec<Phase> = Vec::new();
        for &phase in &order.phases {
            match (phases.last_mut(), phase) {
                (_, Phase::Work(0) | Phase::Wait(0)) => {}
                (Some(Phase::Work(sum)), Phase::Work(ticks))
                | (Some(Phase::Wait(sum)), Phase::Wait(ticks)) => *sum = sum.saturating_add(ticks),
                _ => phases.push(phase),
            }
        }
        let work_left = phases.iter().fold(0_u64, |sum, phase| match phase {
            Phase::Work(ticks) => sum.saturating_add(*ticks),
            Phase::Wait(_) => sum,
        });
        Self {
            phases,
            next: 0,
            work_left,
            priority: order.priority,
            ready_at: 0,
            place: 0,
            last_barista: None,
        }
    }

    pub(super) fn phase(&self) -> Option<Phase> {
        self.phases.get(self.next).copied()
    }

    pub(super) fn end_phase(&mut self) {
        self.next += 1;
    }

    /// Every phase that is left; none is left afterwards.
    pub(super) fn take_rest(&mut self) -> Vec<Phase> {
        self.phases.split_off(self.next)
    }

    pub(super) fn becomes_ready(&mut self, now: u64, place: u64) {
        (self.ready_at, self.place) = (now, place);
    }

    /// Takes at most `longest` ticks off the current phase of work, and says
    /// how many.
    pub(super) fn take_work(&mut self, longest: u64) -> u64 {
        let Some(Phase::Work(left)) = self.phases.get_mut(self.next) else {
            return 0;
        };
        let turn = longest.min(*left);
        *left -= turn;
        self.work_left = self.work_left.saturating_sub(turn);
        if *left == 0 {
            self.next += 1;
        }
        turn
    }

    /// Undoes the last `ticks` of [`Ticket::take_work`], which had taken the
    /// whole phase.
    pub(super) fn return_work(&mut self, ticks: u64) {
        self.next = self.next.saturating_sub(1);
        if let Some(Phase::Work(left)) = self.phases.get_mut(self.next) {
            *left += ticks;
        }
        self.work_left = self.work_left.saturating_add(ticks);
    }

    /// How urgent it is, if `unused` ticks of the work that it took are not
    /// done yet.
    pub(super) fn urgency(&self, policy: Policy, unused: u64) -> Urgency {
        let rank = match policy {
            Policy::Fcfs | Policy::RoundRobin { .. } | Policy::OneAtATime => 0,
            Policy::ShortestFirst | Policy::ShortestRemaining => {
                u128::from(self.work_left) + u128::from(unused)
            }
            Policy::Priority { ageing: None, .. } => u128::from(self.priority),
            // All grow older at the same speed, so their order never changes.
            Policy::Priority {
                ageing: Some(ticks),
                ..
            } => u128::from(self.priority) * u128::from(ticks) + u128::from(self.ready_at),
        };
        Urgency {
            rank,
            place: self.place,
        }
    }
}
