//! The coffee shop in the terminal: time slices, then overlapping waits.
//!
//! `cargo run --example barista` prints the charts as text;
//! `cargo run --example barista shop.svg` also writes the second one to a file.

use std::process::ExitCode;

use twoaxes::barista::{Order, Policy, Shop, ShopError};
use twoaxes::prelude::*;

fn main() -> ExitCode {
    match run(std::env::args().nth(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(file: Option<String>) -> Result<(), String> {
    // Slicing pure computation: the makespan stays, the turnarounds move.
    for slice in [1, 5, 20] {
        let trace = barista::time_slice(&[20, 20], slice);
        println!("{}", trace.gantt().text());
    }

    // Waiting is different: while one coffee drips, the next can be ground.
    let one_by_one = shop(Policy::OneAtATime).map_err(|error| error.to_string())?;
    let overlapped = shop(Policy::Fcfs).map_err(|error| error.to_string())?;
    for trace in [&one_by_one, &overlapped] {
        println!("{}", trace.gantt().text());
    }
    println!(
        "{} ticks of work in both; {} ticks one by one, {} with overlapping waits",
        overlapped.work(),
        one_by_one.makespan(),
        overlapped.makespan(),
    );

    if let Some(path) = file {
        std::fs::write(&path, overlapped.gantt().svg())
            .map_err(|error| format!("cannot write the chart to {path:?}: {error}"))?;
        println!("The last chart is in {path}.");
    }
    Ok(())
}

fn shop(policy: Policy) -> Result<Trace, ShopError> {
    let filter = |name: &str| Order::new(name).work(3).waits(10).work(2);
    Shop::new()
        .policy(policy)
        .orders(["A", "B", "C"].map(filter))
        .run()
}
