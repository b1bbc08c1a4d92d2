//! A stalled event loop of tokio, and what its bystanders notice.

mod delays;
mod event_loop;
mod hog;
mod report;
#[cfg(test)]
mod tests;

use super::Hog;
use super::simulate::HANDLERS;
use crate::machine;
use crate::pitfalls::measure::{MeasureError, nearest_run};
use crate::pitfalls::range::{Range, count, wide};
use crate::trace::{Origin, Trace};

pub use delays::Delays;
use event_loop::EventLoop;
use hog::Place;

const LENGTH: Range = Range {
    what: "milliseconds of the hog",
    least: 1,
    most: 1_000,
};

/// One run of the event loop.
#[derive(Debug, Clone, PartialEq)]
pub struct Stall {
    /// How late the bystanders' answers were.
    pub delays: Delays,
    /// From the hog's request to its answer, in nanoseconds; 0 without a hog.
    pub hog: u64,
    /// Every poll of every bystander, and what the hog did.
    pub trace: Trace,
}

/// An event loop with a hog in the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The bystanders alone.
    pub quiet: Stall,
    /// The hog has the loop's thread until it is done.
    pub broken: Stall,
    bystanders: usize,
    hog: Hog,
    notes: Vec<String>,
}

/// The same hog in three other places.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixed {
    /// On a thread for blocking calls (`tokio::task::spawn_blocking`).
    pub offloaded: Stall,
    /// On the loop's thread, but it gives it back: a computation yields after
    /// each millisecond of work (`tokio::task::yield_now`), and a blocking
    /// call is replaced by one that is awaited.
    pub yielding: Stall,
    /// On an event loop of its own, with a thread of its own.
    pub elsewhere: Stall,
    bystanders: usize,
    hog: Hog,
    notes: Vec<String>,
}

/// So many bystanders on a current-thread runtime of tokio, and one handler
/// that keeps its thread: [`Hog::Computes`] so many units of computation of
/// about a millisecond each, or [`Hog::Blocks`] for so many milliseconds.
///
/// Each bystander wants to be polled every 10 ms and notes how late it is; the
/// runtime's clock has steps of 1 ms. The hog's request comes after 60 ms, and
/// it is quiet for 60 ms after it. That tasks of tokio yield by themselves
/// after 128 operations does not help: a computation makes none (its budget is
/// counted at awaits, see issue 4498 of tokio).
///
/// What can be run: 1 to 1000 bystanders, 1 to 1000 ms. Other numbers are
/// replaced by the nearest, with a note.
///
/// ```
/// use twoaxes::pitfalls::blocked_executor::{self, Hog};
///
/// let run = blocked_executor::measure(20, Hog::Blocks(50));
/// assert!(run.broken.delays.worst() > 40_000_000);
/// ```
#[must_use]
pub fn measure(bystanders: usize, hog: Hog) -> Measured {
    let mut notes = Vec::new();
    let (bystanders, hog) = numbers(bystanders, hog, &mut notes);
    measured(bystanders, hog, notes.clone()).unwrap_or_else(|error| {
        notes.push(nothing(&error));
        Measured {
            quiet: Stall::none(&error),
            broken: Stall::none(&error),
            bystanders,
            hog,
            notes,
        }
    })
}

/// [`measure`], but it refuses what it cannot run as asked.
///
/// # Errors
///
/// [`MeasureError`] for a number of bystanders or milliseconds outside of its
/// range, and when the system refuses a thread or a runtime.
pub fn try_measure(bystanders: usize, hog: Hog) -> Result<Measured, MeasureError> {
    HANDLERS.check(wide(bystanders))?;
    LENGTH.check(hog.length())?;
    measured(bystanders, hog, Vec::new())
}

/// The same hog where it is not in the way. The numbers that can be run are
/// those of [`measure`].
///
/// ```
/// use twoaxes::pitfalls::blocked_executor::{self, Hog};
///
/// let run = blocked_executor::fixed(20, Hog::Computes(20));
/// assert_eq!(run.offloaded.trace.workers().len(), 2);
/// ```
#[must_use]
pub fn fixed(bystanders: usize, hog: Hog) -> Fixed {
    let mut notes = Vec::new();
    let (bystanders, hog) = numbers(bystanders, hog, &mut notes);
    repaired(bystanders, hog, notes.clone()).unwrap_or_else(|error| {
        notes.push(nothing(&error));
        Fixed {
            offloaded: Stall::none(&error),
            yielding: Stall::none(&error),
            elsewhere: Stall::none(&error),
            bystanders,
            hog,
            notes,
        }
    })
}

/// [`fixed`], but it refuses what it cannot run as asked.
///
/// # Errors
///
/// As [`try_measure`].
pub fn try_fixed(bystanders: usize, hog: Hog) -> Result<Fixed, MeasureError> {
    HANDLERS.check(wide(bystanders))?;
    LENGTH.check(hog.length())?;
    repaired(bystanders, hog, Vec::new())
}

fn measured(bystanders: usize, hog: Hog, notes: Vec<String>) -> Result<Measured, MeasureError> {
    let run = |title, place| {
        let event_loop = EventLoop {
            title,
            bystanders,
            hog,
            place,
        };
        event_loop.run()
    };
    // Measured before the clock runs.
    _ = machine::unit();
    Ok(Measured {
        quiet: run("Bystanders alone", None)?,
        broken: run("The hog in the way", Some(Place::InTheWay))?,
        bystanders,
        hog,
        notes,
    })
}

fn repaired(bystanders: usize, hog: Hog, mut notes: Vec<String>) -> Result<Fixed, MeasureError> {
    let run = |title, place| {
        let event_loop = EventLoop {
            title,
            bystanders,
            hog,
            place: Some(place),
        };
        event_loop.run()
    };
    _ = machine::unit();
    if machine::allowed().len() == 1 && matches!(hog, Hog::Computes(_)) {
        notes.push(
            "Only one CPU can be used here: a thread of its own takes turns with the event loop's, and is not parallel."
                .to_owned(),
        );
    }
    let yields = match hog {
        Hog::Computes(_) => "The hog yields every millisecond",
        Hog::Blocks(_) => "The hog awaits its answer",
    };
    Ok(Fixed {
        offloaded: run("The hog on a blocking thread", Place::SpawnBlocking)?,
        yielding: run(yields, Place::GivingWay)?,
        elsewhere: run("The hog on a loop of its own", Place::OwnLoop)?,
        bystanders,
        hog,
        notes,
    })
}

fn numbers(bystanders: usize, hog: Hog, notes: &mut Vec<String>) -> (usize, Hog) {
    (
        count(nearest_run(HANDLERS, wide(bystanders), notes)),
        hog.with(nearest_run(LENGTH, hog.length(), notes)),
    )
}

fn nothing(error: &MeasureError) -> String {
    format!("Nothing was run: {error}.")
}

impl Stall {
    fn none(error: &MeasureError) -> Self {
        Self {
            delays: Delays::default(),
            hog: 0,
            trace: Trace::empty(Origin::Measured, "Bystanders", "ns", nothing(error)),
        }
    }
}
