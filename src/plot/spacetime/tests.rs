//! Space-time diagrams as text, SVG and HTML.

use crate::model::Execution;

#[test]
fn an_execution_in_characters() {
    let mut run = Execution::builder();
    let (p, q) = (run.process("P"), run.process("Q"));
    run.local(p, "a");
    run.send(p, "m");
    run.local(q, "c");
    run.receive(q, "m");
    let run = run.build().unwrap();
    insta::assert_snapshot!(run.diagram().figure().text(), @"");
}
