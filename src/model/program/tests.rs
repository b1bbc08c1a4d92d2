use super::*;

#[test]
fn increments_lose_updates_as_often_as_counted() {
    let check = |rounds: &[usize], interleavings: u64, outcomes: &[&str]| {
        let found = Program::increments(rounds).explore();
        assert_eq!(*found.interleavings(), interleavings, "{rounds:?}");
        let labels: Vec<String> = found
            .outcomes()
            .iter()
            .map(|o| format!("{}: {}", o.label(), o.interleavings()))
            .collect();
        assert_eq!(labels, outcomes, "{rounds:?}");
    };
    check(&[1, 1], 6, &["x = 1: 4", "x = 2: 2"]);
    check(&[2, 2], 70, &["x = 2: 32", "x = 3: 32", "x = 4: 6"]);
}
