//! 10,000 requests in flight on one thread, with real sockets: one line of JSON
//! for each figure.
//!
//! The bar is that none of them fails, where the limit of open files allows so
//! many. Times depend on the machine and on who else is busy there, which a note
//! says; they have no bar.

use serde_json::json;
use twoaxes::server::{Load, Run};

const REQUESTS: usize = 10_000;

fn main() {
    let run = Load::new(REQUESTS).measure();
    let errors = run.failures().total() + missing(&run);
    let latency = run.latency();
    let (time, half, most) = (
        in_ms(run.trace.makespan()),
        in_ms(latency.percentile(50.0)),
        in_ms(latency.percentile(99.0)),
    );
    let failed = json!({
        "name": "10,000 requests in flight on one thread: without the right answer",
        "value": errors,
        "unit": "requests",
        "bar": {"most": 0},
        "details": {
            "peak in flight": run.peak_in_flight(),
            "peak parallelism": run.trace.peak_parallelism(),
        },
    });
    let latency = json!({
        "name": "10,000 requests in flight on one thread: 99th percentile of latency",
        "value": most,
        "unit": "ms",
        "details": {"the backend takes (ms)": 1000, "median (ms)": half, "all of them (ms)": time},
    });
    println!("{failed}\n{latency}\n{}", json!({"notes": run.notes()}));
}

/// Requests that there was no room for.
fn missing(run: &Run) -> u64 {
    u64::try_from(REQUESTS)
        .unwrap_or(0)
        .saturating_sub(run.requests())
}

fn in_ms(time: u64) -> f64 {
    (time as f64 / 1e4).round() / 100.0
}
