//! The simulators: time slices, workers.

use criterion::{Criterion, criterion_group, criterion_main};

fn all(_criterion: &mut Criterion) {}

criterion_group!(benches, all);
criterion_main!(benches);
