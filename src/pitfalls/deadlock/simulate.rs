//! Philosophers at a round table, each of whom needs both forks beside them.

use std::fmt;

use crate::model::program::{Blocked, Ending, Schedule, Steps};
use crate::model::{Count, Program, ProgramError};
use crate::pitfalls::comparison::Comparison;
use crate::pitfalls::range::{Range, RangeError, count, wide};

pub(super) const PHILOSOPHERS: Range = Range {
    what: "philosophers",
    least: 2,
    most: 8,
};

/// So that the answer comes at once; eight with locks need fewer.
const MAX_STATES: usize = 400_000;

/// The same for programs with loops, which have many more states.
const MAX_LOOPING: usize = 100_000;

/// A program of philosophers, and everything that it can do.
#[derive(Debug, Clone)]
pub struct Table {
    /// The program.
    pub program: Program,
    /// In how many ways its steps can be interleaved.
    pub interleavings: Count,
    /// In how many of these nobody can go on although somebody has not eaten.
    pub deadlocked: Count,
    /// Each way to be stuck: who stands where and waits for whom.
    pub deadlocks: Vec<Vec<Blocked>>,
    /// The run to the first of them with the fewest preemptions.
    pub schedule: Option<Schedule>,
    /// How many states were looked into.
    pub states: usize,
    /// Whether these are all; if not, there may be other deadlocks.
    pub is_complete: bool,
}

/// The same table with three rules.
#[derive(Debug, Clone)]
pub struct Deadlock {
    /// Everybody takes the left fork, then the right one.
    pub broken: Table,
    /// Everybody takes the fork with the lower number first.
    pub ordered: Table,
    /// Everybody takes the left fork, tries the right one, and gives the left
    /// one back if that is taken: `try_lock`.
    pub giving_back: Table,
    notes: Vec<String>,
}

/// So many philosophers, each of whom eats once.
///
/// What can be simulated: 2 to 8 of them. Other numbers are replaced by the
/// nearest, with a note. A table with more states than are looked into says
/// so, and its counts are "at least".
///
/// ```
/// use twoaxes::pitfalls::deadlock;
///
/// let run = deadlock::simulate(2);
/// assert_eq!(run.broken.deadlocks.len(), 1);
/// assert_eq!(run.broken.deadlocks[0][0].waits_for, ["p2"]);
/// assert!(run.ordered.deadlocks.is_empty() && run.giving_back.deadlocks.is_empty());
/// ```
#[must_use]
pub fn simulate(philosophers: usize) -> Deadlock {
    let mut notes = Vec::new();
    let seats = count(PHILOSOPHERS.nearest(wide(philosophers), &mut notes));
    let locks =
        |ordered| locks(seats, ordered).unwrap_or_else(|error| none(&error, &mut Vec::new()));
    let (broken, ordered) = (locks(false), locks(true));
    let giving_back = trying(seats).unwrap_or_else(|error| none(&error, &mut notes));
    Deadlock {
        broken: explored(broken, MAX_STATES),
        ordered: explored(ordered, MAX_STATES),
        giving_back: explored(giving_back, MAX_LOOPING),
        notes,
    }
}

/// [`simulate`], but it refuses what it cannot simulate as asked.
///
/// # Errors
///
/// [`RangeError`] for a number of philosophers outside of its range.
pub fn try_simulate(philosophers: usize) -> Result<Deadlock, RangeError> {
    PHILOSOPHERS.check(wide(philosophers))?;
    Ok(simulate(philosophers))
}

/// A program with nothing to do, should the builder ever refuse ours.
fn none(error: &ProgramError, notes: &mut Vec<String>) -> Program {
    notes.push(format!("Nothing was simulated, please report it: {error}."));
    Program::increments(&[])
}

fn locks(seats: usize, ordered: bool) -> Result<Program, ProgramError> {
    let forks = (1..=seats).map(|fork| format!("fork{fork}"));
    let program = forks.fold(Program::builder(), |program, fork| program.lock(fork));
    let program = (1..=seats).fold(program, |program, seat| {
        let (left, right) = (seat, seat % seats + 1);
        let (first, second) = if ordered {
            (left.min(right), left.max(right))
        } else {
            (left, right)
        };
        let (first, second) = (format!("fork{first}"), format!("fork{second}"));
        program.thread(format!("p{seat}"), |t| {
            t.lock(&first).lock(&second).unlock(&second).unlock(&first)
        })
    });
    program.build()
}

