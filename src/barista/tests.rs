//! The simulators against numbers worked out by hand, and against a slow and
//! obvious simulator that goes tick by tick.

use proptest::prelude::*;

use super::shop::Phase;
use super::*;
use crate::trace::{Span, SpanKind, TaskId, Trace, WorkerId};

mod obvious;

fn drip(name: &str) -> Order {
    Order::new(name).work(3).waits(10).work(2)
}

/// Who runs when, as `A0-3 B3-6`.
fn runs(trace: &Trace) -> String {
    let runs = trace.spans().iter().filter(|s| s.kind == SpanKind::Run);
    let runs: Vec<String> = runs
        .map(|s| format!("{}{}-{}", trace.tasks()[s.task.0].name, s.start, s.end))
        .collect();
    runs.join(" ")
}

#[test]
fn slicing_moves_turnarounds_and_not_the_makespan() {
    let check = |slice, a, b| {
        let trace = time_slice(&[20, 20], slice);
        assert_eq!((trace.makespan(), trace.work()), (40, 40), "slice {slice}");
        assert_eq!(trace.turnaround("A"), Some(a), "slice {slice}");
        assert_eq!(trace.turnaround("B"), Some(b), "slice {slice}");
        assert_eq!(trace.peak_parallelism(), 1);
        assert_eq!(trace.speedup(), 1.0);
    };
    check(1, 39, 40);
    check(2, 38, 40);
    check(5, 35, 40);
    check(10, 30, 40);
    check(15, 35, 40);
    check(20, 20, 40);
    check(1000, 20, 40);
}

#[test]
fn three_drinks_in_progress_one_at_each_instant() {
    let trace = time_slice(&[4, 4, 4], 1);
    assert_eq!((trace.peak_concurrency(), trace.peak_parallelism()), (3, 1));
    let trace = time_slice(&[4, 4, 4], 4);
    assert_eq!((trace.peak_concurrency(), trace.peak_parallelism()), (1, 1));
}

#[test]
fn eight_orders_on_more_baristas_come_down_a_staircase() {
    let check = |baristas, expected| {
        let orders = (1..=8).map(|n| Order::new(format!("t{n}")).work(10));
        let trace = Shop::new().baristas(baristas).orders(orders).run().unwrap();
        assert_eq!(trace.makespan(), expected, "{baristas} baristas");
        assert_eq!(trace.work(), 80);
    };
    for (baristas, expected) in [
        (1, 80),
        (2, 40),
        (3, 30),
        (4, 20),
        (7, 20),
        (8, 10),
        (9, 10),
    ] {
        check(baristas, expected);
    }
}

#[test]
fn policies_choose_as_documented() {
    let check = |policy, expected: &str| {
        let shop = Shop::new().policy(policy).orders([
            Order::new("A").work(5),
            Order::new("B").work(2).arrives(1),
            Order::new("C").work(1).arrives(2),
        ]);
        assert_eq!(runs(&shop.run().unwrap()), expected, "{policy:?}");
    };
    check(Policy::Fcfs, "A0-5 B5-7 C7-8");
    check(Policy::OneAtATime, "A0-5 B5-7 C7-8");
    check(Policy::ShortestFirst, "A0-5 C5-6 B6-8");
    // At tick 1 A has 4 left and B 2; at tick 2 B has 1 left, and so has C.
    check(Policy::ShortestRemaining, "A0-1 B1-3 C3-4 A4-8");
    // At tick 2 C arrives before A is put back: B, C, A.
    check(Policy::RoundRobin { slice: 2 }, "A0-2 B2-4 C4-5 A5-8");
}

