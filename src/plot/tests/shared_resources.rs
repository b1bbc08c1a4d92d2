//! What cells show of measured runs. Pictures of real runs differ every time,
//! so these look for their parts.

use super::*;
use crate::pitfalls::io_bound::Service;
use crate::pitfalls::{false_sharing, io_bound, lock_contention};

fn check(value: &impl Rich, pictures: usize, parts: &[&str]) {
    let (html, text) = (html(value), text(value));
    assert_well_formed(&html);
    assert_self_contained(&html);
    assert_eq!(html.matches("<svg ").count(), pictures, "{text}");
    for part in parts {
        assert!(text.contains(part) && html.contains(part), "{part}: {text}");
    }
}

#[test]
fn counters_show_their_runs_and_numbers() {
    let run = false_sharing::measure(2, 2_000);
    check(
        &run,
        2,
        &["measured", "one thread", "increments per second"],
    );
    let run = false_sharing::fixed(2, 2_000);
    check(
        &run,
        3,
        &[
            "one line",
            "padded",
            "local, stored once",
            "counts are right",
        ],
    );
}

#[test]
fn locks_show_speedups_and_a_part_of_the_run() {
    let run = lock_contention::measure(40, 2, 3, 3);
    check(
        &run,
        2,
        &[
            "60% inside",
            "Karp-Flatt, measured",
            "3 workers",
            "of 40 tasks began and ended",
        ],
    );
    let svg = run.figure().svg().to_owned();
    assert_well_formed(&svg);
    for part in ["measured", "simulated", "Amdahl", "limit"] {
        assert!(svg.contains(part), "{part}");
    }
    let run = lock_contention::fixed(40, 2, 3, 2);
    check(&run, 3, &["16 locks", "a share each", "speedup, simulated"]);
}

#[test]
fn backends_show_their_limit() {
    let service = Service {
        compute: 0,
        latency: 2,
        capacity: 2,
    };
    let run = io_bound::measure(12, 4, service);
    check(
        &run,
        3,
        &["answers per second", "event loop, 1 thread", "limit"],
    );
    assert!(
        run.figure()
            .text()
            .contains("one thread that overlaps, measured")
    );
    let run = io_bound::fixed(12, 4, service);
    check(
        &run,
        4,
        &["twice the places", "batches of 4", "limit per second"],
    );
}
