//! Clocks and happens-before of large executions.
//!
//! Bars: 50 ms to build 100,000 events on 16 processes with all clocks, 100 ns
//! for a happens-before query.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use twoaxes::model::{EventId, Execution, ExecutionBuilder, ProcessId};

const EVENTS: usize = 100_000;
const PROCESSES: usize = 16;

fn all(criterion: &mut Criterion) {
    let messages: Vec<String> = (0..EVENTS).map(|n| format!("m{n}")).collect();
    criterion.bench_function("execution/collect_and_build_100k_x_16", |bench| {
        bench.iter(|| collected(&messages).build());
    });
    criterion.bench_function("execution/build_100k_x_16", |bench| {
        bench.iter_batched(
            || collected(&messages),
            ExecutionBuilder::build,
            BatchSize::LargeInput,
        );
    });
    let Ok(run) = collected(&messages).build() else {
        return;
    };
    let mut random = random();
    criterion.bench_function("execution/happens_before", |bench| {
        // Far apart, so that each query reads memory that is not at hand.
        bench.iter(|| run.happens_before(EventId(random() % EVENTS), EventId(random() % EVENTS)));
    });
    criterion.bench_function("execution/concurrent_pairs_count_100k", |bench| {
        bench.iter(|| black_box(&run).concurrent_pairs_count());
    });
    criterion.bench_function("execution/on_4_cores_100k", |bench| {
        bench.iter(|| run.on_cores(4));
    });
    criterion.bench_function("execution/diagram_100k", |bench| {
        bench.iter(|| run.diagram());
    });
    let log = run.to_shiviz();
    criterion.bench_function("execution/from_shiviz_100k", |bench| {
        bench.iter(|| Execution::from_shiviz(&log));
    });
    let small = independent(&[20, 20, 20, 20]);
    criterion.bench_function("execution/linear_extensions_194481_cuts", |bench| {
        bench.iter(|| small.linear_extensions());
    });
    let wide = independent(&[25; 16]);
    criterion.bench_function("execution/linear_extensions_too_many_cuts", |bench| {
        bench.iter(|| wide.linear_extensions());
    });
    criterion.bench_function("execution/linear_extensions_100k", |bench| {
        bench.iter(|| run.linear_extensions());
    });
}

/// A third of the events send, and a third receive what is under way.
fn collected(messages: &[String]) -> ExecutionBuilder {
    let mut run = Execution::builder();
    let processes: Vec<ProcessId> = (0..PROCESSES)
        .map(|n| run.process(format!("P{n}")))
        .collect();
    let mut random = random();
    let (mut sent, mut received) = (0, 0);
    for _ in 0..EVENTS {
        let process = processes[random() % PROCESSES];
        match random() % 3 {
            0 => {
                run.send(process, &messages[sent]);
                sent += 1;
            }
            1 if received < sent => {
                run.receive(process, &messages[received]);
                received += 1;
            }
            _ => {
                run.local(process, "step");
            }
        }
    }
    run
}

fn independent(events: &[usize]) -> Execution {
    let mut run = Execution::builder();
    for (index, &events) in events.iter().enumerate() {
        let process = run.process(format!("P{index}"));
        for _ in 0..events {
            run.local(process, "step");
        }
    }
    run.build().unwrap_or_else(|_| unreachable!("no messages"))
}

/// The same numbers every time (Lehmer 1951; the constant is Knuth's).
fn random() -> impl FnMut() -> usize {
    let mut state = 1_u64;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0)
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = all
}
criterion_main!(benches);
