//! The simulators: time slices, workers. Run all benches and compare with the
//! peers with `python3 benches/simulators.py`.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use twoaxes::{barista, workers};

/// Two orders in turns of one tick.
const SLICES: u64 = 1_000_000;

fn time_slices(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("simulators");
    group.sample_size(20).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(SLICES));
    group.bench_function("a million time slices", |bencher| {
        bencher.iter_batched(
            || [SLICES / 2, SLICES / 2],
            |orders| barista::time_slice(black_box(&orders), 1),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn tasks_on_workers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("simulators");
    group.sample_size(20).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(1_000_000));
    group.bench_function("a million tasks on 1000 workers", |bencher| {
        bencher.iter_batched(
            || 1_000_000,
            |tasks| workers::simulate(black_box(tasks), 10, 1_000),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, time_slices, tasks_on_workers);
criterion_main!(benches);
