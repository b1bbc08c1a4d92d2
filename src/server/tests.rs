//! Real runs, with few requests. Nothing depends on how long they take.

use super::*;

#[test]
fn all_requests_are_in_flight_on_one_thread() {
    let run = Load::new(300).measure();
    assert_eq!((run.requests(), run.answered()), (300, 300), "{run}");
    assert_eq!(run.trace.peak_parallelism(), 1);
    assert_eq!(run.peak_in_flight(), 300);
    assert_eq!(run.trace.peak_concurrency(), 300);
    assert_eq!(run.latency().count(), 300);
    println!("{run}");
}
