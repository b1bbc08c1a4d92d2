//! What a bar looks like: a solid fill is work, and each other thing has its
//! own pattern of lines, so that no meaning rests on colour.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Dash};
use super::lanes::Doing;
use super::palette::{FAINT, INK, PAPER};
use crate::trace::SpanKind;

/// Pixels between two lines of a pattern.
const STEP: i32 = 6;

type Point = (i32, i32);

/// What each pattern means, in the order in which legends list them.
pub(super) const LEGEND: [(&str, Doing); 7] = [
    ("running", Doing::Span(SpanKind::Run)),
    ("waiting, needs no worker", Doing::Span(SpanKind::Wait)),
    ("switching task", Doing::Span(SpanKind::Switch)),
    ("holding a worker idle", Doing::Span(SpanKind::Blocked)),
    ("in the queue", Doing::Queued),
    ("put aside, in the queue", Doing::Aside),
    ("too short to draw one by one", Doing::Many),
];

/// Draws a bar from its top left to its bottom right corner.
pub(super) fn bar(canvas: &mut Canvas<'_>, from: Point, to: Point, doing: Doing, color: RGBColor) {
    let middle = (from.1 + to.1) / 2;
    match doing {
        Doing::Span(SpanKind::Run) => {
            canvas.fill(from, to, color);
            canvas.outline(from, to, INK);
        }
        Doing::Span(SpanKind::Wait) => {
            canvas.fill(from, to, PAPER);
            canvas.line(slanted(from, to), FAINT, 1);
            canvas.outline(from, to, INK);
        }
        Doing::Span(SpanKind::Switch) => canvas.fill(from, to, INK),
        Doing::Span(SpanKind::Blocked) => {
            canvas.fill(from, to, PAPER);
            canvas.line(upright(from, to), INK, 1);
            canvas.outline(from, to, INK);
        }
        Doing::Queued => {
            canvas.line(vec![(from.0 + 1, middle), (to.0 - 1, middle)], FAINT, 2);
        }
        Doing::Aside => {
            let line = vec![(from.0 + 2, middle), (to.0 - 1, middle)];
            canvas.dashed(line, INK, 2, Dash::Long);
        }
        Doing::Many => {
            canvas.fill(from, to, FAINT);
            canvas.line(vec![(from.0, middle), (to.0, middle)], PAPER, 2);
        }
    }
}

/// Parallel lines at 45 degrees, as one path that returns along the edges.
pub(super) fn slanted(from: Point, to: Point) -> Vec<Point> {
    hatching(from, to, STEP)
}

/// As [`slanted`], with `step` pixels between two lines.
pub(super) fn hatching((left, top): Point, (right, bottom): Point, step: i32) -> Vec<Point> {
    let height = bottom - top;
    let mut points = Vec::new();
    let mut foot = left - height + step;
    let mut down = false;
    while foot < right {
        // Where the line enters the box, and where it leaves it.
        let low = (foot.max(left), bottom - (left - foot).max(0));
        let head = foot + height;
        let high = (head.min(right), top + (head - right).max(0));
        if down {
            // On the way along the upper edge, keep to the corner.
            if high.0 == right && high.1 > top {
                points.push((right, top.max(high.1 - step)));
            }
            points.extend([high, low]);
        } else {
            if foot > left && foot - step < left {
                points.push((left, bottom));
            }
            points.extend([low, high]);
        }
        down = !down;
        foot += step;
    }
    points
}

/// Parallel upright lines, as one path that returns along the edges.
pub(super) fn upright((left, top): Point, (right, bottom): Point) -> Vec<Point> {
    let mut points = Vec::new();
    let mut x = left + STEP / 2;
    let mut down = true;
    while x < right {
        let (first, last) = if down { (top, bottom) } else { (bottom, top) };
        points.extend([(x, first), (x, last)]);
        down = !down;
        x += STEP;
    }
    points
}
