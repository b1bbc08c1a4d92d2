//! Real dinners. Nothing here depends on how long they take.

use super::*;
use crate::notebook::Rich;
use crate::team::tests::leaves_nothing;
use crate::trace::{SpanKind, TaskId};

#[test]
fn the_deadlock_happens_is_found_and_is_broken() {
    for seats in [2, 5, 8] {
        let run = leaves_nothing(|| try_measure(seats).unwrap());
        let dinner = &run.broken;
        assert_eq!((dinner.circles.len(), dinner.meals), (1, seats), "{run}");
        let circle = &dinner.circles[0];
        let next = |who: usize| format!("p{}", who % seats + 1);
        for (who, wait) in (1..).zip(&circle.waits) {
            assert_eq!(wait.thread, format!("p{who}"), "{run}");
            assert_eq!(wait.waits_for, [next(who)], "{run}");
        }
        assert_eq!(circle.waits.len(), seats);
        assert_eq!(
            (circle.victim.clone(), dinner.given_back),
            (format!("p{seats}"), 1)
        );
        assert_eq!(dinner.trace.workers().len(), seats);
    }
}

/// Nobody waits for a second fork before all have one, however late somebody
/// looks.
#[test]
fn a_circle_is_not_found_before_it_can_be_there() {
    for _ in 0..20 {
        let dinner = measure(8).broken;
        let circle = &dinner.circles[0];
        // Each waits for the first fork, for the others, for the second fork;
        // the last of them is the victim, who begins again.
        let all_had_one = (0..7).filter_map(|who| {
            let spans = dinner.trace.spans_of(TaskId(who));
            let waits = spans.filter(|span| span.kind == SpanKind::Blocked);
            let ends: Vec<u64> = waits.map(|span| span.end).collect();
            ends.iter().rev().nth(1).copied()
        });
        let first = dinner.trace.spans().iter().map(|span| span.start).min();
        let since_start = all_had_one.max().unwrap() - first.unwrap();
        assert!(
            circle.found_after >= since_start,
            "{circle}: {since_start} ns"
        );
    }
}

/// Everybody holds a fork and waits: that is what the trace shows.
#[test]
fn all_are_blocked_while_the_circle_stands() {
    let run = measure(3).broken;
    assert_eq!(run.trace.peak_concurrency(), 3);
    for task in run.trace.per_task() {
        assert!(task.blocked >= run.circles[0].stood && task.running > 0);
    }
    let meals = run.trace.spans().iter().filter(|s| s.kind == SpanKind::Run);
    assert_eq!(meals.count(), 3);
}

#[test]
fn neither_rule_has_a_circle_and_everybody_eats() {
    for seats in [2, 3, 8] {
        let run = leaves_nothing(|| try_fixed(seats).unwrap());
        for dinner in [&run.ordered, &run.giving_back] {
            assert_eq!((dinner.circles.len(), dinner.meals), (0, seats), "{run}");
        }
        assert_eq!(run.ordered.given_back, 0);
        assert!(
            run.giving_back.given_back > 0,
            "the first who tries, in vain"
        );
    }
}

#[test]
fn what_cannot_be_run_is_replaced_or_refused() {
    let refused = try_measure(1).unwrap_err().to_string();
    assert_eq!(refused, "1 philosophers cannot be run: use 2 to 8");
    let refused = try_fixed(usize::MAX).unwrap_err().to_string();
    assert!(refused.starts_with("18446744073709551615 philosophers cannot"));
    let told = measure(0).to_string();
    assert!(told.contains("Here it is 2."), "{told}");
}

#[test]
fn it_shows_who_waits_for_whom() {
    let (hazard, remedies) = (measure(2), fixed(2));
    let shown = hazard.mime_bundle();
    let text = shown.get("text/plain").unwrap();
    assert!(
        text.contains("p1 stands at `lock fork2` and waits for p2"),
        "{text}"
    );
    let html = shown.get("text/html").unwrap();
    assert!(html.contains("Who waits for whom (measured)"), "{html}");
    let simulated = crate::pitfalls::deadlock::simulate(2);
    let all = hazard.comparison().beside(&remedies.comparison());
    let all = all.beside(&simulated.comparison());
    assert_eq!(all.title(), "2 philosophers");
    assert_eq!(all.ways().len(), 6);
    let deadlocks = &all.rows()[0].1;
    assert_eq!(deadlocks, &["1", "none", "none", "1", "none", "none"]);
}
