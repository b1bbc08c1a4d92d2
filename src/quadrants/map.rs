//! Systems and runs as points on two axes.

use crate::trace::{Origin, Trace};

use super::classify::classify;
use super::quadrant::Quadrant;
use super::systems::SYSTEMS;

/// Where something stands, as two whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Along the concurrency axis: how many tasks are put aside, unfinished,
    /// at once. 0 is not concurrent.
    pub aside: u64,
    /// Along the parallelism axis: how many workers compute at once. 1 or
    /// less is not parallel.
    pub workers: u64,
}

/// How a point came onto the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A system in typical use; its numbers are orders of magnitude.
    Typical,
    /// A simulated run.
    Simulated,
    /// A measured run.
    Measured,
    /// Numbers that the reader gave.
    Given,
}

/// One point of a [`Map`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// What stands there.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// How that is known.
    pub source: Source,
    /// Why it stands there: full sentences.
    pub why: String,
}

/// Systems and runs on the two axes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map {
    points: Vec<Point>,
}

/// The map with the systems of the article: one that is sequential, three
/// that are concurrent only, one that is parallel only, three that are both.
///
/// An event loop stands far along the concurrency axis and at the foot of the
/// parallelism axis: it is in the corner of "concurrent, not parallel", and not
/// at the top right.
///
/// ```
/// use twoaxes::{barista, quadrants};
///
/// let run = barista::time_slice(&[20, 20], 5);
/// let map = quadrants::map().with("my run", &run).with("my server", (500, 4));
/// assert_eq!(map.points().len(), 10);
/// ```
#[must_use]
pub fn map() -> Map {
    Map {
        points: SYSTEMS.iter().map(Point::from).collect(),
    }
}

impl Map {
    /// A map without any point.
    #[must_use]
    pub const fn empty() -> Self {
        Self { points: Vec::new() }
    }

    /// Adds a point: a [`Trace`], which is classified, or two numbers (tasks
    /// put aside at once, workers that compute at once).
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, what: impl Into<Standing>) -> Self {
        let Standing { place, source, why } = what.into();
        self.points.push(Point {
            name: name.into(),
            place,
            source,
            why,
        });
        self
    }

    /// Every point, the systems first, then in the order they were added.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The points of one quadrant.
    pub fn points_in(&self, quadrant: Quadrant) -> impl Iterator<Item = &Point> {
        self.points
            .iter()
            .filter(move |point| point.quadrant() == quadrant)
    }
}

impl Point {
    /// The quadrant of its place.
    #[must_use]
    pub const fn quadrant(&self) -> Quadrant {
        Quadrant::of(self.place.aside > 0, self.place.workers > 1)
    }
}

/// What [`Map::with`] takes: made from a [`Trace`] or from two numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    place: Place,
    source: Source,
    why: String,
}

impl From<&Trace> for Standing {
    fn from(trace: &Trace) -> Self {
        let found = classify(trace);
        Self {
            place: Place {
                aside: found.put_aside() as u64,
                workers: found.running_at_once() as u64,
            },
            source: match trace.origin() {
                Origin::Simulated => Source::Simulated,
                Origin::Measured => Source::Measured,
            },
            why: found.reason(),
        }
    }
}

impl From<(u64, u64)> for Standing {
    /// (tasks put aside at once, workers that compute at once).
    fn from((aside, workers): (u64, u64)) -> Self {
        Self {
            place: Place { aside, workers },
            source: Source::Given,
            why: "Placed by hand.".to_owned(),
        }
    }
}
