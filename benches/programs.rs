//! Exploring programs, beside loom and shuttle.

use criterion::{Criterion, criterion_group, criterion_main};

fn all(_criterion: &mut Criterion) {}

criterion_group!(benches, all);
criterion_main!(benches);
