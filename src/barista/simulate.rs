//! The event loop of the shop: from one event straight to the next.
//!
//! At each instant the due events make orders ready and baristas free, in the
//! order that [`Policy`] documents; then free baristas take ready orders.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use crate::trace::{Span, SpanKind, TaskId, Trace, WorkerId};

use super::error::ShopError;
use super::shop::{MAX_BARISTAS, MAX_TURNS, Order, Phase, Policy, Shop};

pub(super) fn run(shop: &Shop) -> Result<Trace, ShopError> {
    check(shop)?;
    let mut floor = Floor::new(shop);
    floor.open()?;

    let mut trace = Trace::simulated(shop.heading());
    for order in &shop.orders {
        trace.task_arriving(&order.name, order.arrival);
    }
    for number in 1..=shop.baristas {
        trace.worker(match shop.baristas {
            1 => "barista".to_owned(),
            _ => format!("barista {number}"),
        });
    }
    for span in floor.spans {
        trace.span(span);
    }
    for note in &shop.notes {
        trace.note(note);
    }
    Ok(trace.build()?)
}

fn check(shop: &Shop) -> Result<(), ShopError> {
    match shop {
        _ if shop.orders.is_empty() => Err(ShopError::NoOrders),
        _ if shop.orders.len() > MAX_TURNS => Err(ShopError::TooManyTurns),
        _ if shop.baristas == 0 => Err(ShopError::NoBaristas),
        _ if shop.baristas > MAX_BARISTAS => Err(ShopError::TooManyBaristas(shop.baristas)),
        _ if shop.policy == Policy::RoundRobin { slice: 0 } => Err(ShopError::ZeroSlice),
        _ => Ok(()),
    }
}

/// What happens at an instant. The derived order is the order in which events
/// of one instant are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival { order: usize },
    WaitOver { order: usize },
    TurnOver { order: usize, barista: usize },
}

/// An order on its way: the phases left, the current one first.
struct Ticket {
    phases: Vec<Phase>,
    next: usize,
    /// Work left in all phases.
    work_left: u64,
    last_barista: Option<usize>,
}

struct Floor<'a> {
    shop: &'a Shop,
    tickets: Vec<Ticket>,
    /// (time, event), earliest first.
    events: BinaryHeap<Reverse<(u64, Event)>>,
    /// (rank under the policy, when it became ready, order).
    ready: BTreeSet<(u64, u64, usize)>,
    became_ready: u64,
    free: BTreeSet<usize>,
    /// Per barista: the order that she had last.
    last_order: Vec<Option<usize>>,
    /// Per barista: where her latest run is in `spans`.
    last_run: Vec<Option<usize>>,
    spans: Vec<Span>,
}

impl<'a> Floor<'a> {
    fn new(shop: &'a Shop) -> Self {
        Self {
            shop,
            tickets: shop.orders.iter().map(ticket).collect(),
            events: (0..shop.orders.len())
                .map(|order| Reverse((shop.orders[order].arrival, Event::Arrival { order })))
                .collect(),
            ready: BTreeSet::new(),
            became_ready: 0,
            free: (0..shop.baristas).collect(),
            last_order: vec![None; shop.baristas],
            last_run: vec![None; shop.baristas],
            spans: Vec::new(),
        }
    }

    fn open(&mut self) -> Result<(), ShopError> {
        let mut turns = 0;
        while let Some(&Reverse((now, _))) = self.events.peek() {
            while let Some(&Reverse((time, event))) = self.events.peek()
                && time == now
            {
                self.events.pop();
                self.handle(now, event)?;
            }
            while let Some((order, barista)) = self.next_pair() {
                turns += 1;
                if turns > MAX_TURNS {
                    return Err(ShopError::TooManyTurns);
                }
                self.start_turn(now, order, barista)?;
            }
        }
        Ok(())
    }

    fn handle(&mut self, now: u64, event: Event) -> Result<(), ShopError> {
        let order = match event {
            Event::Arrival { order } => order,
            Event::WaitOver { order } => {
                self.tickets[order].next += 1;
                order
            }
            Event::TurnOver { order, barista } => {
                self.free.insert(barista);
                order
            }
        };
        self.proceed(now, order)
    }

    /// Queues the order, lets it wait, or lets it go if it is complete.
    fn proceed(&mut self, now: u64, order: usize) -> Result<(), ShopError> {
        let ticket = &self.tickets[order];
        match ticket.phases.get(ticket.next) {
            None => {}
            Some(Phase::Wait(_)) if self.shop.policy == Policy::OneAtATime => {
                self.queue(order);
            }
            Some(&Phase::Wait(ticks)) => {
                let end = later(now, ticks)?;
                self.spans.push(Span {
                    task: TaskId(order),
                    worker: None,
                    start: now,
                    end,
                    kind: SpanKind::Wait,
                });
                self.events.push(Reverse((end, Event::WaitOver { order })));
            }
            Some(Phase::Work(_)) => self.queue(order),
        }
        Ok(())
    }

