//! The simulated hazards against numbers worked out by hand, and against
//! simulators that go tick by tick.

use proptest::prelude::*;

use super::blocked_executor::{self, Hog};
use super::false_sharing::{self, Access, Caches, FROM_CORE, FROM_MEMORY, HIT};
use super::io_bound::{self, Service, speedup_by_cores};
use super::station::{Jobs, Visit};
use super::{Latencies, deadlock, lock_contention, lost_update};
use crate::trace::SpanKind;

mod obvious;
mod sentences;

#[test]
fn a_hog_makes_everybody_late_and_remedies_do_not() {
    let check = |hog, broken, offloaded, yielding| {
        let run = blocked_executor::simulate(8, hog);
        let worst = |trace| run.latencies(trace).worst();
        let all = [&run.broken, &run.offloaded, &run.yielding].map(worst);
        assert_eq!(all, [broken, offloaded, yielding], "{hog:?}\n{run}");
    };
    check(Hog::Computes(60), 72, 12, 15);
    check(Hog::Blocks(60), 72, 12, 12);
    check(Hog::Computes(1), 14, 12, 12);
}

#[test]
fn only_a_thread_of_its_own_is_parallel() {
    let run = blocked_executor::simulate(8, Hog::Computes(60));
    let parallel = [&run.broken, &run.offloaded, &run.yielding].map(|t| t.peak_parallelism());
    assert_eq!(parallel, [1, 2, 1]);
    let works = [&run.broken, &run.offloaded, &run.yielding].map(|t| t.work());
    assert_eq!(works, [78; 3], "the same work");
    let run = blocked_executor::simulate(8, Hog::Blocks(60));
    let blocked =
        |trace: &crate::trace::Trace| -> u64 { trace.per_task().iter().map(|of| of.blocked).sum() };
    assert_eq!(
        [&run.broken, &run.offloaded, &run.yielding].map(blocked),
        [60, 60, 0]
    );
}

#[test]
fn cores_do_not_shorten_a_wait() {
    let check = |share, cores, expected: &str| {
        assert_eq!(format!("{:.3}", speedup_by_cores(share, cores)), expected);
    };
    check(0.95, 64, "1.052");
    check(0.95, usize::MAX, "1.053");
    check(0.0, 64, "64.000");
    check(1.0, 64, "1.000");
    check(1.5, 64, "NaN");
    check(f64::NAN, 64, "NaN");
    check(0.5, 0, "NaN");
}

#[test]
fn workers_in_front_of_a_backend() {
    let check = |workers, capacity, expected| {
        let run = io_bound::simulate(
            16,
            workers,
            Service {
                compute: 1,
                latency: 19,
                capacity,
            },
        );
        let spans = [&run.one_by_one, &run.more_workers, &run.overlapped].map(|t| t.makespan());
        assert_eq!(spans, expected, "{workers} workers, {capacity} places");
    };
    check(1, 1, [320, 320, 305]);
    check(64, 1, [320, 305, 305]);
    check(4, 4, [320, 80, 80]);
    check(4, 16, [320, 80, 35]);
    check(16, 16, [320, 20, 35]);
}

#[test]
fn a_lock_by_hand() {
    // Two workers compute for 3 ticks, then each holds the lock for 2.
    let run = lock_contention::simulate(4, 3, 2, 2);
    let queue: Vec<u64> = run.broken.per_task().iter().map(|of| of.blocked).collect();
    assert_eq!((run.broken.makespan(), queue), (12, vec![0, 2, 0, 0]));
    assert_eq!(run.repaired.makespan(), 10 + 2 * 2, "with the merge");
    assert_eq!(run.limit(), 2.0);
    let one = lock_contention::simulate(4, 3, 2, 1);
    assert_eq!((one.broken.makespan(), one.repaired.makespan()), (20, 20));
}

