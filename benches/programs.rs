//! Exploring programs, beside loom and shuttle.
//!
//! The program is the lost update: two threads, each k times {load x; store
//! x + 1}. loom and shuttle run it as Rust code, one interleaving after
//! another; that they find an update lost is no failure here, for they would
//! stop at the first.

use std::hint::black_box;
use std::sync::atomic::Ordering::Relaxed;

use criterion::{Criterion, criterion_group, criterion_main};
use twoaxes::model::Program;

fn all(criterion: &mut Criterion) {
    let three = Program::increments(&[3, 3]);
    criterion.bench_function("k = 3, full answer", |bencher| {
        bencher.iter(|| {
            let found = three.explore();
            let traces = found.traces().to_u128();
            let preemptions = found.failure().map(|schedule| schedule.preemptions());
            black_box((
                found.interleavings().to_u128(),
                traces,
                preemptions,
                found.outcomes().len(),
            ))
        });
    });
    criterion.bench_function("k = 3, interleavings and histogram", |bencher| {
        bencher.iter(|| black_box(three.explore()).outcomes().len());
    });
    let twenty = Program::increments(&[20, 20]);
    criterion.bench_function("k = 20, exact histogram", |bencher| {
        bencher.iter(|| black_box(twenty.explore()).outcomes().len());
    });
}

fn peers(criterion: &mut Criterion) {
    // A comparison is honest only if they do all of it. shuttle goes last: its
    // panic hook stays, and would report what loom unwinds.
    assert_eq!(with_loom(3), 19_134, "executions of loom");
    let mut group = criterion.benchmark_group("peers");
    group.sample_size(10);
    group.bench_function("k = 3, loom", |bencher| bencher.iter(|| with_loom(3)));
    assert_eq!(with_shuttle(3), 12_869, "executions of shuttle DFS");
    group.bench_function("k = 3, shuttle DFS", |bencher| {
        bencher.iter(|| with_shuttle(3))
    });
    group.finish();
}

/// How many executions it looked at.
fn with_loom(rounds: usize) -> usize {
    use loom::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use loom::{sync::Arc, thread};

    let executions = counter();
    let count = executions.clone();
    loom::model(move || {
        count.fetch_add(1, Relaxed);
        let x = Arc::new(AtomicUsize::new(0));
        let add = |x: Arc<AtomicUsize>| {
            move || {
                for _ in 0..rounds {
                    x.store(x.load(SeqCst) + 1, SeqCst);
                }
            }
        };
        // Both are spawned, as ours are threads that start together.
        let both = [thread::spawn(add(x.clone())), thread::spawn(add(x.clone()))];
        let _ = black_box(both.map(|thread| thread.join().is_ok()));
        black_box(x.load(SeqCst));
    });
    executions.load(Relaxed)
}

/// How many executions it looked at.
fn with_shuttle(rounds: usize) -> usize {
    use shuttle::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use shuttle::thread;
    use std::sync::Arc;

    let executions = counter();
    let count = executions.clone();
    let body = move || {
        count.fetch_add(1, Relaxed);
        let x = Arc::new(AtomicUsize::new(0));
        let add = |x: Arc<AtomicUsize>| {
            move || {
                for _ in 0..rounds {
                    x.store(x.load(SeqCst) + 1, SeqCst);
                }
            }
        };
        // Both are spawned, as ours are threads that start together.
        let both = [thread::spawn(add(x.clone())), thread::spawn(add(x))];
        let _ = black_box(both.map(|thread| thread.join().is_ok()));
    };
    let scheduler = shuttle::scheduler::DfsScheduler::new(None, false);
    shuttle::Runner::new(scheduler, shuttle::Config::default()).run(body);
    executions.load(Relaxed)
}

/// Counts outside of what the peers control.
fn counter() -> std::sync::Arc<std::sync::atomic::AtomicUsize> {
    std::sync::Arc::default()
}

criterion_group!(benches, all, peers);
criterion_main!(benches);