    fn queue(&mut self, order: usize) {
        let rank = match self.shop.policy {
            Policy::ShortestFirst => self.tickets[order].work_left,
            Policy::Fcfs | Policy::RoundRobin { .. } | Policy::OneAtATime => 0,
        };
        self.became_ready += 1;
        self.ready.insert((rank, self.became_ready, order));
    }

    fn next_pair(&mut self) -> Option<(usize, usize)> {
        let lowest = *self.free.first()?;
        let (_, _, order) = self.ready.pop_first()?;
        let barista = self.tickets[order]
            .last_barista
            .filter(|last| self.free.contains(last))
            .unwrap_or(lowest);
        self.free.remove(&barista);
        Some((order, barista))
    }

    fn start_turn(&mut self, now: u64, order: usize, barista: usize) -> Result<(), ShopError> {
        let had = self.last_order[barista].replace(order);
        self.tickets[order].last_barista = Some(barista);
        let mut time = now;
        if had.is_some_and(|had| had != order) && self.shop.switch_cost > 0 {
            time = later(now, self.shop.switch_cost)?;
            self.occupy(order, barista, now, time, SpanKind::Switch);
        }
        let end = match self.shop.policy {
            Policy::OneAtATime => self.whole_order(order, barista, time)?,
            Policy::RoundRobin { slice } => self.one_phase(order, barista, time, slice)?,
            Policy::Fcfs | Policy::ShortestFirst => {
                self.one_phase(order, barista, time, u64::MAX)?
            }
        };
        self.events
            .push(Reverse((end, Event::TurnOver { order, barista })));
        Ok(())
    }

    /// Runs the order's current phase of work for at most `slice`, or for as
    /// many slices as pass before anything else happens: nobody would take
    /// over meanwhile.
    fn one_phase(
        &mut self,
        order: usize,
        barista: usize,
        start: u64,
        slice: u64,
    ) -> Result<u64, ShopError> {
        let undisturbed = match (self.ready.is_empty(), self.events.peek()) {
            (true, None) => u64::MAX,
            (true, Some(Reverse((next, _)))) => next
                .saturating_sub(start)
                .div_ceil(slice)
                .max(1)
                .saturating_mul(slice),
            (false, _) => slice,
        };
        let ticket = &mut self.tickets[order];
        let Some(Phase::Work(left)) = ticket.phases.get_mut(ticket.next) else {
            return Ok(start);
        };
        let turn = undisturbed.min(*left);
        *left -= turn;
        ticket.work_left = ticket.work_left.saturating_sub(turn);
        if *left == 0 {
            ticket.next += 1;
        }
        let end = later(start, turn)?;
        self.occupy(order, barista, start, end, SpanKind::Run);
        Ok(end)
    }

    fn whole_order(
        &mut self,
        order: usize,
        barista: usize,
        mut time: u64,
    ) -> Result<u64, ShopError> {
        let ticket = &mut self.tickets[order];
        let rest = ticket.phases.split_off(ticket.next);
        for phase in rest {
            let (ticks, kind) = match phase {
                Phase::Work(ticks) => (ticks, SpanKind::Run),
                Phase::Wait(ticks) => (ticks, SpanKind::Blocked),
            };
            let end = later(time, ticks)?;
            self.occupy(order, barista, time, end, kind);
            time = end;
        }
        Ok(time)
    }

    /// Adds a span, or lengthens the barista's latest one if it continues it.
    fn occupy(&mut self, order: usize, barista: usize, start: u64, end: u64, kind: SpanKind) {
        let task = TaskId(order);
        if kind == SpanKind::Run
            && let Some(last) = self.last_run[barista]
            && self.spans[last].end == start
            && self.spans[last].task == task
        {
            self.spans[last].end = end;
            return;
        }
        if kind == SpanKind::Run {
            self.last_run[barista] = Some(self.spans.len());
        }
        self.spans.push(Span {
            task,
            worker: Some(WorkerId(barista)),
            start,
            end,
            kind,
        });
    }
}

/// Leaves out empty phases and joins neighbours of the same kind, so that a
/// phase always ends in something else.
fn ticket(order: &Order) -> Ticket {
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
    Ticket {
        phases,
        next: 0,
        work_left,
        last_barista: None,
    }
}

fn later(time: u64, ticks: u64) -> Result<u64, ShopError> {
    time.checked_add(ticks).ok_or(ShopError::TimeOverflow)
}
