//! The simulators: time slices, workers. Run all benches and compare with the
//! peers with `python3 benches/simulators.py`.
//!
//! What is timed of the two large runs is making the trace, checked and with
//! its names, as a cell gets it. `iter_batched` stops the clock before the
//! trace is dropped; "made and dropped" times both, for comparison.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use twoaxes::notebook::Rich;
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
    group.bench_function("a million tasks, made and dropped", |bencher| {
        bencher.iter(|| workers::simulate(black_box(1_000_000), 10, 1_000));
    });
    group.bench_function("a million time slices, made and dropped", |bencher| {
        let orders = [SLICES / 2, SLICES / 2];
        bencher.iter(|| barista::time_slice(black_box(&orders), 1));
    });
    group.finish();
}

/// What a slider or a figure asks for.
fn small_runs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("simulators");
    group.bench_function("the article's time slices", |bencher| {
        bencher.iter(|| barista::time_slice(black_box(&[20, 20]), 5));
    });
    group.bench_function("the article's staircase", |bencher| {
        bencher
            .iter(|| [1, 2, 3, 4, 8].map(|workers| workers::simulate(black_box(8), 10, workers)));
    });
    let points = [1, 2, 4, 8, 16, 32].map(|n| (n, workers::usl(n, 100, 0.05, 0.001)));
    group.bench_function("a fit of the USL to 6 points", |bencher| {
        bencher.iter(|| workers::fit_usl(black_box(&points)));
    });
    group.finish();
}

fn metrics(criterion: &mut Criterion) {
    let trace = workers::simulate(1_000_000, 10, 1_000);
    let mut group = criterion.benchmark_group("simulators");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.bench_function("metrics of a million tasks", |bencher| {
        bencher.iter(|| {
            let law = trace.littles_law();
            (
                trace.peak_concurrency(),
                trace.speedup(),
                law,
                trace.queue_length().len(),
            )
        });
    });
    group.bench_function("a million tasks shown by a cell", |bencher| {
        bencher.iter(|| trace.mime_bundle());
    });
    group.finish();
}

criterion_group!(benches, time_slices, tasks_on_workers, small_runs, metrics);
criterion_main!(benches);