#[test]
fn speedups_lie_between_amdahl_and_the_limit() {
    let speedups = lock_contention::curve(840, 4, 1, 8);
    let points = speedups.points();
    for point in points {
        let near = 1.0 + 1e-9;
        assert!(point.amdahl <= point.simulated * near, "{point:?}");
        assert!(point.simulated <= point.limit * near, "{point:?}");
        let share = point.karp_flatt;
        assert!(point.workers == 1 || share <= 0.2 * near, "{point:?}");
    }
    assert_eq!(points.len(), 8);
    assert!(points[7].simulated > 4.9 && points[7].repaired > 7.0);
}

#[test]
fn caches_keep_the_protocol() {
    let mut caches = Caches::new();
    let steps = [
        (caches.read(0, 0), Access::FromMemory),
        (caches.write(0, 8), Access::Hit),
        (caches.read(1, 16), Access::FromCore),
        (caches.read(0, 0), Access::Hit),
        (caches.write(0, 0), Access::Upgrade),
        (caches.write(1, 63), Access::FromCore),
        (caches.write(1, 64), Access::FromMemory),
        (caches.write(0, 0), Access::FromCore),
        (caches.read(0, u64::MAX), Access::FromMemory),
    ];
    for (number, (found, expected)) in steps.into_iter().enumerate() {
        assert_eq!(found, expected, "step {number}");
    }
    assert_eq!(caches.invalidations(), 3);
}

#[test]
fn padding_keeps_the_lines_at_home() {
    let check = |cores, increments, lost, makespan| {
        let run = false_sharing::simulate(cores, increments);
        let counts = (run.broken_invalidations(), run.repaired_invalidations());
        assert_eq!(counts, (lost, 0), "{cores} cores");
        assert_eq!(run.broken.makespan(), makespan, "{cores} cores");
        assert_eq!(run.repaired.makespan(), FROM_MEMORY + increments * HIT);
        let works = [run.broken.work(), run.repaired.work()];
        assert_eq!(works, [cores as u64 * increments * HIT; 2]);
    };
    check(1, 100, 0, FROM_MEMORY + 100 * HIT);
    check(2, 100, 199, FROM_MEMORY + 200 * HIT + 199 * FROM_CORE);
    check(4, 100, 399, FROM_MEMORY + 400 * HIT + 399 * FROM_CORE);
    // The ninth counter is alone on the second line.
    check(9, 100, 799, FROM_MEMORY + 800 * HIT + 799 * FROM_CORE);
}

/// The table of lost updates: threads, rounds, interleavings, how many lose.
#[test]
fn updates_are_lost_in_these_many_interleavings() {
    let check = |threads, rounds, interleavings: u64, losing: u64| {
        let run = lost_update::simulate(threads, rounds);
        assert_eq!(
            run.broken.interleavings, interleavings,
            "{threads} x {rounds}"
        );
        assert_eq!(run.broken.losing, losing, "{threads} x {rounds}");
        for right in [&run.atomic, &run.locked] {
            assert_eq!(right.losing, 0, "{threads} x {rounds}");
            let all = (threads * rounds) as i64;
            assert_eq!(right.finals, [(all, right.interleavings.clone())]);
            assert!(right.schedule.is_none());
        }
        let lost = run.broken.schedule.map(|schedule| schedule.preemptions());
        assert_eq!(lost, (threads > 1).then_some(1), "one preemption is enough");
        assert_eq!(run.one_core.peak_parallelism(), 1, "one core is enough");
    };
    check(1, 5, 1, 0);
    check(2, 1, 6, 4);
    check(2, 2, 70, 64);
    check(2, 3, 924, 904);
    check(3, 1, 90, 84);
}

/// On one core, one thread's rounds are all that is left, but for its first.
#[test]
fn one_preemption_loses_all_that_came_between() {
    let check = |threads, rounds, note: &str| {
        let run = lost_update::simulate(threads, rounds);
        assert_eq!(run.one_core.notes(), [note], "{threads} x {rounds}");
    };
    check(1, 3, "In the end x is 3. It should be 3.");
    check(2, 1, "In the end x is 1. It should be 2.");
    check(3, 4, "In the end x is 4. It should be 12.");
}

