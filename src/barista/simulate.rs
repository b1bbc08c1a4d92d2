//! The event loop of the shop: from one event straight to the next.
//!
//! At each instant the due events make orders ready and baristas free, in the
//! order that [`Policy`] documents; then free baristas take ready orders; then,
//! if the policy says so, urgent orders interrupt others.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use crate::trace::{Span, SpanKind, TaskId, Trace, WorkerId};

use super::error::ShopError;
use super::queue::Queue;
use super::shop::{MAX_BARISTAS, MAX_TURNS, Phase, Policy, Shop};
use super::ticket::Ticket;

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
    trace.spans(floor.spans);
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
    Arrival {
        order: usize,
    },
    WaitOver {
        order: usize,
    },
    /// Means nothing if the barista's turn of that number was interrupted.
    TurnOver {
        order: usize,
        barista: usize,
        turn: usize,
    },
}

/// What a barista is busy with.
#[derive(Debug, Clone, Copy)]
struct Busy {
    order: usize,
    turn: usize,
    /// When the work begins, after a switch.
    from: u64,
    until: u64,
}

impl Busy {
    /// How much of the turn's work is not done at `now`.
    fn unused(&self, now: u64) -> u64 {
        self.until - now.clamp(self.from, self.until)
    }
}

struct Floor<'a> {
    shop: &'a Shop,
    tickets: Vec<Ticket>,
    /// (time, event), earliest first.
    events: BinaryHeap<Reverse<(u64, Event)>>,
    ready: Queue,
    became_ready: u64,
    /// Whether an order was queued since nobody had to be interrupted. Busy
    /// baristas only come nearer to their ends meanwhile, and the queue's first
    /// order becomes no more urgent, so there is nothing to look for.
    newly_queued: bool,
    free: BTreeSet<usize>,
    /// Per barista: her turn, if she is not free.
    busy: Vec<Option<Busy>>,
    /// Per barista: the order that she had last.
    last_order: Vec<Option<usize>>,
    /// Per barista: where her latest run is in `spans`.
    last_run: Vec<Option<usize>>,
    turns: usize,
    spans: Vec<Span>,
}

impl<'a> Floor<'a> {
    fn new(shop: &'a Shop) -> Self {
        Self {
            shop,
            tickets: shop.orders.iter().map(Ticket::new).collect(),
            events: (0..shop.orders.len())
                .map(|order| Reverse((shop.orders[order].arrival, Event::Arrival { order })))
                .collect(),
            ready: Queue::new(shop.policy),
            became_ready: 0,
            newly_queued: false,
            free: (0..shop.baristas).collect(),
            busy: vec![None; shop.baristas],
            last_order: vec![None; shop.baristas],
            last_run: vec![None; shop.baristas],
            turns: 0,
            spans: Vec::new(),
        }
    }

    fn open(&mut self) -> Result<(), ShopError> {
        while let Some(&Reverse((now, _))) = self.events.peek() {
            while let Some(&Reverse((time, event))) = self.events.peek()
                && time == now
            {
                self.events.pop();
                self.handle(now, event)?;
            }
            let now = match self.shop.baristas {
                1 => self.take_turns(now)?,
                _ => now,
            };
            while let Some((order, barista)) = self.next_pair() {
                self.start_turn(now, order, barista)?;
            }
            while self.newly_queued
                && let Some((barista, busy)) = self.to_be_interrupted(now)
            {
                self.interrupt(now, barista, busy);
                if let Some(order) = self.ready.pop() {
                    self.start_turn(now, order, barista)?;
                }
            }
            self.newly_queued = false;
        }
        Ok(())
    }

    fn handle(&mut self, now: u64, event: Event) -> Result<(), ShopError> {
        let order = match event {
            Event::Arrival { order } => order,
            Event::WaitOver { order } => {
                self.tickets[order].end_phase();
                order
            }
            Event::TurnOver {
                order,
                barista,
                turn,
            } => {
                if self.busy[barista].is_none_or(|busy| busy.turn != turn) {
                    return Ok(());
                }
                self.busy[barista] = None;
                self.free.insert(barista);
                order
            }
        };
        self.proceed(now, order)
    }

    /// Queues the order, lets it wait, or lets it go if it is complete.
    fn proceed(&mut self, now: u64, order: usize) -> Result<(), ShopError> {
        match self.tickets[order].phase() {
            None => {}
            Some(Phase::Wait(ticks)) if self.shop.policy != Policy::OneAtATime => {
                let end = later(now, ticks)?;
                self.spans.push(Span {
                    task: TaskId(order),
                    worker: None,
                    start: now,
                    end,
                    kind: SpanKind::Wait,
                    cpu: None,
                });
                self.events.push(Reverse((end, Event::WaitOver { order })));
            }
            Some(Phase::Wait(_) | Phase::Work(_)) => {
                self.became_ready += 1;
                self.tickets[order].becomes_ready(now, self.became_ready);
                self.queue(order);
            }
        }
        Ok(())
    }

