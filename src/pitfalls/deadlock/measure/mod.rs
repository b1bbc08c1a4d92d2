//! Philosophers as threads: a deadlock that happens, is found and is broken,
//! and two rules that have none.

mod dinner;
mod fork;
mod graph;
mod report;
#[cfg(test)]
mod tests;

use super::simulate::PHILOSOPHERS;
use crate::model::program::Blocked;
use crate::pitfalls::measure::{MeasureError, nearest_run};
use crate::pitfalls::range::{count, wide};
use crate::trace::{Origin, Trace};

use dinner::{Rule, dine};

/// A circle of waiting that was found while it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// Who waits for whom, around the circle.
    pub waits: Vec<Blocked>,
    /// How long after the start it was found, in nanoseconds.
    pub found_after: u64,
    /// How long it was watched, in nanoseconds. Nobody in it moved.
    pub stood: u64,
    /// Who was made to give up, so that the others could go on.
    pub victim: String,
}

/// What happened at a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dinner {
    /// How many sat down, each of whom wants to eat once.
    pub philosophers: usize,
    /// How many have eaten.
    pub meals: usize,
    /// The deadlocks that were found. Each was broken.
    pub circles: Vec<Circle>,
    /// How often a fork was given back unused.
    pub given_back: u64,
    /// When each thread ate (running) and waited for a fork (blocked).
    pub trace: Trace,
}

/// A real deadlock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// Everybody takes the left fork, then the right one.
    pub broken: Dinner,
    notes: Vec<String>,
}

/// The same philosophers with two rules that have no deadlock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// Everybody takes the fork with the lower number first.
    pub ordered: Dinner,
    /// Everybody takes the left fork, tries the right one, and gives the left
    /// one back if that is taken.
    pub giving_back: Dinner,
    notes: Vec<String>,
}

/// So many philosophers, a thread each, who take the left fork, wait until
/// everybody has one, and reach for the right one: a deadlock that happens
/// every time.
///
/// The threads write down who holds and who waits for what. The caller's
/// thread watches that wait-for graph, finds the circle, watches it for 50 ms,
/// in which nobody moves, and then makes its last member give up: the forks
/// are locks that can be waited for until a deadline, and given up on.
///
/// What can be run: 2 to 8 philosophers, as can be simulated. Other numbers are
/// replaced by the nearest, with a note. After 10 seconds everybody leaves.
///
/// ```
/// use twoaxes::pitfalls::deadlock;
///
/// let run = deadlock::measure(3);
/// let circle = &run.broken.circles[0];
/// assert_eq!(circle.waits[0].to_string(), "p1 stands at `lock fork2` and waits for p2");
/// assert_eq!((circle.victim.as_str(), run.broken.meals), ("p3", 3));
/// ```
#[must_use]
pub fn measure(philosophers: usize) -> Measured {
    let mut notes = Vec::new();
    let seats = count(nearest_run(PHILOSOPHERS, wide(philosophers), &mut notes));
    measured(seats, notes.clone()).unwrap_or_else(|error| {
        notes.push(nothing(&error));
        let broken = Dinner::none(seats, &error);
        Measured { broken, notes }
    })
}

/// [`measure`], but it refuses what it cannot run as asked.
///
/// # Errors
///
/// [`MeasureError`] for a number of philosophers outside of its range, and
/// when the system refuses a thread.
pub fn try_measure(philosophers: usize) -> Result<Measured, MeasureError> {
    PHILOSOPHERS.check(wide(philosophers))?;
    measured(philosophers, Vec::new())
}

/// The same dinner with one order for all forks, and with giving back.
///
/// Again everybody takes a first fork before anybody reaches for a second one,
/// as far as the rule lets them, and the wait-for graph is watched all the
/// time. The numbers that can be run are those of [`measure`], and so is the
/// deadline.
///
/// ```
/// use twoaxes::pitfalls::deadlock;
///
/// let run = deadlock::fixed(3);
/// assert!(run.ordered.circles.is_empty() && run.giving_back.circles.is_empty());
/// ```
#[must_use]
pub fn fixed(philosophers: usize) -> Fixed {
    let mut notes = Vec::new();
    let seats = count(nearest_run(PHILOSOPHERS, wide(philosophers), &mut notes));
    repaired(seats, notes.clone()).unwrap_or_else(|error| {
        notes.push(nothing(&error));
        Fixed {
            ordered: Dinner::none(seats, &error),
            giving_back: Dinner::none(seats, &error),
            notes,
        }
    })
}

/// [`fixed`], but it refuses what it cannot run as asked.
///
/// # Errors
///
/// As [`try_measure`].
pub fn try_fixed(philosophers: usize) -> Result<Fixed, MeasureError> {
    PHILOSOPHERS.check(wide(philosophers))?;
    repaired(philosophers, Vec::new())
}

fn measured(seats: usize, notes: Vec<String>) -> Result<Measured, MeasureError> {
    let broken = dine("Left fork first", Rule::LeftFirst, seats)?;
    Ok(Measured { broken, notes })
}

fn repaired(seats: usize, notes: Vec<String>) -> Result<Fixed, MeasureError> {
    Ok(Fixed {
        ordered: dine("Lower fork first", Rule::LowerFirst, seats)?,
        giving_back: dine("Giving back", Rule::GivingBack, seats)?,
        notes,
    })
}

fn nothing(error: &MeasureError) -> String {
    format!("Nothing was run: {error}.")
}

impl Dinner {
    fn none(philosophers: usize, error: &MeasureError) -> Self {
        Self {
            philosophers,
            meals: 0,
            circles: Vec::new(),
            given_back: 0,
            trace: Trace::empty(Origin::Measured, "Philosophers", "ns", nothing(error)),
        }
    }
}
