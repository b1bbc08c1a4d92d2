//! A deadlock as a circle: who waits for whom.

use std::f64::consts::TAU;

use super::arrow::arrow as curve;
use super::canvas::{describe, shorten, text_width};
use super::figure::Figure;
use crate::html::escape;
use crate::model::program::Blocked;
use crate::pitfalls::deadlock::{Dinner, Table};

/// In pixels.
const WIDTH: f64 = 420.0;
const TOP: f64 = 44.0;

impl Table {
    /// The first deadlock as a picture: an arrow from each philosopher to the
    /// one that it waits for. `None` if there is no deadlock.
    #[must_use]
    pub fn waiting(&self) -> Option<Figure> {
        let first = self.deadlocks.first();
        first.map(|blocked| figure("Who waits for whom", blocked))
    }
}

impl Dinner {
    /// The first deadlock that was found, as a picture. `None` if there was
    /// none.
    #[must_use]
    pub fn waiting(&self) -> Option<Figure> {
        let first = self.circles.first();
        first.map(|circle| figure("Who waits for whom (measured)", &circle.waits))
    }
}

fn figure(title: &str, blocked: &[Blocked]) -> Figure {
    let sentences: Vec<String> = blocked.iter().map(ToString::to_string).collect();
    let description = format!("{}.", sentences.join("; "));
    let radius = 40.0 + 14.0 * f64::from(u8::try_from(blocked.len()).unwrap_or(u8::MAX));
    let height = 2.0 * radius + TOP + 50.0;
    let (middle, center) = (WIDTH / 2.0, TOP + radius + 20.0);
    let place = |index: usize| {
        let share = index as f64 / blocked.len().max(1) as f64;
        // Two stand beside each other, so that the arrows' words do not meet.
        let first = if blocked.len() == 2 {
            TAU / 2.0
        } else {
            TAU / 4.0
        };
        let angle = share * TAU - first;
        (
            middle + radius * 1.4 * angle.cos(),
            center + radius * angle.sin(),
        )
    };
    let mut svg = format!(
        "<svg width=\"{WIDTH}\" height=\"{height:.0}\" viewBox=\"0 0 {WIDTH} {height:.0}\" xmlns=\"http://www.w3.org/2000/svg\">\
         <rect width=\"{WIDTH}\" height=\"{height:.0}\" fill=\"#fff\"/>\
         <text x=\"12\" y=\"24\" font-size=\"16\" font-weight=\"bold\" fill=\"#1a1a1a\">{title}</text>"
    );
    for (index, who) in blocked.iter().enumerate() {
        for other in &who.waits_for {
            let Some(target) = blocked.iter().position(|b| b.thread == *other) else {
                continue;
            };
            svg.push_str(&arrow(place(index), place(target), &who.statement));
        }
    }
    for (index, who) in blocked.iter().enumerate() {
        let (x, y) = place(index);
        let name = shorten(&who.thread, 10);
        let half = f64::from(text_width(&name, 13)) / 2.0 + 10.0;
        svg.push_str(&format!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"26\" rx=\"6\" fill=\"#fff\" stroke=\"#1a1a1a\" stroke-width=\"2\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" font-size=\"13\" text-anchor=\"middle\" fill=\"#1a1a1a\">{}</text>",
            x - half, y - 13.0, 2.0 * half, y + 4.5, escape(&name)
        ));
    }
    svg.push_str("</svg>");
    Figure {
        svg: describe(&svg, title, &description),
        title: title.to_owned(),
        text: format!("{title}\n{}\n", sentences.join("\n")),
        description,
    }
}

/// A bent arrow, so that two that point at each other stay apart, with what
/// is waited for beside it.
fn arrow(from: (f64, f64), to: (f64, f64), label: &str) -> String {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    let bend = (from.0 + to.0 - 34.0 * -uy, from.1 + to.1 - 34.0 * ux);
    let bend = (bend.0 / 2.0, bend.1 / 2.0);
    let tip = (to.0 - ux * 26.0 + uy * 5.0, to.1 - uy * 18.0 - ux * 5.0);
    let start = (from.0 + ux * 14.0, from.1 + uy * 13.0);
    let line = curve([start, bend, tip], 9.0, "#d55e00", "stroke-width=\"2\"");
    format!(
        "{line}<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"middle\" fill=\"#1a1a1a\" stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\">{}</text>",
        bend.0,
        bend.1 + 4.0,
        escape(&shorten(label, 20))
    )
}
