//! What is said must hold for the numbers beside it.

use crate::pitfalls::{deadlock, false_sharing, lost_update};

#[test]
fn a_search_that_was_cut_short_does_not_say_that_nothing_is_lost() {
    let run = lost_update::simulate(3, 20);
    assert!(!run.broken.losing.is_exact() && run.broken.schedule.is_some());
    assert!(run.atomic.losing == 0 && run.locked.losing == 0);
    let text = run.to_string();
    let row = text.lines().find(|line| line.starts_with("lose an update"));
    let cells: Vec<_> = row.unwrap().split_whitespace().skip(3).collect();
    assert_eq!(cells, ["unknown", "0", "0"]);
    assert!(text.contains("Some lose an update."), "{text}");
}

#[test]
fn one_thread_and_one_core_have_nobody_to_share_with() {
    let text = lost_update::simulate(1, 3).to_string();
    assert!(text.contains("One thread has nobody"), "{text}");
    assert!(!text.contains("is enough"), "{text}");
    let text = false_sharing::simulate(1, 5).to_string();
    assert!(text.contains("One core has the line to itself"), "{text}");
    assert!(!text.contains("changed hands"), "{text}");
}

#[test]
fn giving_back_is_not_said_to_be_free_of_deadlocks_where_nobody_looked() {
    let whole = deadlock::simulate(3);
    assert!(whole.giving_back.is_complete);
    assert!(whole.to_string().contains("Giving back has none either"));
    let part = deadlock::simulate(8);
    assert!(!part.giving_back.is_complete);
    let text = part.to_string();
    assert!(text.contains("None was found with giving back"), "{text}");
    let row = text.lines().find(|line| line.starts_with("that deadlock"));
    assert!(row.unwrap().ends_with("none found"), "{text}");
}
