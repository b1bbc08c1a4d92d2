//! The same shop, one tick after another, with nothing clever in it.

use super::*;

/// An order: one letter per tick that is left, `r` for work and `w` for waits.
struct Slow {
    left: Vec<char>,
    priority: u64,
    queued: bool,
    ready_at: u64,
    place: u64,
    with: Option<usize>,
    last: Option<usize>,
    waiting: bool,
}

struct Hand {
    order: usize,
    switch_left: u64,
    slice_left: u64,
}

struct SlowShop<'a> {
    shop: &'a Shop,
    orders: Vec<Slow>,
    hands: Vec<Option<Hand>>,
    had: Vec<Option<usize>>,
    ticks: Vec<Span>,
    clock: u64,
}

/// The spans of `shop`, which must be closed after 500 ticks.
pub(super) fn spans(shop: &Shop) -> Vec<Span> {
    let mut slow = SlowShop {
        shop,
        orders: shop.orders.iter().map(slow).collect(),
        hands: (0..shop.baristas).map(|_| None).collect(),
        had: vec![None; shop.baristas],
        ticks: Vec::new(),
        clock: 0,
    };
    for now in 0..500 {
        slow.arrive_and_finish(now);
        slow.take_orders();
        slow.interrupt();
        slow.pass_tick(now);
    }
    assert!(slow.orders.iter().all(|order| order.left.is_empty()));
    joined(slow.ticks)
}

impl SlowShop<'_> {
    /// Arrivals, then waits that end, then turns that end.
    fn arrive_and_finish(&mut self, now: u64) {
        let policy = self.shop.policy;
        for (order, slow) in self.shop.orders.iter().zip(&mut self.orders) {
            if order.arrival == now {
                join(slow, policy, now, &mut self.clock);
            }
        }
        for order in &mut self.orders {
            if order.waiting && order.left.first() != Some(&'w') {
                order.waiting = false;
                join(order, policy, now, &mut self.clock);
            }
        }
        for order in &mut self.orders {
            let Some(barista) = order.with else {
                continue;
            };
            let hand = self.hands[barista].as_ref().unwrap();
            let stays = policy == Policy::OneAtATime && !order.left.is_empty();
            let works = order.left.first() == Some(&'r') && hand.slice_left > 0;
            if hand.switch_left == 0 && !stays && !works {
                self.hands[barista] = None;
                order.with = None;
                join(order, policy, now, &mut self.clock);
            }
        }
    }

    fn take_orders(&mut self) {
        while let Some(order) = first_in_queue(&self.orders, self.shop.policy) {
            let free = |b: &usize| self.hands[*b].is_none();
            let last = self.orders[order].last.filter(free);
            let Some(barista) = last.or_else(|| (0..self.shop.baristas).find(free)) else {
                break;
            };
            self.take(order, barista);
        }
    }

    fn take(&mut self, order: usize, barista: usize) {
        let changes = self.had[barista].is_some_and(|other| other != order);
        self.hands[barista] = Some(Hand {
            order,
            switch_left: if changes { self.shop.switch_cost } else { 0 },
            slice_left: match self.shop.policy {
                Policy::RoundRobin { slice } => slice,
                _ => u64::MAX,
            },
        });
        self.had[barista] = Some(order);
        self.orders[order].queued = false;
        self.orders[order].with = Some(barista);
        self.orders[order].last = Some(barista);
    }

    fn interrupt(&mut self) {
        let policy = self.shop.policy;
        let interrupts = policy == Policy::ShortestRemaining
            || matches!(policy, Policy::Priority { preemptive, .. } if preemptive);
        if !interrupts {
            return;
        }
        loop {
            let rank_of = |order: usize| rank(&self.orders[order], policy);
            let busy = (0..self.orders.len()).filter(|o| self.orders[*o].with.is_some());
            let least = busy.max_by_key(|o| (rank_of(*o), self.orders[*o].place));
            let (Some(first), Some(least)) = (first_in_queue(&self.orders, policy), least) else {
                break;
            };
            if rank_of(first) >= rank_of(least) {
                break;
            }
            let barista = self.orders[least].with.take().unwrap();
            self.orders[least].queued = true;
            self.take(first, barista);
        }
    }

    fn pass_tick(&mut self, now: u64) {
        for (barista, hand) in self.hands.iter_mut().enumerate() {
            let Some(hand) = hand else { continue };
            let kind = if hand.switch_left > 0 {
                hand.switch_left -= 1;
                SpanKind::Switch
            } else {
                hand.slice_left -= 1;
                match self.orders[hand.order].left.remove(0) {
                    'r' => SpanKind::Run,
                    _ => SpanKind::Blocked,
                }
            };
            self.ticks.push(tick(hand.order, Some(barista), now, kind));
        }
        for (index, order) in self.orders.iter_mut().enumerate() {
            if order.waiting {
                order.left.remove(0);
                self.ticks.push(tick(index, None, now, SpanKind::Wait));
            }
        }
    }
}

fn slow(order: &Order) -> Slow {
    let letters = |phase: &Phase| match *phase {
        Phase::Work(ticks) => vec!['r'; ticks as usize],
        Phase::Wait(ticks) => vec!['w'; ticks as usize],
    };
    Slow {
        left: order.phases.iter().flat_map(letters).collect(),
        priority: u64::from(order.priority),
        queued: false,
        ready_at: 0,
        place: 0,
        with: None,
        last: None,
        waiting: false,
    }
}

fn join(order: &mut Slow, policy: Policy, now: u64, clock: &mut u64) {
    match order.left.first() {
        None => {}
        Some('w') if policy != Policy::OneAtATime => order.waiting = true,
        Some(_) => {
            *clock += 1;
            (order.queued, order.ready_at, order.place) = (true, now, *clock);
        }
    }
}

fn first_in_queue(orders: &[Slow], policy: Policy) -> Option<usize> {
    let queued = (0..orders.len()).filter(|index| orders[*index].queued);
    queued.min_by_key(|index| (rank(&orders[*index], policy), orders[*index].place))
}

fn rank(order: &Slow, policy: Policy) -> u64 {
    let work_left = order.left.iter().filter(|letter| **letter == 'r').count();
    match policy {
        Policy::ShortestFirst | Policy::ShortestRemaining => work_left as u64,
        Policy::Priority { ageing: None, .. } => order.priority,
        Policy::Priority {
            ageing: Some(ticks),
            ..
        } => order.priority * ticks + order.ready_at,
        _ => 0,
    }
}

fn tick(order: usize, barista: Option<usize>, now: u64, kind: SpanKind) -> Span {
    Span {
        task: TaskId(order),
        worker: barista.map(WorkerId),
        start: now,
        end: now + 1,
        kind,
        cpu: None,
    }
}

/// Joins ticks that continue each other into spans, in a trace's order.
fn joined(ticks: Vec<Span>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for tick in ticks {
        let continues = |s: &&mut Span| {
            (s.task, s.worker, s.kind, s.end) == (tick.task, tick.worker, tick.kind, tick.start)
        };
        match spans.iter_mut().find(continues) {
            Some(span) => span.end = tick.end,
            None => spans.push(tick),
        }
    }
    spans.sort_by_key(|span| (span.start, span.task, span.end));
    spans
}
