//! Real runs in the terminal: `cargo run --release --example real_runs barista`.
//!
//! `--json` prints what tests read: the text, the notes, and how many threads,
//! files and children were left when the run had returned.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use twoaxes::machine::Footprint;
use twoaxes::notebook::Rich;
use twoaxes::pitfalls::blocked_executor::Hog;
use twoaxes::pitfalls::{
    blocked_executor, deadlock, false_sharing, io_bound, lock_contention, lost_update,
};
use twoaxes::prelude::*;

type Run = fn() -> Outcome;

/// The runs that can be asked for: a name, and how to do it.
const RUNS: &[(&str, Run)] = &[
    ("barista", barista_for_real),
    ("workers", || {
        of_trace(&workers::measure(workers::Runtime::Rayon, 8, 10, 2))
    }),
    ("sweep", || {
        let sweep = workers::sweep(workers::Runtime::Threads, 8, 2, 4);
        of(&sweep, sweep.notes())
    }),
    ("server", thousand_requests),
    ("quadrants", || {
        let all = quadrants::measure();
        of(&all, &all.notes())
    }),
    ("lost_update", || of(&lost_update::measure(2, 100_000), &[])),
    ("deadlock", || of(&deadlock::measure(3), &[])),
    ("blocked_executor", || {
        of(&blocked_executor::measure(100, Hog::Computes(50)), &[])
    }),
    ("io_bound", || {
        let backend = io_bound::Service {
            compute: 0,
            latency: 5,
            capacity: 4,
        };
        of(&io_bound::measure(32, 8, backend), &[])
    }),
    ("lock_contention", || {
        of(&lock_contention::measure(200, 10, 40, 2), &[])
    }),
    ("false_sharing", || {
        of(&false_sharing::measure(2, 1_000_000), &[])
    }),
];

/// What a run says about itself.
struct Outcome {
    text: String,
    notes: Vec<String>,
    numbers: Value,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let as_json = words.iter().any(|word| word == "--json");
    let name = words.iter().find(|word| *word != "--json");
    let Some((_, run)) = RUNS
        .iter()
        .find(|(known, _)| Some(*known) == name.map(String::as_str))
    else {
        let known: Vec<&str> = RUNS.iter().map(|(name, _)| *name).collect();
        eprintln!("name a run: {}", known.join(", "));
        return ExitCode::FAILURE;
    };
    // With the first event loop that does input and output, tokio makes a pair of
    // sockets for signals, which it keeps as long as the process lives.
    drop(
        tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build(),
    );
    let before = Footprint::now();
    let outcome = run();
    if as_json {
        let (notes, numbers) = (outcome.notes, outcome.numbers);
        let left = left_since(before);
        let all = json!({"text": outcome.text, "notes": notes, "numbers": numbers, "left": left});
        println!("{all}");
    } else {
        println!("{}", outcome.text);
    }
    ExitCode::SUCCESS
}

/// A run as a notebook shows it to those who see no pictures.
fn of(run: &impl Rich, notes: &[String]) -> Outcome {
    Outcome {
        text: run
            .mime_bundle()
            .get("text/plain")
            .unwrap_or_default()
            .to_owned(),
        notes: notes.to_vec(),
        numbers: Value::Null,
    }
}

fn of_trace(trace: &Trace) -> Outcome {
    of(trace, trace.notes())
}

fn thousand_requests() -> Outcome {
    let run = server::Load::new(1_000).measure();
    Outcome {
        numbers: json!({"in_flight": run.peak_in_flight(), "answered": run.answered()}),
        ..of(&run, &run.notes())
    }
}

fn barista_for_real() -> Outcome {
    let real = barista::measure(100);
    let traces = [
        Some(&real.one_cpu),
        real.two_cpus.as_ref(),
        Some(&real.waiting),
    ];
    let traces: Vec<&Trace> = traces.into_iter().flatten().collect();
    let of_traces = traces.iter().flat_map(|trace| trace.notes());
    let slices = real.slices.unwrap_or_default();
    Outcome {
        text: real.to_string(),
        notes: real.notes().iter().chain(of_traces).cloned().collect(),
        numbers: json!({
            "one_cpu": real.one_cpu.peak_parallelism(),
            "two_cpus": real.two_cpus.as_ref().map(Trace::peak_parallelism),
            "waiting": real.waiting.peak_concurrency(),
            "handovers": slices.handovers,
            "preemptions": slices.preemptions,
        }),
    }
}

/// What this process holds more than `before`, once the system has had time to
/// forget the threads that have ended.
fn left_since(before: Footprint) -> Value {
    let deadline = Instant::now() + Duration::from_secs(5);
    let mut now = Footprint::now();
    while now != before && Instant::now() < deadline {
        std::thread::yield_now();
        now = Footprint::now();
    }
    json!({
        "threads": now.threads.saturating_sub(before.threads),
        "files": now.files.saturating_sub(before.files),
        "children": now.children.saturating_sub(before.children),
    })
}
