//! Finding places for names beside points, so that no name covers another
//! name or a point.

use super::canvas::text_width;

/// Half the height of a name in pixels, and half the size of a marker.
const HALF: i32 = 8;
const MARKER: i32 = 7;
/// How far beside and above a point its name may stand, nearest first.
const SHIFTS: [i32; 4] = [0, 16, 32, 48];

/// A box of whole pixels: left, top, right, bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area(
    pub(super) i32,
    pub(super) i32,
    pub(super) i32,
    pub(super) i32,
);

/// Keeps what is taken.
#[derive(Default)]
pub(super) struct Labels {
    taken: Vec<Area>,
}

impl Area {
    pub(super) fn of_text(left: i32, middle: i32, text: &str, size: i32) -> Self {
        Self(
            left,
            middle - HALF,
            left + text_width(text, size),
            middle + HALF,
        )
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.0 < other.2 && other.0 < self.2 && self.1 < other.3 && other.1 < self.3
    }

    fn is_within(&self, outer: &Self) -> bool {
        self.0 >= outer.0 && self.1 >= outer.1 && self.2 <= outer.2 && self.3 <= outer.3
    }
}

impl Labels {
    /// Keeps names off `area`.
    pub(super) fn take(&mut self, area: Area) {
        self.taken.push(area);
    }

    /// Takes the place of a marker around `(x, y)`.
    pub(super) fn take_marker(&mut self, (x, y): (i32, i32)) {
        self.taken
            .push(Area(x - MARKER, y - MARKER, x + MARKER, y + MARKER));
    }

    /// A free place `within` an area for `name` near the marker at `(x, y)`,
    /// as the left end of its middle line, and takes it. `None` if all places
    /// near are taken.
    pub(super) fn place(
        &mut self,
        within: Area,
        (x, y): (i32, i32),
        name: &str,
        size: i32,
    ) -> Option<(i32, i32)> {
        let width = text_width(name, size);
        let (right, left) = (x + MARKER + 4, x - MARKER - 4 - width);
        for shift in SHIFTS {
            // Straight above or below, a name can only belong to this marker.
            let (rather_right, rather_left) = (x - width / 4, x - width * 3 / 4);
            let beside = [x - width / 2, right, left, rather_right, rather_left];
            for left in beside {
                for middle in [y - shift, y + shift] {
                    let area = Area::of_text(left, middle, name, size);
                    let free = !self.taken.iter().any(|taken| taken.overlaps(&area));
                    if free && area.is_within(&within) {
                        self.taken.push(area);
                        return Some((left, middle));
                    }
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_overlap_and_some_are_left_out() {
        let within = Area(0, 0, 400, 200);
        let mut labels = Labels::default();
        labels.take(Area(0, 0, 400, 20));
        for _ in 0..3 {
            labels.take_marker((200, 100));
        }
        let placed = (0..60).filter_map(|k| {
            let name = format!("point {k}");
            let (left, middle) = labels.place(within, (200, 100), &name, 12)?;
            Some(Area::of_text(left, middle, &name, 12))
        });
        let placed: Vec<Area> = placed.collect();
        assert!(placed.len() > 5 && placed.len() < 60, "{}", placed.len());
        for (index, one) in placed.iter().enumerate() {
            assert!(one.is_within(&within) && one.1 >= 20);
            assert!(placed[..index].iter().all(|other| !other.overlaps(one)));
        }
    }

    #[test]
    fn the_first_choice_is_to_the_right() {
        let within = Area(0, 0, 400, 200);
        let mut labels = Labels::default();
        labels.take_marker((100, 50));
        assert_eq!(labels.place(within, (100, 50), "A", 12), Some((111, 50)));
        assert_eq!(labels.place(within, (390, 50), "long", 12), Some((351, 50)));
    }
}
