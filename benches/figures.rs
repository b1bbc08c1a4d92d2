//! Drawing figures with a slider: 40 frames into one piece of HTML.
//!
//! The bar is 100 ms and 400 KB for an explorable figure of 40 frames. The
//! time covers everything that a cell does: simulating, drawing, putting the
//! HTML together. The size is the same on every machine, so a test holds it
//! (`src/plot/tests/explorable.rs`).

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use twoaxes::barista::{self, Order, Shop};
use twoaxes::plot::{self, Explorable, Speedup};
use twoaxes::quadrants;

fn all(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("figures");
    group
        .sample_size(20)
        .measurement_time(Duration::from_secs(3));
    let mut measure = |name: &str, sweep: fn() -> Explorable| {
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(sweep().html()));
        });
    };
    measure("explore 40 time slices", time_slices);
    measure("explore 40 shops", staircase);
    measure("explore 40 speedup charts", speedups);
    measure("explore 40 maps", maps);
    measure("explore 40 charts over time", over_time);
    group.finish();
}

fn time_slices() -> Explorable {
    plot::explore("time slice", "ticks", 1..=40, |slice| {
        barista::time_slice(&[20, 20], slice)
    })
}

fn staircase() -> Explorable {
    plot::explore("baristas", "", 1..=40, |baristas| {
        let orders = (1..=8).map(|k| Order::new(format!("task {k}")).work(10));
        Shop::new().baristas(baristas).orders(orders).run()
    })
}

fn speedups() -> Explorable {
    let runs = [1.0, 2.0, 4.0, 8.0, 16.0].map(|n| (n, n / (0.2 * n + 0.8)));
    plot::explore(
        "parallel share",
        "%",
        (1..=40).map(|k| k * 5 / 2),
        |share| {
            Speedup::new("Amdahl's law")
                .amdahl(f64::from(share) / 100.0)
                .simulated(&runs)
                .cpus(4)
        },
    )
}

fn maps() -> Explorable {
    plot::explore("time slice", "ticks", 1..=40, |slice| {
        quadrants::map().with("my run", &barista::time_slice(&[20, 20], slice))
    })
}

fn over_time() -> Explorable {
    plot::explore("time slice", "ticks", 1..=40, |slice| {
        barista::time_slice(&[20; 8], slice).overlap_chart()
    })
}

criterion_group!(benches, all);
criterion_main!(benches);