/// Forks as variables: 0 on the table, 1 taken.
fn trying(seats: usize) -> Result<Program, ProgramError> {
    let forks = (1..=seats).map(|fork| format!("fork{fork}"));
    let program = forks.fold(Program::builder(), |program, fork| program.shared(fork, 0));
    let program = (1..=seats).fold(program, |program, seat| {
        let (left, right) = (format!("fork{seat}"), format!("fork{}", seat % seats + 1));
        program.thread(format!("p{seat}"), |t| eat_or_give_back(t, &left, &right))
    });
    program.build()
}

fn eat_or_give_back(t: Steps, left: &str, right: &str) -> Steps {
    t.set("hungry", 1).repeat_while("hungry == 1", |t| {
        t.compare_exchange("taken", left, 0, 1)
            .when("taken == 0", |t| {
                t.compare_exchange("taken", right, 0, 1)
                    .when("taken == 0", |t| t.store(right, 0).set("hungry", 0))
                    .store(left, 0)
            })
    })
}

fn explored(program: Program, most: usize) -> Table {
    let all = program.explore_within(most);
    let stuck = || {
        all.outcomes()
            .iter()
            .filter(|outcome| outcome.ending().is_deadlock())
    };
    let mut deadlocks: Vec<Vec<Blocked>> = Vec::new();
    for outcome in stuck() {
        if let Ending::Deadlock(blocked) = outcome.ending()
            && !deadlocks.contains(blocked)
        {
            deadlocks.push(blocked.clone());
        }
    }
    Table {
        interleavings: all.interleavings(),
        deadlocked: stuck().map(|outcome| outcome.interleavings()).sum(),
        deadlocks,
        schedule: all.deadlocks().first().map(|run| (*run).clone()),
        states: all.states(),
        is_complete: all.is_complete(),
        program,
    }
}

impl Table {
    fn endless(&self) -> String {
        match (self.interleavings.is_infinite(), self.is_complete) {
            (true, _) => "yes, they may try for ever",
            (false, true) => "no",
            (false, false) => "unknown",
        }
        .to_owned()
    }

    fn deadlocking(&self) -> String {
        match self.deadlocks.len() {
            0 if !self.is_complete => "none found".to_owned(),
            _ => self.deadlocked.to_string(),
        }
    }

    fn stuck(&self) -> String {
        match self.deadlocks.len() {
            0 if self.is_complete => "none".to_owned(),
            0 => "none found".to_owned(),
            found if self.is_complete => found.to_string(),
            found => format!("at least {found}"),
        }
    }
}

impl Deadlock {
    /// The three rules in numbers.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let all = [&self.broken, &self.ordered, &self.giving_back];
        let waits = self.broken.deadlocks.iter().flatten();
        let waits: Vec<String> = waits
            .map(|blocked| {
                format!(
                    "{} waits for {}",
                    blocked.thread,
                    blocked.waits_for.join(", ")
                )
            })
            .collect();
        let notice = format!(
            "With the left fork first there is a circle: {}. One order for all locks has no circle. \
             {}, but nothing says that somebody ever eats.",
            waits.join(", "),
            if self.giving_back.is_complete {
                "Giving back has none either"
            } else {
                "None was found with giving back"
            },
        );
        let mut notes = self.notes.clone();
        if !self.giving_back.is_complete {
            notes.push(format!(
                "Giving back has more states than the {} that were looked into.",
                self.giving_back.states
            ));
        }
        Comparison::new(
            format!("{} philosophers", self.broken.program.threads().len()),
            ["left first", "lower first", "give back"],
        )
        .row("deadlocks", all.map(Table::stuck))
        .row(
            "interleavings",
            all.map(|table| table.interleavings.to_string()),
        )
        .row("that deadlock", all.map(Table::deadlocking))
        .row("a run can be endless", all.map(Table::endless))
        .row("states", all.map(|table| table.states.to_string()))
        .notice(notice, &notes)
    }
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison().fmt(f)
    }
}
