//! 10,000 requests in flight on one thread, with real sockets: one line of JSON
//! for each figure.
//!
//! The bar is that none of them fails, where the limit of open files allows so
//! many. Times depend on the machine and on who else is busy there, which the
//! note says; they have no bar.

use serde_json::{Value, json};
use twoaxes::server::{Load, Run};

const REQUESTS: usize = 10_000;

fn main() {
    let run = Load::new(REQUESTS).measure();
    let errors = run.failures().total() + missing(&run);
    figure(
        "errors of 10,000 requests in flight on one thread",
        json!(errors),
        "requests",
        json!(0),
        "lower",
        &note(&run),
    );
    figure(
        "peak in flight on one thread, of 10,000 requests",
        json!(run.peak_in_flight()),
        "requests",
        Value::Null,
        "higher",
        "as the server counted them",
    );
    let latency = run.latency();
    let times = [
        ("wall-clock time", run.trace.makespan()),
        ("p50 latency", latency.percentile(50.0)),
        ("p99 latency", latency.percentile(99.0)),
    ];
    for (what, time) in times {
        let name = format!("{what} of 10,000 requests in flight on one thread");
        let note = "the backend takes 1000 ms of it";
        figure(&name, json!(in_ms(time)), "ms", Value::Null, "lower", note);
    }
}

/// Requests that there was no room for.
fn missing(run: &Run) -> u64 {
    u64::try_from(REQUESTS)
        .unwrap_or(0)
        .saturating_sub(run.requests())
}

fn note(run: &Run) -> String {
    let parallel = run.trace.peak_parallelism();
    let mut note = format!("peak parallelism {parallel}");
    for sentence in run.notes() {
        note.push_str("; ");
        note.push_str(&sentence);
    }
    note
}

fn in_ms(time: u64) -> f64 {
    (time as f64 / 1e4).round() / 100.0
}

fn figure(name: &str, value: Value, unit: &str, bar: Value, better: &str, note: &str) {
    println!(
        "{}",
        json!({"name": name, "value": value, "unit": unit, "bar": bar, "better": better, "note": note})
    );
}