#[test]
fn philosophers_deadlock_in_one_way() {
    for seats in 2..=6 {
        let run = deadlock::simulate(seats);
        let [stuck] = run.broken.deadlocks.as_slice() else {
            panic!("{:?}", run.broken.deadlocks);
        };
        let waits: Vec<(&str, &[String])> = stuck
            .iter()
            .map(|b| (b.thread.as_str(), b.waits_for.as_slice()))
            .collect();
        let next = |seat: usize| format!("p{}", seat % seats + 1);
        let circle: Vec<(String, Vec<String>)> = (1..=seats)
            .map(|seat| (format!("p{seat}"), vec![next(seat)]))
            .collect();
        let circle: Vec<(&str, &[String])> = circle
            .iter()
            .map(|(who, whom)| (who.as_str(), whom.as_slice()))
            .collect();
        assert_eq!(waits, circle);
        // Each of the orders in which they take their first forks.
        assert_eq!(run.broken.deadlocked, (1..=seats as u64).product::<u64>());
        assert!(run.broken.schedule.is_some());
        for right in [&run.ordered, &run.giving_back] {
            assert!(right.is_complete && right.deadlocks.is_empty());
        }
        assert!(run.giving_back.interleavings.is_infinite());
    }
}

#[test]
fn percentiles_are_the_nearest_rank() {
    let check = |all: &[u64], percent, expected| {
        let latencies: Latencies = all.iter().copied().collect();
        assert_eq!(
            latencies.percentile(percent),
            expected,
            "{percent} of {all:?}"
        );
    };
    let ten = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
    check(&ten, 50.0, 50);
    check(&ten, 90.0, 90);
    check(&ten, 91.0, 100);
    check(&ten, 0.0, 10);
    check(&ten, 400.0, 100);
    check(&ten, f64::NAN, 10);
    check(&[], 50.0, 0);
    check(&[7], 99.9, 7);
}

