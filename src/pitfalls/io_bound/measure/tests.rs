//! Real waiting. The bound on throughput holds however slow the machine is: no
//! visit is shorter than it should be.

use std::time::Duration;

use super::*;
use crate::team::tests::leaves_nothing;
use crate::trace::SpanKind;

const SHORT: Service = Service {
    compute: 0,
    latency: 2,
    capacity: 3,
};

#[test]
fn nobody_gets_more_than_the_backend_gives() {
    let run = try_measure(24, 8, SHORT).unwrap();
    let threads: Vec<_> = run.points().iter().map(|point| point.threads).collect();
    assert_eq!(threads, [1, 2, 4, 8]);
    assert_eq!(run.limit(), 1_500.0);
    for point in run.points() {
        assert_eq!((point.run.answered, point.run.places), (24, 3), "{run}");
        assert!(point.run.throughput() <= point.run.limit(), "{run}");
        assert!(point.run.latency >= 2e6, "{run}");
        assert!(point.run.trace.peak_concurrency() <= point.threads, "{run}");
        assert_eq!(point.run.trace.workers().len(), point.threads);
    }
    // One at a time: also the sum of its waits is a bound.
    let one = &run.points()[0].run;
    assert!(one.throughput() <= one.limit() / 3.0, "{run}");
    assert!(run.overlapped.throughput() <= run.limit(), "{run}");
}

#[test]
fn one_thread_waits_for_all_at_once() {
    let service = Service {
        compute: 1,
        ..SHORT
    };
    let run = try_measure(12, 2, service).unwrap();
    let trace = &run.overlapped.trace;
    assert_eq!((run.overlapped.answered, trace.workers().len()), (12, 1));
    assert!(run.overlapped.is_right() && run.points().iter().all(|point| point.run.is_right()));
    assert_eq!(trace.peak_parallelism(), 1);
    assert!(trace.spans().iter().any(|span| span.kind == SpanKind::Wait));
    let sits = &run.points()[1].run.trace;
    assert!(
        sits.spans()
            .iter()
            .any(|span| span.kind == SpanKind::Blocked)
    );
    assert!(sits.spans().iter().all(|span| span.kind != SpanKind::Wait));
}

#[test]
fn remedies_raise_the_limit() {
    // 18 is not a multiple of four: the last visit is not full.
    let run = try_fixed(18, 4, SHORT).unwrap();
    let ways = [
        &run.more_threads,
        &run.overlapped,
        &run.larger,
        &run.batched,
    ];
    assert!(ways.iter().all(|way| way.answered == 18), "{run}");
    assert!(
        ways.iter().all(|way| way.throughput() <= way.limit()),
        "{run}"
    );
    assert_eq!(
        ways.map(|way| way.limit()),
        [1_500.0, 1_500.0, 3_000.0, 6_000.0]
    );
    assert_eq!(ways.map(|way| way.places), [3, 3, 6, 3]);
}

#[test]
fn no_thread_is_left() {
    _ = leaves_nothing(|| (measure(8, 16, SHORT), fixed(8, 16, SHORT)));
}

#[test]
fn a_deadline_that_has_passed_turns_requests_away() {
    let plan = checked(
        500,
        4,
        Service {
            latency: 500,
            ..SHORT
        },
    )
    .unwrap();
    let run = sweep(plan, Deadline::after(Duration::ZERO), Vec::new()).unwrap();
    assert!(run.points().iter().all(|point| point.run.answered == 0));
    assert!(
        run.to_string().contains("Time was up: 0 of 500 requests"),
        "{run}"
    );
}

#[test]
fn numbers_of_threads_are_doublings() {
    let check = |threads, expected: &[usize]| assert_eq!(numbers(threads), expected);
    check(1, &[1]);
    check(2, &[1, 2]);
    check(6, &[1, 2, 4, 6]);
    check(64, &[1, 2, 4, 8, 16, 32, 64]);
}

#[test]
fn what_cannot_be_run_is_refused_or_replaced() {
    let check = |requests, threads, service, expected: &str| {
        let error = try_measure(requests, threads, service).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(try_fixed(requests, threads, service).unwrap_err(), error);
    };
    let service = SHORT;
    check(0, 1, service, "0 requests cannot be run: use 1 to 10000");
    check(1, 129, service, "129 threads cannot be run: use 1 to 128");
    let slow = Service {
        latency: u64::MAX,
        ..SHORT
    };
    check(
        1,
        1,
        slow,
        "18446744073709551615 milliseconds of latency cannot be run: use 1 to 500",
    );
    let none = Service {
        capacity: 0,
        ..SHORT
    };
    check(
        1,
        1,
        none,
        "0 places at the backend cannot be run: use 1 to 128",
    );
    let error = try_measure(
        10_000,
        1,
        Service {
            latency: 500,
            ..SHORT
        },
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("10000 requests would take about 6667 s here"),
        "{error}"
    );
    let run = measure(
        0,
        0,
        Service {
            compute: 0,
            latency: 0,
            capacity: 0,
        },
    );
    assert_eq!(
        (run.overlapped.answered, run.notes().len() >= 4),
        (1, true),
        "{run}"
    );
}

#[test]
fn where_computing_is_the_limit_it_says_so() {
    let check = |compute, bound: bool| {
        // 1000 answers per second, or more than two CPUs compute for.
        let capacity = if bound { 128 } else { 2 };
        let service = Service {
            compute,
            latency: 2,
            capacity,
        };
        let run = measure(4, 4, service).to_string();
        let fixed = fixed(4, 4, service).to_string();
        let says = [
            run.contains("they are the limit"),
            fixed.contains("whatever the backend does"),
        ];
        assert_eq!(says, [bound; 2], "{run}\n{fixed}");
    };
    let cpus = u64::try_from(machine::allowed().len()).unwrap();
    check(0, false);
    check(cpus, true);
}

#[test]
fn without_a_thread_no_number_is_told() {
    let plan = checked(4, 2, SHORT).unwrap();
    let fixed = Fixed::of(plan, Vec::new(), Vec::new()).to_string();
    assert!(fixed.contains("\nNothing was measured."), "{fixed}");
}

#[test]
fn a_backend_answers_who_is_there_when_others_give_up() {
    let offer = backend::Offer {
        places: 1,
        latency: Duration::from_millis(1),
        batch: 4,
        requests: 3,
        deadline: of_call(),
    };
    let (answered, service) = backend::open(offer, &mut Vec::new(), |backend| {
        let two = [backend.ask(), backend.ask()];
        backend.give_up();
        two.map(|receiver| receiver.blocking_recv().is_ok())
    })
    .unwrap();
    assert_eq!(
        (answered, service.visits, service.places),
        ([true; 2], 1, 1)
    );
}
