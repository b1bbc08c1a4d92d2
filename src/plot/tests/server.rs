//! The opening question as the result of a cell.

use super::*;
use crate::server::{self, Load};

#[test]
fn four_runs_have_figures_a_table_and_words() {
    let question = server::measure(50);
    for figure in [question.latency_chart(), question.in_flight_chart()] {
        assert_well_formed(figure.svg());
        assert!(
            figure.text().contains("hog in the way"),
            "{}",
            figure.text()
        );
    }
    let page = html(&question);
    assert_eq!(page.matches("<svg").count(), 4);
    for part in ["<table>", "99th percentile", ">spawn_blocking</code>"] {
        assert!(page.contains(part), "{page}");
    }
    assert!(text(&question).contains("Within which time answers came"));
}

#[test]
fn many_requests_make_a_picture_of_bounded_size() {
    let run = Load::new(3_000).delay_ms(1_000).measure();
    let page = html(&run);
    assert_well_formed(run.in_flight_chart().svg());
    assert!(page.len() < 300_000, "{} bytes", page.len());
    assert!(html(&run.trace).len() < 300_000);
}

#[test]
fn without_a_run_there_is_a_sentence() {
    let question = server::measure(0);
    assert!(text(&question).contains("0 requests cannot be run"));
    let none = Load::new(1).delay_ms(10_000).deadline_ms(100).measure();
    assert!(html(&none).contains("deadline"));
    assert!(text(none.latency()).starts_with("0 answers"));
}
