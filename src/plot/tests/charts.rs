//! Speedup charts, counts over time, the map, the histogram.

use super::*;
use crate::model::Program;
use crate::quadrants::{self, Map, classify, misconception};
use crate::workers;

#[test]
fn points_that_are_not_drawn_are_told() {
    let chart = Speedup::new("runs").measured(&[(0, 1.0), (1, 1.0), (2, f64::NAN), (3, -5.0)]);
    let sentence = "3 points are not drawn";
    assert!(chart.figure().text().contains(sentence));
    assert!(chart.figure().svg().contains(sentence));
    let fine = Speedup::new("runs").measured(&[(1, 1.0)]);
    assert!(!fine.figure().text().contains("not drawn"));
}

#[test]
fn steps_and_doublings_as_svg() {
    let svg = Curves::new("Steps")
        .x("workers")
        .y("makespan (ticks)")
        .steps("simulated", &[(1.0, 80.0), (2.0, 40.0), (4.0, 20.0)])
        .law("80/N", &[(1.0, 80.0), (4.0, 20.0)])
        .doublings()
        .beyond(2.0, "more than 2 CPUs")
        .figure()
        .svg()
        .to_owned();
    assert_well_formed(&svg);
    insta::assert_snapshot!(svg.replace('>', ">\n"));
}

#[test]
fn curves_are_the_result_of_a_cell_without_another_word() {
    let curves = Curves::new("Steps").curve("a", &[(1.0, 80.0), (2.0, 40.0)]);
    assert_eq!(text(&curves), curves.figure().text());
    assert!(html(&curves).contains("<svg"));
}

