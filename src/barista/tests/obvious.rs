//! The same shop, one tick after another, with nothing clever in it.

use super::*;

/// An order: one letter per tick that is left, `r` for work and `w` for waits.
struct Slow {
    left: Vec<char>,
    since: Option<u64>,
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
                join(slow, policy, &mut self.clock);
            }
        }
        for order in &mut self.orders {
            if order.waiting && order.left.first() != Some(&'w') {
                order.waiting = false;
                join(order, policy, &mut self.clock);
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
                join(order, policy, &mut self.clock);
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
            self.orders[order].since = None;
            self.orders[order].with = Some(barista);
            self.orders[order].last = Some(barista);
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
        since: None,
        with: None,
        last: None,
        waiting: false,
    }
}

fn join(order: &mut Slow, policy: Policy, clock: &mut u64) {
    match order.left.first() {
        None => {}
        Some('w') if policy != Policy::OneAtATime => order.waiting = true,
        Some(_) => {
            *clock += 1;
            order.since = Some(*clock);
        }
    }
}

fn first_in_queue(orders: &[Slow], policy: Policy) -> Option<usize> {
    let queued = (0..orders.len()).filter(|index| orders[*index].since.is_some());
    queued.min_by_key(|index| {
        let order = &orders[*index];
        let work_left = order.left.iter().filter(|letter| **letter == 'r').count();
        let rank = if policy == Policy::ShortestFirst {
            work_left
        } else {
            0
        };
        (rank, order.since)
    })
}

fn tick(order: usize, barista: Option<usize>, now: u64, kind: SpanKind) -> Span {
    Span {
        task: TaskId(order),
        worker: barista.map(WorkerId),
        start: now,
        end: now + 1,
        kind,
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
