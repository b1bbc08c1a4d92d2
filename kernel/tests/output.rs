//! Output without end and without a budget: bounded in memory, interruptible, lost by nobody who
//! reads.
//!
//! One process holds kernel, engine and client here, and the tests measure its
//! memory: so they run one after the other, in one test.

// A test says what it expects, in its helpers too.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::client::Client;
use support::fake::Call;
use support::{Kernel, Options, PATIENCE};
use twoaxes_kernel::session::{Limits, Signal};

const MIB: usize = 1 << 20;

#[test]
fn output_without_end() {
    a_reading_client_gets_every_byte();
    a_huge_line_is_not_copied_as_a_whole();
    a_cell_that_alternates_can_be_interrupted();
    a_stuck_client_holds_the_cell_back_and_nothing_else();
    a_stuck_client_is_given_up();
    a_stuck_client_is_shown_the_last_updates();
    a_client_that_left_holds_nothing_back();
    nobody_listening_costs_nothing();
}

fn kernel(stall: Duration) -> Kernel {
    Options {
        stall,
        limits: Limits::NONE,
        ..Options::default()
    }
    .start()
}

/// How far the process grew since `base`, at its highest.
fn growth(base: usize) -> usize {
    memory("VmHWM").saturating_sub(base)
}

/// Resident memory now, from where the highest is counted again.
fn base() -> usize {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    memory("VmRSS")
}

fn memory(field: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<usize>()
        .unwrap()
        * 1024
}

/// Reads all outputs of a cell; counts the bytes on stdout.
fn drain(client: &Client, header: &Value) -> usize {
    let mut bytes = 0;
    loop {
        let message = client.on_iopub();
        if &message.parent != header {
            continue;
        }
        if message.kind == "stream" {
            bytes += message.content["text"].as_str().unwrap().len();
        }
        if message.content["execution_state"] == "idle" {
            return bytes;
        }
    }
}

fn a_reading_client_gets_every_byte() {
    let kernel = kernel(Duration::from_secs(10));
    let client = kernel.client();
    let base = base();
    let cell = client.execute("flood 1600");
    assert_eq!(drain(&client, &cell), 100 * MIB);
    assert_eq!(client.reply_to(&cell).content["status"], "ok");
    let growth = growth(base);
    assert!(
        growth < 64 * MIB,
        "100 MiB of output grew the process by {} MiB",
        growth / MIB
    );
}

fn a_huge_line_is_not_copied_as_a_whole() {
    let kernel = kernel(Duration::from_secs(10));
    let client = kernel.client();
    let base = base();
    let cell = client.execute("line 50");
    assert_eq!(drain(&client, &cell), 50 * MIB);
    assert_eq!(client.reply_to(&cell).content["status"], "ok");
    // The evaluator of this test has the line twice; the session adds little.
    let growth = growth(base);
    assert!(
        growth < (100 + 32) * MIB,
        "a line of 50 MiB grew the process by {} MiB",
        growth / MIB
    );
}

fn a_cell_that_alternates_can_be_interrupted() {
    let kernel = kernel(Duration::from_secs(10));
    let client = Client::connect_silently(&kernel.connection);
    let cell = client.execute("zigzag 1000000000");
    assert_eq!(
        kernel.calls.recv_timeout(PATIENCE).unwrap(),
        Call::Executed("zigzag 1000000000".to_owned())
    );
    kernel.signals.send(Signal::Interrupt).unwrap();
    assert_eq!(client.reply_to(&cell).content["ename"], "Interrupted");
}

fn a_stuck_client_holds_the_cell_back_and_nothing_else() {
    let kernel = kernel(Duration::from_secs(600));
    let client = kernel.client();
    let base = base();
    let cell = client.execute("flood 1600");
    assert_eq!(
        kernel.calls.recv_timeout(PATIENCE).unwrap(),
        Call::Executed("flood 1600".to_owned())
    );
    // Nobody reads iopub, and still:
    for _ in 0..20 {
        assert_eq!(
            client.control("kernel_info_request", json!({})).content["status"],
            "ok"
        );
        assert!(client.beats());
    }
    let begin = Instant::now();
    assert_eq!(
        client.control("interrupt_request", json!({})).content["status"],
        "ok"
    );
    assert_eq!(
        kernel.calls.recv_timeout(PATIENCE).unwrap(),
        Call::Interrupt
    );
    assert!(begin.elapsed() < Duration::from_secs(1));
    let bytes = drain(&client, &cell);
    assert!(
        bytes < 64 * MIB,
        "the cell was held back, and wrote {} MiB",
        bytes / MIB
    );
    assert_eq!(client.reply_to(&cell).content["ename"], "Interrupted");
    assert!(growth(base) < 64 * MIB);
}

fn a_stuck_client_is_given_up() {
    let kernel = kernel(Duration::from_millis(200));
    let stuck = kernel.client();
    let reading = kernel.client();
    let base = base();
    let cell = reading.execute("flood 1600");
    assert_eq!(
        drain(&reading, &cell),
        100 * MIB,
        "the one that reads misses nothing"
    );
    assert_eq!(reading.reply_to(&cell).content["status"], "ok");
    assert!(growth(base) < 64 * MIB);
    // It comes back, and from then on gets everything again.
    stuck.iopub.set_rcvtimeo(500).unwrap();
    while stuck.iopub.recv_multipart(0).is_ok() {}
    stuck
        .iopub
        .set_rcvtimeo(PATIENCE.as_millis() as i32)
        .unwrap();
    let cell = stuck.execute("flood 16");
    assert_eq!(drain(&stuck, &cell), MIB);
}

/// The cell goes on meanwhile, and the client does not read through what is long past.
fn a_stuck_client_is_shown_the_last_updates() {
    let kernel = kernel(Duration::from_secs(600));
    let client = kernel.client();
    let base = base();
    let cell = client.execute("updates 3200");
    kernel.wait_for(|call| *call == Call::Updated);
    assert!(growth(base) < 64 * MIB);
    let outputs = client.outputs_of(&cell);
    let numbers: Vec<usize> = outputs
        .iter()
        .filter_map(|output| output.content["data"]["text/plain"].as_str())
        .map(|text| text.trim().parse().unwrap())
        .collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    assert!(numbers.len() < 1600, "{} of 3200 came", numbers.len());
    assert_eq!((numbers[0], numbers[numbers.len() - 1]), (0, 3200));
    let kinds: Vec<&str> = outputs.iter().map(|output| output.kind.as_str()).collect();
    let last = &kinds[kinds.len() - 2..];
    assert_eq!(
        last,
        ["stream", "update_display_data"],
        "text keeps its place"
    );
    assert_eq!(client.reply_to(&cell).content["status"], "ok");
}

fn a_client_that_left_holds_nothing_back() {
    let kernel = kernel(Duration::from_secs(600));
    let stuck = kernel.client();
    let client = Client::connect_silently(&kernel.connection);
    let cell = client.execute("flood 1600");
    assert_eq!(
        kernel.calls.recv_timeout(PATIENCE).unwrap(),
        Call::Executed("flood 1600".to_owned())
    );
    drop(stuck);
    assert_eq!(client.reply_to(&cell).content["status"], "ok");
}

fn nobody_listening_costs_nothing() {
    let kernel = kernel(Duration::from_secs(600));
    let client = Client::connect_silently(&kernel.connection);
    let base = base();
    let cell = client.execute("flood 16000");
    assert_eq!(client.reply_to(&cell).content["status"], "ok");
    assert!(growth(base) < 64 * MIB);
}
