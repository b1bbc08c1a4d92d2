//! Clocks and happens-before of large executions.

use criterion::{Criterion, criterion_group, criterion_main};

fn all(_criterion: &mut Criterion) {}

criterion_group!(benches, all);
criterion_main!(benches);