    fn queue(&mut self, order: usize) {
        let urgency = self.tickets[order].urgency(self.shop.policy, 0);
        self.ready.push(order, urgency);
        self.newly_queued = true;
    }

    /// While nothing but the only barista's turns happens, they follow one
    /// another, and need no events. Returns when the last of them is over.
    fn take_turns(&mut self, mut now: u64) -> Result<u64, ShopError> {
        while self.events.is_empty()
            && let Some(order) = self.ready.pop()
        {
            now = self.turn(now, order, 0)?.until;
            self.proceed(now, order)?;
        }
        Ok(now)
    }

    fn next_pair(&mut self) -> Option<(usize, usize)> {
        let lowest = *self.free.first()?;
        let order = self.ready.pop()?;
        let barista = self.tickets[order]
            .last_barista
            .filter(|last| self.free.contains(last))
            .unwrap_or(lowest);
        self.free.remove(&barista);
        Some((order, barista))
    }

    /// The barista with the least urgent order, if the first in the queue is
    /// more urgent and may interrupt.
    fn to_be_interrupted(&self, now: u64) -> Option<(usize, Busy)> {
        match self.shop.policy {
            Policy::ShortestRemaining
            | Policy::Priority {
                preemptive: true, ..
            } => {}
            _ => return None,
        }
        let first = self.ready.best_rank()?;
        let busy = self.busy.iter().enumerate();
        let busy = busy.filter_map(|(barista, busy)| busy.map(|busy| (barista, busy)));
        let urgency =
            |busy: &Busy| self.tickets[busy.order].urgency(self.shop.policy, busy.unused(now));
        let (barista, least) = busy.max_by_key(|(_, busy)| urgency(busy))?;
        (first < urgency(&least).rank).then_some((barista, least))
    }

    fn interrupt(&mut self, now: u64, barista: usize, busy: Busy) {
        self.busy[barista] = None;
        self.tickets[busy.order].return_work(busy.unused(now));
        // Interrupted in the switch, the run has no length, and goes.
        let run = self.last_run[barista].unwrap_or(0);
        let switch = if busy.from > now {
            run.saturating_sub(1)
        } else {
            run
        };
        for span in self.spans.get_mut(switch..=run).into_iter().flatten() {
            span.start = span.start.min(now);
            span.end = now;
        }
        self.queue(busy.order);
    }

    fn start_turn(&mut self, now: u64, order: usize, barista: usize) -> Result<(), ShopError> {
        let busy = self.turn(now, order, barista)?;
        self.busy[barista] = Some(busy);
        let over = Event::TurnOver {
            order,
            barista,
            turn: busy.turn,
        };
        self.events.push(Reverse((busy.until, over)));
        Ok(())
    }

    fn turn(&mut self, now: u64, order: usize, barista: usize) -> Result<Busy, ShopError> {
        self.turns += 1;
        if self.turns > MAX_TURNS {
            return Err(ShopError::TooManyTurns);
        }
        let had = self.last_order[barista].replace(order);
        self.tickets[order].last_barista = Some(barista);
        let mut from = now;
        if had.is_some_and(|had| had != order) && self.shop.switch_cost > 0 {
            from = later(now, self.shop.switch_cost)?;
            self.occupy(order, barista, now, from, SpanKind::Switch);
        }
        let until = match self.shop.policy {
            Policy::OneAtATime => self.whole_order(order, barista, from)?,
            Policy::RoundRobin { slice } => self.one_phase(order, barista, from, slice)?,
            _ => self.one_phase(order, barista, from, u64::MAX)?,
        };
        Ok(Busy {
            order,
            turn: self.turns,
            from,
            until,
        })
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
        let end = later(start, self.tickets[order].take_work(undisturbed))?;
        self.occupy(order, barista, start, end, SpanKind::Run);
        Ok(end)
    }

    fn whole_order(
        &mut self,
        order: usize,
        barista: usize,
        mut time: u64,
    ) -> Result<u64, ShopError> {
        for phase in self.tickets[order].take_rest() {
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
            cpu: None,
        });
    }
}

fn later(time: u64, ticks: u64) -> Result<u64, ShopError> {
    time.checked_add(ticks).ok_or(ShopError::TimeOverflow)
}
