//! Sweeps: how large they get, and what they show where a simulator refuses.

use super::*;
use crate::model::Program;
use crate::quadrants;
use crate::workers;

/// The bar for a figure of 40 frames, in bytes.
const MOST: usize = 400_000;

#[test]
fn forty_frames_are_below_the_bar() {
    let slices = || 1..=40_u64;
    let run = |slice| time_slice(&[20, 20], slice);
    let check = |what: &str, figure: &Explorable| {
        assert_eq!(figure.len(), 40, "{what}");
        let html = figure.html();
        assert!(html.len() < MOST, "{what}: {} bytes", html.len());
        assert_self_contained(&html);
    };
    check("slices", &explore("slice", "ticks", slices(), run));
    check(
        "staircase",
        &explore("workers", "", 1..=40, |n| workers::simulate(8, 10, n)),
    );
    check(
        "speedup",
        &explore("share", "%", slices(), |share| {
            let runs = (1..=16).map(|n| workers::simulate(8, 10, n));
            Speedup::new("Amdahl")
                .amdahl(share as f64 / 40.0)
                .runs(runs)
        }),
    );
    check(
        "map",
        &explore("slice", "ticks", slices(), |slice| {
            quadrants::map().with("my run", &run(slice))
        }),
    );
    check(
        "over time",
        &explore("slice", "ticks", slices(), |slice| {
            run(slice).overlap_chart()
        }),
    );
    check(
        "outcomes",
        &explore("rounds", "", slices(), |rounds| {
            Program::increments(&[2, rounds as usize % 8]).explore()
        }),
    );
}

fn assert_frames_well_formed(figure: &Explorable) {
    let html = figure.html();
    let frames: Vec<&str> = html.split("<figure ").skip(1).collect();
    assert_eq!(frames.len(), figure.len());
    for frame in frames {
        let (frame, _) = frame.split_once("</figure>").unwrap();
        assert_well_formed(&format!("<figure {frame}</figure>"));
    }
}

#[test]
fn charts_share_their_axes() {
    let figure = explore("height", "", [10.0, 80.0], |height| {
        Curves::new("one point up").curve("c", &[(1.0, 0.0), (2.0, height)])
    });
    assert_eq!(figure.html().matches(">80</text>").count(), 2);
}

#[test]
fn a_frame_shows_why_there_is_none() {
    let figure = explore("baristas", "", 0..3, |baristas| {
        Shop::new()
            .baristas(baristas)
            .order(Order::new("A").work(3))
            .run()
    });
    assert_eq!(figure.len(), 3);
    assert_frames_well_formed(&figure);
    assert!(figure.html().contains(">Not simulated</text>"));
    assert!(text(&figure).contains("baristas 0: the shop has no barista"));
    assert!(text(&figure).contains("baristas 1: makespan 3 ticks"));
}

proptest! {
    #[test]
    fn any_error_can_be_shown(sentence in any::<String>()) {
        let figure = explore("n", "", [1], |_| Err::<Figure, _>(sentence.clone()));
        assert_frames_well_formed(&figure);
    }
}