#[test]
fn what_cannot_be_simulated_is_replaced_or_refused() {
    let refusals = [
        blocked_executor::try_simulate(0, Hog::Computes(1)).unwrap_err(),
        blocked_executor::try_simulate(1, Hog::Blocks(u64::MAX)).unwrap_err(),
        io_bound::try_simulate(
            1,
            0,
            Service {
                compute: 1,
                latency: 1,
                capacity: 1,
            },
        )
        .unwrap_err(),
        lock_contention::try_simulate(1, 1, 0, 1).unwrap_err(),
        lock_contention::try_curve(usize::MAX, 1, 1, 1).unwrap_err(),
        false_sharing::try_simulate(65, 1).unwrap_err(),
        lost_update::try_simulate(9, 1).unwrap_err(),
        deadlock::try_simulate(1).unwrap_err(),
    ];
    let refusals = refusals.map(|error| error.to_string()).join("\n");
    insta::assert_snapshot!(refusals, @r"
    0 handlers cannot be simulated: use 1 to 1000
    18446744073709551615 ticks of the hog cannot be simulated: use 1 to 1000000
    0 workers cannot be simulated: use 1 to 1000
    0 ticks inside of the lock cannot be simulated: use 1 to 1000000
    18446744073709551615 operations cannot be simulated: use 1 to 10000
    65 cores cannot be simulated: use 1 to 64
    9 threads cannot be simulated: use 1 to 8
    1 philosophers cannot be simulated: use 2 to 8
    ");
    let run = false_sharing::simulate(0, u64::MAX);
    insta::assert_snapshot!(run.comparison().notes().join("\n"), @r"
    0 cores cannot be simulated: use 1 to 64. Here it is 1.
    18446744073709551615 increments cannot be simulated: use 1 to 1000. Here it is 1000.
    ");
    let service = Service {
        compute: u64::MAX,
        latency: 0,
        capacity: 0,
    };
    assert_eq!(
        io_bound::simulate(0, 0, service).comparison().notes().len(),
        5
    );
}

#[test]
fn comparisons_read_as_tables() {
    insta::assert_snapshot!(lost_update::simulate(2, 20), @r"
    Adding to a shared counter
                       load, store     fetch_add          lock
    interleavings    about 1.08e23  137846528820  137846528820
    lose an update   about 1.08e23             0             0
    share that does     over 99.9%          0.0%          0.0%
    final value            2 to 40     always 40     always 40
    Nearly all of about 1.08e23 interleavings of loads and stores lose an update. None needs a second core: a thread that is interrupted between its load and its store is enough. A step that does both, or a lock around the two, leaves no place for that.
    ");
    insta::assert_snapshot!(deadlock::simulate(3), @r"
    3 philosophers
                          left first  lower first                   give back
    deadlocks                      1         none                        none
    interleavings                168          142              no end of them
    that deadlock                  6            0                           0
    a run can be endless          no           no  yes, they may try for ever
    states                        87           72                         154
    With the left fork first there is a circle: p1 waits for p2, p2 waits for p3, p3 waits for p1. One order for all locks has no circle. Giving back has none either, but nothing says that somebody ever eats.
    ");
    insta::assert_snapshot!(blocked_executor::simulate(20, Hog::Computes(100)), @r"
    What one long handler does to the others
                       in the way  own thread     yields
    median latency       97 ticks    12 ticks   15 ticks
    95th percentile     118 ticks    12 ticks   15 ticks
    worst latency       121 ticks    12 ticks   15 ticks
    hog's own latency   102 ticks   102 ticks  140 ticks
    makespan            146 ticks   108 ticks  146 ticks
    peak parallelism            1           2          1
    The handlers need 12 ticks each. While the hog computes on the loop's only thread nobody else gets a turn, so the slowest answer takes 121 ticks; with the hog elsewhere it takes 12 ticks.
    ");
    insta::assert_snapshot!(io_bound::simulate(16, 64, Service { compute: 1, latency: 19, capacity: 8 }), @r"
    16 requests to a backend
                            one by one  64 workers  overlapped
    makespan                 320 ticks    39 ticks    46 ticks
    requests per tick            0.050       0.410       0.348
    of the backend's limit         12%         97%         83%
    peak concurrency                 1          16          16
    peak parallelism                 1          16           1
    mean parallelism              0.05        0.41        0.35
    Each request waits for 95% of its time, so 64 cores for its computation would make it 1.052 times as fast. What helps is to have more requests under way: one worker that overlaps the waits is 6.96 times as fast as one that does not. Nobody gets more than 0.421 requests per tick out of this backend.
    ");
    insta::assert_snapshot!(lock_contention::simulate(80, 4, 1, 8), @r"
    80 operations behind a lock
                       one lock  a share each
    makespan           84 ticks      58 ticks
    speedup                4.76          6.90
    in the queue      244 ticks       0 ticks
    work              400 ticks     408 ticks
    mean parallelism       4.76          7.03
    20% of each operation is inside of the lock. So 8 workers cannot be more than 5.00 times as fast as one; here it is 4.76. A share for each worker does the same work without a queue, and pays for the merge once.
    ");
    insta::assert_snapshot!(false_sharing::simulate(4, 100), @r"
    4 cores with a counter each, 100 increments each
                                shared lines       padded
    makespan                    42150 cycles   750 cycles
    invalidations                        399            0
    work                         2000 cycles  2000 cycles
    increments per 1000 cycles           9.5        533.3
    mean parallelism                    0.05         2.67
    No core reads another core's counter, and yet the line changed hands 399 times on shared lines and 0 times on padded ones. That makes them 56.2 times as slow. The work is the same: the rest is waiting for the line.
    ");
}

fn jobs() -> impl Strategy<Value = Jobs> {
    let sizes = (
        0..30_usize,
        0..6_u64,
        0..6_u64,
        1..6_usize,
        1..6_usize,
        any::<bool>(),
    );
    sizes.prop_map(|(count, first, second, workers, places, stays)| Jobs {
        count,
        first,
        second,
        workers,
        places,
        stays,
    })
}

proptest! {
    #[test]
    fn stations_do_as_the_slow_one(jobs in jobs()) {
        let fast: Vec<(u64, u64, u64)> =
            jobs.run().iter().map(|visit: &Visit| (visit.arrive, visit.enter, visit.end)).collect();
        prop_assert_eq!(fast, obvious::station(jobs));
    }

    /// Nobody gets more out of a backend than `capacity / latency`.
    #[test]
    fn backends_have_a_limit(
        requests in 1..60_usize, workers in 1..20_usize,
        compute in 0..20_u64, latency in 1..50_u64, capacity in 1..20_usize,
    ) {
        let run = io_bound::simulate(requests, workers, Service { compute, latency, capacity });
        let all = [&run.one_by_one, &run.more_workers, &run.overlapped];
        for trace in all {
            prop_assert!(run.throughput(trace) <= run.service.limit() * (1.0 + 1e-9));
            prop_assert_eq!(trace.work(), requests as u64 * compute);
        }
        prop_assert!(run.overlapped.makespan() <= run.one_by_one.makespan());
        prop_assert!(run.more_workers.makespan() <= run.one_by_one.makespan());
    }

    /// Between what one round after the other takes and what the lock allows.
    #[test]
    fn locks_have_a_limit(
        operations in 1..100_usize, outside in 0..20_u64, inside in 1..20_u64, workers in 1..12_usize,
    ) {
        let run = lock_contention::simulate(operations, outside, inside, workers);
        let rounds = (operations as u64).div_ceil(workers as u64);
        let in_lock = operations as u64 * inside;
        let makespan = run.broken.makespan();
        prop_assert!(makespan <= rounds * outside + in_lock);
        prop_assert!(makespan >= (rounds * (outside + inside)).max(outside + in_lock));
        prop_assert!(run.broken.speedup() <= run.limit() * (1.0 + 1e-9));
        prop_assert_eq!(run.queued(&run.repaired), 0);
    }

    #[test]
    fn caches_do_as_the_slow_ones(steps in prop::collection::vec((0..4_usize, 0..200_u64, any::<bool>()), 0..60)) {
        let mut caches = Caches::new();
        let mut slow = obvious::Lines::default();
        for (core, address, writes) in steps {
            let found = if writes { caches.write(core, address) } else { caches.read(core, address) };
            prop_assert_eq!(found, slow.access(core, address, writes));
            prop_assert_eq!(caches.invalidations(), slow.invalidations);
        }
    }

    /// A hog of any length: the loop does the same work, and no remedy makes
    /// the slowest bystander slower.
    #[test]
    fn remedies_help(handlers in 1..40_usize, length in 1..200_u64, computes in any::<bool>()) {
        let hog = if computes { Hog::Computes(length) } else { Hog::Blocks(length) };
        let run = blocked_executor::simulate(handlers, hog);
        let worst = |trace| run.latencies(trace).worst();
        prop_assert!(worst(&run.offloaded) <= worst(&run.broken).max(14));
        prop_assert_eq!(run.broken.work(), run.yielding.work());
        let idle = |kind| run.broken.spans().iter().filter(|span| span.kind == kind).count();
        prop_assert_eq!(idle(SpanKind::Blocked), usize::from(!computes));
    }

    #[test]
    fn any_numbers_are_answered(a in any::<usize>(), b in any::<u64>(), c in any::<u64>(), d in any::<usize>()) {
        let small = |n: usize| n % 50;
        let texts = [
            blocked_executor::simulate(small(a), Hog::Blocks(b)).to_string(),
            io_bound::simulate(small(a), small(d), Service { compute: b, latency: c, capacity: d }).to_string(),
            lock_contention::simulate(small(a), b, c, small(d)).to_string(),
            false_sharing::simulate(small(a), b % 50).to_string(),
        ];
        prop_assert!(texts.iter().all(|text| !text.contains("contradicts")));
    }
}
