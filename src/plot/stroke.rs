//! What a curve looks like: its line, its dashes, its markers. No two kinds
//! of series differ by colour alone.

use plotters::style::RGBColor;

use super::canvas::{Canvas, Dash};
use super::palette::{FAINT, INK, series};

/// What a series stands for, which decides how it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// A line with markers that differ by series.
    Curve,
    /// What a formula says: dashes, no markers.
    Law,
    /// What would be without any loss: dots, grey, no markers.
    Ideal,
    /// What a simulator gave: a line with filled markers.
    Simulated,
    /// What a real run gave: open rings without a line, since between two
    /// measured points nothing was measured.
    Measured,
    /// What holds until the next point: a staircase, dashed differently by
    /// series.
    Steps,
}

/// Points of one line; of more, some are left out.
const MAX_POINTS: usize = 4_000;
/// Markers of one series; of more, some are left out.
const MAX_MARKERS: usize = 200;
/// Pixels of a line in a legend.
const SAMPLE: i32 = 26;

type Point = (i32, i32);

/// Draws the series at `index` through `points`.
pub(super) fn draw(canvas: &mut Canvas<'_>, index: usize, look: Look, points: &[Point]) {
    let color = color(index, look);
    let line = every(&thin(points), MAX_POINTS);
    let mut places = points.to_vec();
    places.dedup();
    let places = every(&places, MAX_MARKERS);
    match look {
        Look::Curve => {
            canvas.line(line, color, 2);
            for at in places {
                marker(canvas, index, at, color);
            }
        }
        Look::Law => {
            let dashes = [Dash::Long, Dash::Mixed, Dash::Wide];
            canvas.dashed(line, color, 2, dashes[index % dashes.len()]);
        }
        Look::Ideal => canvas.dashed(line, color, 2, Dash::Short),
        Look::Simulated => {
            canvas.line(line, color, 2);
            for at in places {
                canvas.disc(at, 4, color);
            }
        }
        Look::Measured => {
            for at in places {
                canvas.ring(at, 5, color);
                canvas.disc(at, 1, color);
            }
        }
        Look::Steps => {
            let dashes = [Dash::Solid, Dash::Long, Dash::Short, Dash::Mixed];
            let dash = dashes[index % dashes.len()];
            canvas.dashed(line, color, 2, dash);
        }
    }
}

/// Draws in a legend what the series at `index` looks like, from `at` on.
pub(super) fn sample(canvas: &mut Canvas<'_>, index: usize, look: Look, at: Point) {
    let ends = [at, (at.0 + SAMPLE, at.1)];
    match look {
        Look::Measured => draw(canvas, index, look, &[(at.0 + SAMPLE / 2, at.1)]),
        _ => draw(canvas, index, look, &ends),
    }
}

/// The corners of a staircase whose value changes at each of `points`.
pub(super) fn stairs(points: &[Point]) -> Vec<Point> {
    let mut corners = Vec::with_capacity(points.len() * 2);
    for (index, &(x, y)) in points.iter().enumerate() {
        if let Some(before) = index.checked_sub(1).and_then(|k| points.get(k)) {
            corners.push((x, before.1));
        }
        corners.push((x, y));
    }
    corners
}

fn color(index: usize, look: Look) -> RGBColor {
    match look {
        Look::Ideal => FAINT,
        Look::Measured => INK,
        // Blue and vermilion first: the darkest on white.
        _ => series(index + 5),
    }
}

fn marker(canvas: &mut Canvas<'_>, index: usize, (x, y): Point, color: RGBColor) {
    match index % 4 {
        0 => canvas.fill((x - 4, y - 4), (x + 4, y + 4), color),
        1 => canvas.line(
            vec![(x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y), (x, y - 5)],
            color,
            2,
        ),
        2 => {
            canvas.line(vec![(x - 4, y - 4), (x + 4, y + 4)], color, 2);
            canvas.line(vec![(x - 4, y + 4), (x + 4, y - 4)], color, 2);
        }
        _ => canvas.outline((x - 4, y - 4), (x + 4, y + 4), color),
    }
}

/// Of neighbouring points in one column of pixels, keeps what can be seen: the
/// first, the lowest, the highest and the last.
fn thin(points: &[Point]) -> Vec<Point> {
    let mut kept = Vec::new();
    for column in points.chunk_by(|a, b| a.0 == b.0) {
        let ends = [column.first(), column.last()];
        let low = column.iter().min_by_key(|point| point.1);
        let high = column.iter().max_by_key(|point| point.1);
        kept.extend([ends[0], low, high, ends[1]].into_iter().flatten());
    }
    kept.dedup();
    kept
}

/// At most `most` and one of `points`, evenly spread, with the last.
fn every(points: &[Point], most: usize) -> Vec<Point> {
    let step = points.len().div_ceil(most).max(1);
    let mut kept: Vec<Point> = points.iter().copied().step_by(step).collect();
    if step > 1 {
        kept.extend(points.last());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staircase_turns_at_each_point() {
        let corners = stairs(&[(0, 5), (10, 2), (30, 5)]);
        assert_eq!(corners, [(0, 5), (10, 5), (10, 2), (30, 2), (30, 5)]);
        assert!(stairs(&[]).is_empty());
    }

    #[test]
    fn what_shares_a_column_is_drawn_once() {
        let column: Vec<Point> = (0..1000).map(|k| (7, k % 50)).collect();
        assert_eq!(thin(&column), [(7, 0), (7, 49)]);
        assert_eq!(thin(&[(1, 1), (2, 2)]), [(1, 1), (2, 2)]);
    }

    #[test]
    fn few_of_many_points_are_kept_with_both_ends() {
        let points: Vec<Point> = (0..1001).map(|k| (k, k)).collect();
        let kept = every(&points, 10);
        assert!(kept.len() <= 11, "{}", kept.len());
        assert_eq!((kept[0], kept[kept.len() - 1]), ((0, 0), (1000, 1000)));
        assert_eq!(every(&points[..10], 10), &points[..10]);
    }
}
