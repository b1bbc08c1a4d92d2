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

pub(super) fn spans(shop: &Shop) -> Vec<Span> {
    let mut orders: Vec<Slow> = shop.orders.iter().map(slow).collect();
    let mut hands: Vec<Option<Hand>> = shop.baristas_idle();
    let mut had: Vec<Option<usize>> = vec![None; shop.baristas];
    let mut ticks: Vec<Span> = Vec::new();
    let mut clock = 0_u64;
    for now in 0..500 {
        // 1. Arrivals, then waits that end, then turns that end.
        for (index, order) in shop.orders.iter().enumerate() {
            if order.arrival == now {
                join(&mut orders[index], shop.policy, &mut clock);
            }
        }
        for order in &mut orders {
            if order.waiting && order.left.first() != Some(&'w') {
                order.waiting = false;
                join(order, shop.policy, &mut clock);
            }
        }
        for order in &mut orders {
            let Some(barista) = order.with else {
                continue;
            };
            let hand = hands[barista].as_ref().unwrap();
            let stays = shop.policy == Policy::OneAtATime && !order.left.is_empty();
            let works = order.left.first() == Some(&'r') && hand.slice_left > 0;
            if hand.switch_left == 0 && !stays && !works {
                hands[barista] = None;
                order.with = None;
                join(order, shop.policy, &mut clock);
            }
        }
        // 2. Free baristas take orders.
        while let Some(order) = first_in_queue(&orders, shop.policy) {
            let free = |b: &usize| hands[*b].is_none();
            let last = orders[order].last.filter(free);
            let Some(barista) = last.or_else(|| (0..shop.baristas).find(free)) else {
                break;
            };
            let changes = had[barista].is_some_and(|other| other != order);
            hands[barista] = Some(Hand {
                order,
                switch_left: if changes { shop.switch_cost } else { 0 },
                slice_left: match shop.policy {
                    Policy::RoundRobin { slice } => slice,
                    _ => u64::MAX,
                },
            });
            had[barista] = Some(order);
            orders[order].since = None;
            orders[order].with = Some(barista);
            orders[order].last = Some(barista);
        }
        // 3. One tick passes.
        for (barista, hand) in hands.iter_mut().enumerate() {
            let Some(hand) = hand else { continue };
            let kind = if hand.switch_left > 0 {
                hand.switch_left -= 1;
                SpanKind::Switch
            } else {
                hand.slice_left -= 1;
                match orders[hand.order].left.remove(0) {
                    'r' => SpanKind::Run,
                    _ => SpanKind::Blocked,
                }
            };
            ticks.push(tick(hand.order, Some(barista), now, kind));
        }
        for (index, order) in orders.iter_mut().enumerate() {
            if order.waiting {
                order.left.remove(0);
                ticks.push(tick(index, None, now, SpanKind::Wait));
            }
        }
    }
    assert!(orders.iter().all(|order| order.left.is_empty()));
    joined(ticks)
}

impl Shop {
    fn baristas_idle(&self) -> Vec<Option<Hand>> {
        (0..self.baristas).map(|_| None).collect()
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