#[test]
fn the_map_as_svg() {
    let run = time_slice(&[20, 20], 5);
    let map = quadrants::map()
        .with("my run", &run)
        .with("a guess", (40, 3));
    let figure = map.figure();
    assert_well_formed(figure.svg());
    insta::assert_snapshot!(figure.svg().replace('>', ">\n"));
    insta::assert_snapshot!(figure.text(), @r"
    Two axes
    name                                       quadrant  tasks aside  workers   known as
    Bash script                              sequential            0        1    typical
    Node.js event loop         concurrent, not parallel        10000        1    typical
    Python asyncio             concurrent, not parallel         1000        1    typical
    OS scheduler, 1 core       concurrent, not parallel          100        1    typical
    GPU SIMD                   parallel, not concurrent            0     4096    typical
    Go runtime                  concurrent and parallel       100000        8    typical
    Multi-threaded JVM server   concurrent and parallel          200       16    typical
    Linux kernel                concurrent and parallel         2000       64    typical
    my run                     concurrent, not parallel            1        1  simulated
    a guess                     concurrent and parallel           40        3      given
    ");
}

#[test]
fn every_series_of_a_speedup_chart_looks_different() {
    let figure = Speedup::new("Eight tasks of 10 ticks")
        .amdahl(0.8)
        .gustafson(0.2)
        .usl(0.05, 0.001)
        .runs([1, 2, 4].map(|n| workers::simulate(8, 10, n)))
        .measured(&[(1, 1.0), (2, 1.6)])
        .cpus(2)
        .figure();
    assert_well_formed(figure.svg());
    assert_self_contained(&html(&figure));
    let dashes = ["2 4", "7 5", "9 3 2 3", "14 4"].map(|d| format!("stroke-dasharray=\"{d}\""));
    assert!(dashes.iter().all(|dash| figure.svg().contains(dash)));
    assert!(figure.svg().contains("oversubscribed (2 CPUs)"));
    insta::assert_snapshot!(figure.text(), @r"
    Eight tasks of 10 ticks
    workers  ideal  Amdahl, p = 0.8  Gustafson, s = 0.2  USL, sigma = 0.05, kappa = 0.001  simulated  measured
    1            1                1                   1                                 1          1         1
    2            2            1.667                 1.8                             1.901          2       1.6
    4            4              2.5                 3.4                             3.442          4
    oversubscribed: with more than 2, workers share CPUs
    ");
}

#[test]
fn a_law_that_does_not_exist_is_a_sentence() {
    let figure = Speedup::new("no law").amdahl(1.5).figure();
    let why = "Amdahl, p = 1.5 is not drawn: p is 1.5";
    assert!(figure.text().contains(why) && figure.svg().contains(why));
}

#[test]
fn counts_over_time_are_staircases() {
    let figure = time_slice(&[20, 20], 10).overlap_chart();
    assert_well_formed(figure.svg());
    insta::assert_snapshot!(figure.text(), @r"
    One barista, slices of 10 (simulated)
    tasks in progress
    time (ticks)  how many at once
    0                            1
    10                           2
    30                           1
    40                           0
    workers running
    time (ticks)  how many at once
    0                            1
    40                           0
    ");
    let queue = time_slice(&[20, 20], 10).queue_chart();
    assert!(queue.text().contains("tasks queued"));
}

#[test]
fn the_histogram_has_exact_counts_and_patterns() {
    let found = Program::increments(&[2, 2]).explore();
    insta::assert_snapshot!(text(&found), @r"
    How all interleavings end
    70 interleavings, 3 outcomes, 57 states
    outcome                                  ending  interleavings   share
    x = 2    `x == 4`: the final condition is false             32  45.71%
    x = 3    `x == 4`: the final condition is false             32  45.71%
    x = 4                                  finished              6  8.571%
    ");
    let svg = found.histogram().svg().to_owned();
    assert_well_formed(&svg);
    let shown = [
        "32 (45.71%)",
        ">as intended<",
        ">failed<",
        "share of all interleavings (%)",
    ];
    assert!(shown.iter().all(|words| svg.contains(words)));
    let locks = Program::builder().lock("a").lock("b");
    let both = |first: &'static str, second: &'static str| {
        move |t: crate::model::program::Steps| {
            t.lock(first).lock(second).unlock(second).unlock(first)
        }
    };
    let locks = locks
        .thread("one", both("a", "b"))
        .thread("two", both("b", "a"));
    let svg = locks
        .build()
        .unwrap()
        .explore()
        .histogram()
        .svg()
        .to_owned();
    assert!(svg.contains(">deadlock</text>"));
}

#[test]
fn a_histogram_of_very_many_interleavings() {
    let found = Program::increments(&[12, 12]).explore();
    let figure = found.histogram();
    assert_well_formed(figure.svg());
    assert!(figure.svg().contains("32247603683100 interleavings"));
    assert!(figure.text().contains("x = 2 "));
}

#[test]
fn histograms_say_what_they_do_not_know() {
    let check = |program: &Program, states, words: &str| {
        let found = program.explore_within(states);
        assert!(text(&found).contains(words), "{}", text(&found));
        assert_well_formed(found.histogram().svg());
    };
    check(
        &Program::increments(&[9, 9]),
        30,
        "The limit on states was hit",
    );
    let spin = Program::builder().shared("x", 0);
    let spin = spin.thread("one", |t| {
        t.load("r", "x")
            .repeat_while("r == 0", |t| t.load("r", "x"))
    });
    let spin = spin.thread("two", |t| t.store("x", 1)).build().unwrap();
    check(&spin, 100, "no end of interleavings, 1 outcome");
}

#[test]
fn cards_say_the_same_in_words() {
    let card = misconception();
    assert_well_formed(&html(&card));
    assert_self_contained(&html(&card));
    let words = text(&card);
    assert!(words.contains(card.claim()) && words.contains(card.truth()));
    assert!(words.contains("worker 2 |"));
    let found = classify(&time_slice(&[20, 20], 5));
    assert!(text(&found).contains("tasks put aside at once  1"));
    assert!(html(&found).contains("<strong>concurrent, not parallel</strong>"));
    assert!(text(&quadrants::map()).contains("Node.js event loop: Thousands of requests"));
}

#[test]
fn a_fit_shows_its_law_and_its_errors() {
    let points = [1, 2, 4, 8, 16].map(|n| (n, workers::usl(n, 100, 0.05, 0.001)));
    let fit = workers::fit_usl(&points).unwrap();
    assert_well_formed(fit.figure().svg());
    assert!(text(&fit).contains("sigma  0.05000") && html(&fit).contains("kappa  0.001000"));
    let points = [1, 2, 4, 8].map(|n| (n, workers::amdahl(0.8, n)));
    let fit = workers::fit_amdahl(&points).unwrap();
    assert_well_formed(fit.figure().svg());
    assert!(text(&fit).contains("p      0.8000"), "{}", text(&fit));
}

#[test]
fn nothing_to_show_is_fine() {
    for figure in [
        Map::empty().figure(),
        Curves::new("").figure(),
        Curves::new("x")
            .doublings()
            .curve("none", &[(-1.0, 1.0)])
            .figure(),
        Speedup::new("").doublings().figure(),
        time_slice(&[], 5).overlap_chart(),
        time_slice(&[], 5).queue_chart(),
        Program::increments(&[]).explore().histogram(),
    ] {
        assert_well_formed(figure.svg());
        assert!(!figure.text().is_empty());
    }
}

/// No input may make a figure that a notebook cannot hold.
const MOST: usize = 130_000;

#[test]
fn much_to_show_stays_small() {
    let long = "long name ".repeat(5000);
    let points: Vec<(f64, f64)> = (0..100_000)
        .map(|k| f64::from(k * 7919 % 100_003))
        .map(|v| (v, (v * 31.0) % 977.0))
        .collect();
    let mut curves = Curves::new(&long).x(&long).y(&long).beyond(5.0, &long);
    let mut map = quadrants::map();
    for k in 0..3000 {
        map = map.with(&long, (k % 40, k % 7));
    }
    curves = curves.note(&long);
    for _ in 0..40 {
        curves = curves.curve(&long, &[(1.0, 2.0), (3.0, 4.0)]);
    }
    let busy = time_slice(&[300; 300], 1);
    for (what, figure) in [
        ("zigzag", Curves::new("z").curve("c", &points).figure()),
        ("curves", curves.figure()),
        ("map", map.figure()),
        ("over time", busy.overlap_chart()),
        ("queue", busy.queue_chart()),
        ("speedup", Speedup::new(&long).measured(&points).figure()),
    ] {
        assert_well_formed(figure.svg());
        // Titles and names in full are for screen readers, and the caller's.
        let named = figure.title().len() + figure.description().len();
        let size = figure.svg().len() - named;
        assert!(size < MOST, "{what}: {size} bytes");
    }
}

proptest! {
    #[test]
    fn any_speedup_can_be_drawn(
        points in prop::collection::vec((any::<f64>(), any::<f64>()), 0..6),
        laws in prop::array::uniform4(any::<f64>()),
        most in any::<u32>(),
        cpus in any::<u32>(),
        doublings in any::<bool>(),
        name in any::<String>(),
    ) {
        let [p, s, sigma, kappa] = laws;
        let chart = Speedup::new(name).amdahl(p).gustafson(s).usl(sigma, kappa);
        let chart = chart.simulated(&points).measured(&points).up_to(most).cpus(cpus);
        let chart = if doublings { chart.doublings() } else { chart };
        assert_well_formed(chart.figure().svg());
        prop_assert!(chart.figure().svg().len() < MOST);
    }

    #[test]
    fn any_curves_can_be_drawn(
        points in prop::collection::vec((any::<f64>(), any::<f64>()), 0..6),
        beyond in any::<f64>(),
        doublings in any::<bool>(),
        name in any::<String>(),
    ) {
        let curves = Curves::new(&name).x(&name).y(&name).steps(&name, &points);
        let curves = curves.beyond(beyond, &name).note(&name).curve("c", &points);
        let curves = if doublings { curves.doublings() } else { curves };
        assert_well_formed(curves.figure().svg());
        prop_assert!(curves.figure().svg().len() < MOST);
    }

    #[test]
    fn any_map_can_be_drawn(
        points in prop::collection::vec((any::<String>(), any::<u64>(), any::<u64>()), 0..40),
        small in prop::collection::vec((0..4_u64, 0..4_u64), 0..40),
    ) {
        let map = points.iter().fold(quadrants::map(), |map, (name, aside, workers)| {
            map.with(name, (*aside, *workers))
        });
        let map = small.into_iter().fold(map, |map, at| map.with("one", at));
        assert_well_formed(map.figure().svg());
        assert_well_formed(&html(&map));
        prop_assert!(map.figure().svg().len() < MOST);
    }

    #[test]
    fn any_run_can_be_drawn_over_time(
        orders in prop::collection::vec((any::<u64>(), any::<u32>(), any::<u32>()), 0..20),
        baristas in 1..5_usize,
    ) {
        let order = |&(at, work, wait): &(u64, u32, u32)| {
            Order::new("x").arrives(at).work(work.into()).waits(wait.into()).work(1)
        };
        if let Ok(trace) = Shop::new().baristas(baristas).orders(orders.iter().map(order)).run() {
            assert_well_formed(trace.overlap_chart().svg());
            assert_well_formed(trace.queue_chart().svg());
            assert_well_formed(&html(&classify(&trace)));
        }
    }
}

#[test]
fn repeated_runs_are_boxes_with_whiskers() {
    use crate::workers::Spread;
    let spreads = [
        (1, Spread::of(&[0.9, 1.0, 1.1])),
        (2, Spread::of(&[1.5, 1.9, 2.3])),
    ];
    let chart = Speedup::new("runs").spread(&spreads).cpus(1);
    let figure = chart.figure();
    assert_well_formed(figure.svg());
    // The ground, and a box for each spread; rings for the medians.
    assert_eq!(figure.svg().matches("<rect").count(), 3);
    assert!(figure.svg().contains("oversubscribed (1 CPU)"));
    assert!(
        figure.text().contains("boxes the middle half"),
        "{}",
        figure.text()
    );
    let none = Speedup::new("runs").spread(&[(1, Spread::of(&[]))]);
    assert!(none.figure().text().contains("1 point is not drawn"));
}