#[test]
fn urgent_orders_come_first_and_may_interrupt() {
    let check = |preemptive, ageing, expected: &str| {
        let policy = Policy::Priority { preemptive, ageing };
        let shop = Shop::new().policy(policy).switch_cost(1).orders([
            Order::new("A").work(5).priority(2),
            Order::new("B").work(2).priority(1).arrives(1),
            Order::new("C").work(1).arrives(2),
        ]);
        assert_eq!(runs(&shop.run().unwrap()), expected, "{policy:?}");
    };
    check(false, None, "A0-5 C6-7 B8-10");
    // C interrupts the switch to B, which is begun anew.
    check(true, None, "A0-1 C3-4 B5-7 A8-12");
    // To be there a tick earlier counts as much as a step: B and C draw, and B
    // was first.
    check(false, Some(1), "A0-5 B6-8 C9-10");
    check(true, Some(1), "A0-5 B6-8 C9-10");
}

#[test]
fn shortest_first_counts_all_the_work_left_and_no_waits() {
    let trace = Shop::new()
        .policy(Policy::ShortestFirst)
        .order(Order::new("first").work(1))
        .order(Order::new("long").work(1).waits(1).work(9))
        .order(Order::new("short").work(3).waits(99).work(3))
        .run()
        .unwrap();
    assert_eq!(
        runs(&trace),
        "first0-1 short1-4 long4-5 long6-15 short103-106"
    );
}

#[test]
fn waits_overlap_and_slicing_does_not_help() {
    let shop = Shop::new().orders(["A", "B", "C"].map(drip));
    let overlapped = shop.clone().run().unwrap();
    let one_by_one = shop.policy(Policy::OneAtATime).run().unwrap();
    assert_eq!((overlapped.makespan(), one_by_one.makespan()), (21, 45));
    assert_eq!((overlapped.work(), one_by_one.work()), (15, 15));
    assert_eq!(one_by_one.peak_concurrency(), 1);
    assert_eq!(overlapped.peak_concurrency(), 3);
    assert_eq!(overlapped.peak_parallelism(), 1);
}

#[test]
fn switches_cost_time_and_the_first_order_is_free() {
    let check = |slice, makespan, overhead| {
        let shop = Shop::new()
            .policy(Policy::RoundRobin { slice })
            .switch_cost(1)
            .orders([Order::new("A").work(4), Order::new("B").work(4)]);
        let trace = shop.run().unwrap();
        assert_eq!((trace.makespan(), trace.overhead()), (makespan, overhead));
        assert_eq!(trace.work(), 8);
    };
    check(4, 9, 1);
    check(2, 11, 3);
    check(1, 15, 7);
}

