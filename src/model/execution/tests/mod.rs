//! Executions against numbers worked out by hand, and against slow and obvious
//! versions.

use super::*;

#[test]
fn two_processes_and_a_message() {
    let mut run = Execution::builder();
    let (p, q) = (run.process("P"), run.process("Q"));
    let a = run.local(p, "a");
    let b = run.send(p, "m");
    let c = run.local(q, "c");
    let d = run.receive(q, "m");
    let run = run.build().unwrap();
    assert!(run.happens_before(a, d) && run.concurrent(b, c));
    assert_eq!(run.linear_extensions(), 3);
    assert_eq!(run.concurrent_pairs_count(), 2);
    let again = Execution::from_shiviz(&run.to_shiviz()).unwrap();
    assert_eq!(again.linear_extensions(), 3);
}
