//! Pictures as text and as SVG, and that they stand on their own.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::barista::{Order, Policy, Shop, time_slice};
use crate::notebook::Rich;
use crate::trace::{Span, SpanKind, Trace};

mod programs;
mod server;
mod shared_resources;

fn shop(policy: Policy) -> Trace {
    let filter = |name: &str| Order::new(name).work(3).waits(10).work(2);
    let shop = Shop::new().policy(policy).switch_cost(1);
    shop.orders(["filter", "pour over"].map(filter))
        .run()
        .unwrap()
}

#[test]
fn a_measured_worker_shows_its_cpus() {
    let mut run = Trace::measured("threads", "ns");
    let task = run.task("A");
    for (name, cpus) in [
        ("one", &[1_u16][..]),
        ("two", &[0, 1]),
        ("many", &[0, 1, 2, 3]),
        ("CPU 7", &[7]),
    ] {
        let worker = run.worker(name);
        for (start, &cpu) in (0..).zip(cpus) {
            let start = start + 10 * worker.0 as u64;
            run.span(Span {
                task,
                worker: Some(worker),
                start,
                end: start + 1,
                kind: SpanKind::Run,
                cpu: Some(cpu),
            });
        }
    }
    let drawn = run.build().unwrap().gantt();
    for name in ["one · CPU 1", "two · CPUs 0,1", "many · 4 CPUs"] {
        assert!(
            drawn.text().contains(name) && drawn.svg().contains(name),
            "{name}"
        );
    }
    assert!(!drawn.text().contains("CPU 7 · "), "said twice");
}

fn text(value: &impl Rich) -> String {
    value.mime_bundle().get("text/plain").unwrap().to_owned()
}

fn html(value: &impl Rich) -> String {
    value.mime_bundle().get("text/html").unwrap().to_owned()
}

/// Fails unless every element of `xml` is closed in turn, as XML demands.
pub(super) fn assert_well_formed(xml: &str) {
    let mut open = Vec::new();
    for tag in xml.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').expect("a tag ends");
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
        assert!(!text.contains('&') || text.contains(';'), "{text}");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} stay open");
}

/// Fails if `html` refers to anything outside of itself.
pub(super) fn assert_self_contained(html: &str) {
    let rest = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for outside in [
        "http", "src=", "href", "url(", "@import", "<script", "<link",
    ] {
        assert!(!rest.contains(outside), "{outside}");
    }
}

fn ids(html: &str) -> Vec<&str> {
    let parts = html.split(" id=\"").skip(1);
    parts.filter_map(|part| part.split('"').next()).collect()
}

/// In a table of tasks the parts add up to the turnaround.
#[test]
fn columns_show_all_of_a_turnaround() {
    let header = |trace: &Trace| {
        let text = trace.to_string();
        text.lines()
            .find(|line| line.starts_with("task  "))
            .map(str::to_owned)
    };
    let switches = header(&shop(Policy::Fcfs)).unwrap();
    assert!(switches.contains("switching (ticks)"), "{switches}");
    assert!(!switches.contains("blocked"), "{switches}");
    let blocks = header(&shop(Policy::OneAtATime)).unwrap();
    assert!(blocks.contains("blocked (ticks)"), "{blocks}");
    let plain = header(&time_slice(&[20, 20], 5)).unwrap();
    assert!(!plain.contains("switching"), "{plain}");
}

#[test]
fn a_trace_is_written_as_it_is_shown() {
    let trace = time_slice(&[20, 20], 5);
    assert_eq!(trace.to_string(), text(&trace));
}