#[test]
fn shops_that_cannot_run_say_why() {
    let one = || Shop::new().order(Order::new("A").work(1));
    let check = |shop: Shop, expected: &str| {
        let message = shop.run().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    check(Shop::new(), "no orders");
    check(one().baristas(0), "no barista");
    check(one().baristas(usize::MAX), "18446744073709551615 baristas");
    check(one().policy(Policy::RoundRobin { slice: 0 }), "slice of 0");
    check(
        one().order(Order::new("B").work(u64::MAX)),
        "add up to more than",
    );
    check(
        one().order(Order::new("B").work(u64::MAX).waits(9).work(9)),
        "add up to more than",
    );
    check(
        one().order(Order::new("late").work(9).arrives(u64::MAX)),
        "add up to more than",
    );
    let endless = Order::new("B").work(1 << 40);
    check(
        Shop::new()
            .policy(Policy::RoundRobin { slice: 1 })
            .orders([endless.clone(), endless]),
        "more than 1000000 turns",
    );
}

#[test]
fn time_slice_takes_any_input() {
    let check = |work: &[u64], slice, makespan, note: &str| {
        let trace = time_slice(work, slice);
        assert_eq!(trace.makespan(), makespan);
        let notes = trace.notes().join(" ");
        assert!(
            notes.contains(note) && note.is_empty() == notes.is_empty(),
            "{notes}"
        );
    };
    check(&[20, 20], 5, 40, "");
    check(&[0, 0], 5, 0, "");
    check(&[u64::MAX], 1, u64::MAX, "");
    check(&[u64::MAX, 0], u64::MAX, u64::MAX, "");
    check(&[], 5, 0, "no orders");
    check(&[20, 20], 0, 40, "slice of 1 is used");
    check(&[u64::MAX, 1], 1, 0, "more than 18446744073709551615 ticks");
    check(&[1 << 40, 1 << 40], 1, 1 << 41, "slice of 2199024 is used");
    check(&vec![1; MAX_TURNS + 1], 1, 0, "more than 1000000 orders");
    assert_eq!(try_time_slice(&[1], 0), Err(ShopError::ZeroSlice));
    assert_eq!(try_time_slice(&[], 1), Err(ShopError::NoOrders));
}

#[test]
fn orders_are_named_like_columns() {
    let trace = time_slice(&[1; 30], 1);
    let names: Vec<&str> = trace.tasks().iter().map(|t| t.name.as_str()).collect();
    assert_eq!(
        (names[0], names[25], names[26], names[29]),
        ("A", "Z", "AA", "AD")
    );
}

fn any_order() -> impl Strategy<Value = Vec<Phase>> {
    let phase = (0..8_u64, any::<bool>()).prop_map(|(ticks, works)| match works {
        true => Phase::Work(ticks),
        false => Phase::Wait(ticks),
    });
    prop::collection::vec(phase, 0..5)
}

fn without_waits(orders: Vec<Order>) -> Vec<Order> {
    let works = |phase: &Phase| matches!(phase, Phase::Work(_));
    let only_work = |order: Order| Order {
        phases: order.phases.iter().copied().filter(works).collect(),
        ..order
    };
    orders.into_iter().map(only_work).collect()
}

fn any_policy() -> impl Strategy<Value = Policy> {
    prop_oneof![
        Just(Policy::Fcfs),
        Just(Policy::ShortestFirst),
        Just(Policy::ShortestRemaining),
        Just(Policy::OneAtATime),
        (any::<bool>(), prop::option::of(0..9_u64))
            .prop_map(|(preemptive, ageing)| { Policy::Priority { preemptive, ageing } }),
        (1..5_u64).prop_map(|slice| Policy::RoundRobin { slice }),
    ]
}

prop_compose! {
    fn any_shop()(
        orders in prop::collection::vec((any_order(), 0..12_u64, 0..4_u32), 1..6),
        baristas in 1..4_usize,
        policy in any_policy(),
        switch_cost in 0..3_u64,
    ) -> Shop {
        let orders = orders.into_iter().enumerate().map(|(index, (phases, arrival, priority))| Order {
            name: format!("order {index}"),
            arrival,
            priority,
            phases,
        });
        Shop::new().orders(orders).baristas(baristas).policy(policy).switch_cost(switch_cost)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn the_event_loop_agrees_with_ticking(shop in any_shop()) {
        let trace = shop.run().unwrap();
        prop_assert_eq!(trace.spans(), obvious::spans(&shop));
    }

    #[test]
    fn work_is_conserved(shop in any_shop()) {
        let asked: u64 = shop.orders.iter().flat_map(|o| &o.phases).map(|phase| match phase {
            Phase::Work(ticks) => *ticks,
            Phase::Wait(_) => 0,
        }).sum();
        prop_assert_eq!(shop.run().unwrap().work(), asked);
    }

    #[test]
    fn slicing_computation_never_changes_the_makespan(
        work in prop::collection::vec(0..40_u64, 1..6),
        slice in 1..50_u64,
    ) {
        let trace = time_slice(&work, slice);
        prop_assert_eq!(trace.makespan(), work.iter().sum::<u64>());
        prop_assert!(trace.peak_parallelism() <= 1);
    }

    /// Why slicing does not help: one barista is busy whenever there is
    /// something to do, under every policy, so computation ends when it ends.
    #[test]
    fn no_policy_shortens_computation_on_one_barista(shop in any_shop(), policy in any_policy()) {
        let shop = Shop { baristas: 1, orders: without_waits(shop.orders), ..shop };
        let in_turn = Shop { policy: Policy::Fcfs, switch_cost: 0, ..shop.clone() }.run().unwrap();
        let other = Shop { policy, ..shop }.run().unwrap();
        prop_assert_eq!(other.work(), in_turn.work());
        prop_assert!(other.makespan() >= in_turn.makespan());
        if other.overhead() == 0 {
            prop_assert_eq!(other.makespan(), in_turn.makespan());
        }
    }

    /// Why overlapping waits does: what the barista sits through one at a time
    /// passes while she works, or at once with other waits. Strictly so if two
    /// orders wait: when the first of them begins to, the other one works,
    /// lets somebody else work, or waits too.
    #[test]
    fn overlapping_waits_shortens_the_makespan(shop in any_shop(), policy in any_policy()) {
        prop_assume!(policy != Policy::OneAtATime);
        let orders = shop.orders.into_iter().map(|order| Order { arrival: 0, ..order });
        let shop = Shop { baristas: 1, switch_cost: 0, orders: orders.collect(), ..shop };
        let one_by_one = Shop { policy: Policy::OneAtATime, ..shop.clone() }.run().unwrap();
        let overlapped = Shop { policy, ..shop.clone() }.run().unwrap();
        prop_assert_eq!(overlapped.work(), one_by_one.work());
        prop_assert!(overlapped.makespan() <= one_by_one.makespan());
        let wait: u64 = one_by_one.per_task().iter().map(|of| of.blocked).sum();
        let waiting = one_by_one.per_task().iter().filter(|of| of.blocked > 0).count();
        if waiting >= 2 {
            prop_assert!(overlapped.makespan() < one_by_one.makespan());
        }
        if wait == 0 {
            prop_assert_eq!(overlapped.makespan(), one_by_one.makespan());
        }
    }

    /// With ageing, nobody queues behind more urgent orders for longer than
    /// their head start.
    #[test]
    fn ageing_ends_starvation(urgent in 1..40_u64, patience in 1..5_u64) {
        let shop = |ageing| Shop::new()
            .policy(Policy::Priority { preemptive: false, ageing })
            .order(Order::new("patient").work(2).priority(1))
            .orders((0..urgent).map(|tick| Order::new("urgent").work(2).arrives(tick)));
        let starved = shop(None).run().unwrap();
        prop_assert_eq!(starved.response("patient"), Some(2 * urgent));
        let aged = shop(Some(patience)).run().unwrap();
        prop_assert!(aged.response("patient").unwrap() <= 2 * (patience + 1));
    }

    #[test]
    fn shortest_first_has_the_least_mean_turnaround(
        work in prop::collection::vec(0..20_u64, 1..7), policy in any_policy(),
    ) {
        let shop = |policy| {
            let orders = work.iter().map(|ticks| Order::new("x").work(*ticks));
            Shop::new().orders(orders).policy(policy).run().unwrap().mean_turnaround()
        };
        prop_assert!(shop(Policy::ShortestFirst) <= shop(policy));
        prop_assert_eq!(shop(Policy::ShortestFirst), shop(Policy::ShortestRemaining));
    }

    #[test]
    fn first_come_is_first_served(work in prop::collection::vec(1..9_u64, 1..6)) {
        let orders = work.iter().map(|ticks| Order::new("x").work(*ticks));
        let trace = Shop::new().orders(orders).run().unwrap();
        let mut from = 0;
        for (span, ticks) in trace.spans().iter().zip(&work) {
            prop_assert_eq!((span.start, span.end), (from, from + ticks));
            from += ticks;
        }
    }

    #[test]
    fn time_slice_never_panics(work in prop::collection::vec(any::<u64>(), 0..4), slice: u64) {
        let _ = time_slice(&work, slice.max(1 << 50)).gantt();
    }
}

/// All baristas are looked at only when an order was queued: with each of
/// 100,000 completions this would take many seconds.
#[test]
fn a_large_shop_that_may_interrupt_is_simulated_at_once() {
    let orders = (0..100_000_u64).map(|k| Order::new("").work(1_000_000 + k * 7919 % 1_000_003));
    let shop = Shop::new().baristas(MAX_BARISTAS).orders(orders);
    let trace = shop.policy(Policy::ShortestRemaining).run().unwrap();
    assert_eq!(trace.spans().len(), 100_000);
    assert_eq!(trace.peak_parallelism(), MAX_BARISTAS);
}
