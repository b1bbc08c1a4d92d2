//! States and steps as shapes, dashes and words.

use crate::html::escape;
use crate::model::program::Edge;
use crate::plot::arrow::arrow;
use crate::plot::canvas::shorten;
use crate::plot::palette::series;

/// Half the height of a state.
const HALF: f64 = 13.0;
/// How each thread's steps are drawn: solid, dashed, dotted, and so on.
const DASHES: [&str; 8] = [
    "",
    "7 3",
    "2 3",
    "9 3 2 3",
    "12 4",
    "4 4",
    "1 5",
    "9 3 2 3 2 3",
];
/// States from which a bug can be reached are filled with it.
const AT_RISK: &str = "#fdebd0";
/// Half the width of a state, at least and at most.
pub(super) const HALF_WIDTH: (f64, f64) = (25.0, 62.0);

#[derive(Clone, Copy)]
pub(super) enum Look {
    Going { start: bool },
    Finished,
    Deadlock,
    Failed,
}

pub(super) fn shape((x, y): (f64, f64), w: f64, look: Look, at_risk: bool) -> String {
    let h = HALF;
    let fill = if at_risk { AT_RISK } else { "#fff" };
    let ink = "stroke=\"#1a1a1a\"";
    let rect = |grow: f64, radius: f64, rest: &str| {
        format!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{radius}\" {ink} {rest}/>",
            x - w - grow,
            y - h - grow,
            2.0 * (w + grow),
            2.0 * (h + grow)
        )
    };
    let polygon = |points: &[(f64, f64)]| {
        let points: Vec<String> = points
            .iter()
            .map(|(dx, dy)| format!("{:.1},{:.1}", x + dx, y + dy))
            .collect();
        format!(
            "<polygon points=\"{}\" fill=\"{fill}\" {ink} stroke-width=\"2.5\"/>",
            points.join(" ")
        )
    };
    match look {
        Look::Going { start: true } => {
            rect(0.0, 12.0, &format!("fill=\"{fill}\" stroke-width=\"3.5\""))
        }
        Look::Going { start: false } if at_risk => rect(0.0, 12.0, &format!("fill=\"{fill}\"")),
        Look::Going { start: false } => rect(0.0, 12.0, "fill=\"#fff\" stroke-dasharray=\"4 2\""),
        Look::Finished => rect(3.0, 12.0, "fill=\"#fff\"") + &rect(0.0, 10.0, "fill=\"#fff\""),
        Look::Deadlock => polygon(&[
            (-w + 8.0, -h - 2.0),
            (w - 8.0, -h - 2.0),
            (w, -h + 6.0),
            (w, h - 6.0),
            (w - 8.0, h + 2.0),
            (-w + 8.0, h + 2.0),
            (-w, h - 6.0),
            (-w, -h + 6.0),
        ]),
        Look::Failed => polygon(&[
            (-w - 7.0, 0.0),
            (-w + 8.0, -h - 2.0),
            (w - 8.0, -h - 2.0),
            (w + 7.0, 0.0),
            (w - 8.0, h + 2.0),
            (-w + 8.0, h + 2.0),
        ]),
    }
}

/// Where a step's line leaves, bends and arrives.
fn bow(from: (f64, f64), to: (f64, f64), half: f64, straight: bool) -> [(f64, f64); 3] {
    if from == to {
        let (x, y) = from;
        return [
            (x + half, y - 4.0),
            (x + half + 34.0, y),
            (x + half, y + 4.0),
        ];
    }
    let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
    if straight {
        return [(from.0, from.1 + HALF), middle, (to.0, to.1 - HALF - 5.0)];
    }
    // Back, along a layer, or over one: around on the right.
    let reach = 30.0 + (to.1 - from.1).abs() * 0.25;
    [
        (from.0 + half, from.1 + 3.0),
        (from.0.max(to.0) + half + reach, middle.1),
        (to.0 + half, to.1 - 3.0),
    ]
}

pub(super) fn step(
    from: (f64, f64),
    to: (f64, f64),
    half: f64,
    edge: &Edge,
    straight: bool,
) -> String {
    let [start, bend, tip] = bow(from, to, half, straight);
    let color = series(edge.thread + 5);
    let color = format!("#{:02x}{:02x}{:02x}", color.0, color.1, color.2);
    let dash = match DASHES[edge.thread % DASHES.len()] {
        "" => String::new(),
        dash => format!(" stroke-dasharray=\"{dash}\""),
    };
    let stroke = format!("stroke-width=\"1.6\"{dash}");
    arrow([start, bend, tip], 7.0, &color, &stroke)
}

/// The thread's name, nearer to where the step leaves, where lines cross less.
pub(super) fn step_name(
    from: (f64, f64),
    to: (f64, f64),
    half: f64,
    name: &str,
    straight: bool,
) -> String {
    let [start, bend, tip] = bow(from, to, half, straight);
    let t = 0.36_f64;
    let along =
        |a: f64, b: f64, c: f64| (1.0 - t).powi(2) * a + 2.0 * t * (1.0 - t) * b + t * t * c;
    format!(
        "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"10\" text-anchor=\"middle\" fill=\"#1a1a1a\" stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\">{}</text>",
        along(start.0, bend.0, tip.0),
        along(start.1, bend.1, tip.1) + 3.5,
        escape(&shorten(name, 10))
    )
}

pub(super) fn key(top: f64) -> String {
    let entries = [
        (Look::Going { start: true }, true, "the start"),
        (Look::Going { start: false }, true, "a bug can be reached"),
        (Look::Going { start: false }, false, "no bug can be reached"),
        (Look::Finished, false, "finished"),
        (Look::Deadlock, true, "deadlock"),
        (Look::Failed, true, "failed"),
    ];
    let mut svg = String::new();
    for (index, (look, at_risk, text)) in entries.into_iter().enumerate() {
        let (column, row) = ((index % 3) as f64, (index / 3) as f64);
        let at = (50.0 + column * 205.0, top + row * 36.0);
        svg.push_str(&shape(at, HALF_WIDTH.0, look, at_risk));
        svg.push_str(&format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"12\" fill=\"#1a1a1a\">{text}</text>",
            at.0 + 44.0,
            at.1 + 4.0
        ));
    }
    svg
}