#[test]
fn a_trace_in_characters() {
    insta::assert_snapshot!(text(&shop(Policy::Fcfs)));
    insta::assert_snapshot!(time_slice(&[20, 20], 5).gantt().text(), @r"
    One barista, slices of 5 (simulated)
    barista |AAAAABBBBBAAAAABBBBBAAAAABBBBBAAAAABBBBB|
    A       |#####:::::#####:::::#####:::::#####     |
    B       |.....#####:::::#####:::::#####:::::#####|
            0                                40 ticks
    # running   . in the queue   : put aside, in the queue
    ");
}

#[test]
fn a_trace_as_svg() {
    let trace = shop(Policy::OneAtATime);
    let svg = Gantt::of(&trace)
        .view(View::Tasks)
        .figure()
        .svg()
        .to_owned();
    insta::assert_snapshot!(svg.replace('>', ">\n"));
}

#[test]
fn a_figure_names_and_describes_itself() {
    let figure = time_slice(&[20, 20], 5).gantt();
    assert_well_formed(figure.svg());
    assert_self_contained(&html(&figure));
    let ids = ids(figure.svg());
    let labelled = format!("aria-labelledby=\"{} {}\"", ids[0], ids[1]);
    assert!(figure.svg().contains(&labelled));
    assert!(figure.svg().contains("role=\"img\""));
    assert!(figure.svg().contains("time (ticks)"));
    assert!(figure.description().contains("makespan 40 ticks"));
}

#[test]
fn every_kind_of_span_looks_different() {
    let check = |trace: &Trace, words: &[&str]| {
        let svg = trace.gantt().svg().to_owned();
        assert!(words.iter().all(|word| svg.contains(word)), "{words:?}");
    };
    check(
        &shop(Policy::Fcfs),
        &["waiting, needs no worker", "switching task"],
    );
    check(
        &shop(Policy::OneAtATime),
        &["holding a worker idle", "in the queue"],
    );
    check(
        &time_slice(&[9000, 9000], 1),
        &["too short to draw one by one"],
    );
}

#[test]
fn measured_runs_are_marked_and_shown_in_a_fitting_unit() {
    let mut run = Trace::measured("two threads", "ns");
    let (a, w) = (run.task_arriving("A", 5_000_000), run.worker("thread 1"));
    run.run(a, w, 5_000_000, 45_000_000);
    let trace = run.build().unwrap();
    let svg = trace.gantt().svg().to_owned();
    assert!(svg.contains(">measured</text>") && svg.contains("time (ms)"));
    assert!(text(&trace).contains("makespan          40 ms"));
}

#[test]
fn long_charts_stay_small() {
    let sizes = [
        time_slice(&[1 << 30, 1 << 30], 1).gantt().svg().len(),
        time_slice(&[3; 5000], 1).gantt().svg().len(),
        html(&time_slice(&[3; 5000], 1)).len(),
    ];
    assert!(sizes.iter().all(|size| *size < 100_000), "{sizes:?}");
}

#[test]
fn a_slider_over_twenty_frames() {
    let figure = explore("time slice", "ticks", 1..=20, |slice| {
        time_slice(&[20, 20], slice)
    });
    let html = figure.html();
    assert_self_contained(&html);
    assert!(html.len() < 300_000, "{} bytes", html.len());
    assert_eq!(html.matches("<svg ").count(), 20);
    assert_eq!(
        html.matches("display:none").count(),
        19,
        "the first is shown"
    );
    assert!(html.contains("type=\"range\" min=\"0\" max=\"19\""));
    assert!(html.contains("aria-valuetext=\"1 tick\""));
    assert!(html.contains("data-value=\"5 ticks\""));
    assert!(
        html.contains(
            "time slice 5 ticks: makespan 40 ticks, work 40 ticks, turnaround A 35, B 40"
        )
    );
    let ids = ids(&html);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    let text = text(&figure);
    assert!(text.contains("time slice 20 ticks: makespan 40 ticks"));
}

#[test]
fn frames_share_one_time_axis() {
    let drips = |policy: Policy| {
        let shop = Shop::new().policy(policy);
        let filter = |name: &str| Order::new(name).work(3).waits(10).work(2);
        shop.orders(["A", "B", "C"].map(filter)).run().unwrap()
    };
    let figure = explore("overlap", "", ["no", "yes"], |overlap| {
        drips(match overlap {
            "no" => Policy::OneAtATime,
            _ => Policy::Fcfs,
        })
    });
    assert_eq!(figure.html().matches(">45</text>").count(), 2);
    let both = compare(&[&drips(Policy::OneAtATime), &drips(Policy::Fcfs)]);
    assert_eq!(html(&both).matches(">45</text>").count(), 2);
}

#[test]
fn endless_or_no_values_are_fine() {
    let frame = |n: u64| Frame::from(time_slice(&[n], 1)).caption("one order");
    let figure = explore("work", "ticks", 1.., frame);
    assert_eq!(figure.len(), MAX_FRAMES);
    assert!(text(&figure).contains("Only the first 100 values are shown."));
    let none = explore("work", "ticks", [0_u64; 0], frame);
    assert!(none.is_empty() && none.html().contains("no values to show"));
}

#[test]
fn curves_are_drawn_and_listed() {
    let simulated = [(1.0, 80.0), (2.0, 40.0), (3.0, 30.0), (4.0, 20.0)];
    let figure = Curves::new("Eight tasks")
        .x("workers")
        .y("makespan (ticks)")
        .curve("simulated", &simulated)
        .law("80/N", &[(1.0, 80.0), (4.0, 20.0), (f64::NAN, 1.0)])
        .figure();
    assert_well_formed(figure.svg());
    insta::assert_snapshot!(figure.text(), @r"
    Eight tasks
    simulated
    workers  makespan (ticks)
    1                      80
    2                      40
    3                      30
    4                      20
    80/N
    workers  makespan (ticks)
    1                      80
    4                      20
    ");
}

mod charts;
mod explorable;
mod measured;

proptest! {
    #[test]
    fn any_numbers_can_be_drawn(points in prop::collection::vec((any::<f64>(), any::<f64>()), 0..6)) {
        let curves = Curves::new("any").x("x").y("y").curve("c", &points).law("l", &points);
        assert_well_formed(curves.figure().svg());
    }

    /// Names are the caller's and may hold anything.
    #[test]
    fn names_cannot_break_out(title in any::<String>(), name in any::<String>(), label in "[<>&'\"a-z]{0,12}") {
        let shop = Shop::new().title(title).note(label.clone());
        let trace = shop.order(Order::new(&name).work(5)).run().unwrap();
        assert_well_formed(trace.gantt().svg());
        let figure = explore(&label, &label, [&name], |_| trace.clone());
        prop_assert_eq!(figure.html().matches("<figure").count(), 1);
        prop_assert!(!figure.html().contains("<script"));
    }

    #[test]
    fn any_shop_can_be_drawn(
        work in prop::collection::vec((any::<u32>(), any::<u32>(), any::<u32>()), 0..40),
        baristas in 1..40_usize,
        width in any::<u32>(),
    ) {
        let order = |&(arrival, work, wait): &(u32, u32, u32)| {
            Order::new("x").arrives(arrival.into()).work(work.into()).waits(wait.into()).work(1)
        };
        if let Ok(trace) = Shop::new().baristas(baristas).orders(work.iter().map(order)).run() {
            assert_well_formed(Gantt::of(&trace).width(width).figure().svg());
            prop_assert!(!text(&trace).is_empty());
        }
    }
}
