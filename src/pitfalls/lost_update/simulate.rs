//! Three ways to count, each explored in all of its interleavings.

use std::fmt;

use crate::model::program::Schedule;
use crate::model::{Count, Program, ProgramError};
use crate::pitfalls::comparison::Comparison;
use crate::pitfalls::range::{Range, RangeError, count, wide};
use crate::trace::{Origin, Trace};

const THREADS: Range = Range {
    what: "threads",
    least: 1,
    most: 8,
};
const ROUNDS: Range = Range {
    what: "rounds",
    least: 1,
    most: 20,
};

/// So that the answer comes at once; two threads of 20 rounds need fewer.
const MAX_STATES: usize = 500_000;

/// A program that counts, and everything that it can do.
#[derive(Debug, Clone)]
pub struct Counting {
    /// The program.
    pub program: Program,
    /// In how many ways its steps can be interleaved.
    pub interleavings: Count,
    /// In how many of these an update is lost.
    pub losing: Count,
    /// The final values of the counter, each with its number of interleavings.
    pub finals: Vec<(i64, Count)>,
    /// A run that loses an update by one preemption, which is the fewest.
    pub schedule: Option<Schedule>,
}

/// Counting in three ways.
#[derive(Debug, Clone)]
pub struct LostUpdate {
    /// A load, then a store of one more.
    pub broken: Counting,
    /// One step that does both.
    pub atomic: Counting,
    /// A load and a store, with a lock around them.
    pub locked: Counting,
    /// A run of the broken program on one core that loses an update with one
    /// preemption: the first thread is interrupted after its first load until
    /// all others are finished. One tick for each step.
    pub one_core: Trace,
    notes: Vec<String>,
}

/// Each of `threads` adds 1 to a shared counter so many times.
///
/// What can be simulated: 1 to 8 threads, 1 to 20 rounds. Other numbers are
/// replaced by the nearest, with a note. Where a program has more than 500,000
/// states, counts are "at least".
///
/// ```
/// use twoaxes::pitfalls::lost_update;
///
/// let run = lost_update::simulate(2, 1);
/// assert!(run.broken.interleavings == 6 && run.broken.losing == 4);
/// assert!(run.atomic.losing == 0 && run.locked.losing == 0);
/// ```
#[must_use]
pub fn simulate(threads: usize, rounds: usize) -> LostUpdate {
    let mut notes = Vec::new();
    let threads = count(THREADS.nearest(wide(threads), &mut notes));
    let rounds = count(ROUNDS.nearest(wide(rounds), &mut notes));
    let broken = Program::increments(&vec![rounds; threads]);
    // Both are programs that the builder takes; the first of all would be
    // shown in place of one that it does not.
    let atomic = atomic(threads, rounds).unwrap_or_else(|_| broken.clone());
    let locked = locked(threads, rounds).unwrap_or_else(|_| broken.clone());
    LostUpdate {
        one_core: one_core(&broken),
        broken: explored(broken),
        atomic: explored(atomic),
        locked: explored(locked),
        notes,
    }
}

/// [`simulate`], but it refuses what it cannot simulate as asked.
///
/// # Errors
///
/// [`RangeError`] for a number of threads or rounds outside of its range.
pub fn try_simulate(threads: usize, rounds: usize) -> Result<LostUpdate, RangeError> {
    THREADS.check(wide(threads))?;
    ROUNDS.check(wide(rounds))?;
    Ok(simulate(threads, rounds))
}

fn atomic(threads: usize, rounds: usize) -> Result<Program, ProgramError> {
    let program = Program::builder().shared("x", 0);
    let program = (0..threads).fold(program, |program, thread| {
        program.thread(name(thread), |t| {
            t.times(rounds, |t| t.fetch_add("r", "x", 1))
        })
    });
    program.ensure(format!("x == {}", threads * rounds)).build()
}

fn locked(threads: usize, rounds: usize) -> Result<Program, ProgramError> {
    let program = Program::builder().shared("x", 0).lock("door");
    let program = (0..threads).fold(program, |program, thread| {
        program.thread(name(thread), |t| {
            t.times(rounds, |t| {
                t.lock("door")
                    .load("r", "x")
                    .store("x", "r + 1")
                    .unlock("door")
            })
        })
    });
    program.ensure(format!("x == {}", threads * rounds)).build()
}

/// A, B, C: as [`Program::increments`] names them.
fn name(thread: usize) -> String {
    let letter = u8::try_from(thread).unwrap_or(0).saturating_add(b'A');
    char::from(letter).to_string()
}

fn explored(program: Program) -> Counting {
    let all = program.explore_within(MAX_STATES);
    let bad = all
        .outcomes()
        .iter()
        .filter(|outcome| !outcome.ending().is_good());
    let finals = all.outcomes().iter().filter_map(|outcome| {
        let value = outcome.value("x")?;
        Some((value, outcome.interleavings()))
    });
    let unseen = (!all.is_complete()).then(Count::unknown);
    let losing = bad.map(|outcome| outcome.interleavings());
    Counting {
        interleavings: all.interleavings(),
        losing: losing.chain(unseen).sum(),
        finals: finals.collect(),
        schedule: interrupted(&program).filter(loses),
        program,
    }
}

/// One preemption: the first thread makes one step, all others do all of
/// theirs, the first goes on.
fn interrupted(program: &Program) -> Option<Schedule> {
    let (mut state, mut way) = (program.start(), Vec::new());
    let others = (1..program.threads().len()).map(|thread| (thread, usize::MAX));
    let turns = [(0, 1)].into_iter().chain(others);
    for (thread, most) in turns.chain([(0, usize::MAX)]) {
        for _ in 0..most {
            let Some(stepped) = program.step(&state, thread) else {
                break;
            };
            state = stepped.state;
            way.push(thread);
        }
    }
    program.replay(&way).ok()
}

fn loses(run: &Schedule) -> bool {
    run.ending()
        .is_some_and(|ending| !ending.is_good() && !ending.is_deadlock())
}

/// The run that [`interrupted`] gives, on one core, a tick for each step.
fn one_core(program: &Program) -> Trace {
    let title = "One core, one preemption";
    let mut trace = Trace::simulated(title);
    let tasks: Vec<_> = program
        .threads()
        .iter()
        .map(|name| trace.task(*name))
        .collect();
    let core = trace.worker("core");
    let Some(run) = interrupted(program) else {
        return Trace::empty(Origin::Simulated, title, "ticks", "There is no such run.");
    };
    let mut now = 0;
    for turn in run.threads().chunk_by(|a, b| a == b) {
        let end = now + wide(turn.len());
        if let Some(&task) = turn.first().and_then(|&thread| tasks.get(thread)) {
            trace.run(task, core, now, end);
        }
        now = end;
    }
    let state = run.end();
    if let Some(value) = state.value("x") {
        trace.note(format!(
            "In the end x is {value}. It should be {}.",
            now / 2
        ));
    }
    trace.build().unwrap_or_else(|error| {
        let note = format!("The simulation contradicts itself, please report it: {error}.");
        Trace::empty(Origin::Simulated, title, "ticks", note)
    })
}

impl Counting {
    /// The share of interleavings that lose an update, between 0 and 1; `None`
    /// where a count is only known from below. No probability: schedulers do
    /// not draw all interleavings alike.
    #[must_use]
    pub fn share_lost(&self) -> Option<f64> {
        let exact = self.interleavings.is_exact() && self.losing.is_exact();
        exact.then(|| self.losing.share_of(&self.interleavings))
    }

    /// A search that was cut short before it saw an update lost knows nothing.
    fn lost(&self) -> String {
        if !self.losing.is_exact() && self.losing.digits() == "0" {
            return "unknown".to_owned();
        }
        short(&self.losing)
    }

    fn share(&self) -> String {
        match self.share_lost() {
            None => "unknown".to_owned(),
            Some(share) if (0.9995..1.0).contains(&share) => "over 99.9%".to_owned(),
            Some(share) => format!("{:.1}%", share * 100.0),
        }
    }

    fn final_values(&self) -> String {
        let (first, last) = (self.finals.first(), self.finals.last());
        match (first, last) {
            (Some((first, _)), Some((last, _))) if first == last => format!("always {first}"),
            (Some((first, _)), Some((last, _))) => format!("{first} to {last}"),
            _ => "unknown".to_owned(),
        }
    }
}

impl LostUpdate {
    /// The three ways in numbers.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let all = [&self.broken, &self.atomic, &self.locked];
        let of_all = short(&self.broken.interleavings);
        let how_many = match self.broken.share_lost() {
            Some(share) if share > 0.999 => {
                format!("Nearly all of {of_all} interleavings of loads and stores lose an update.")
            }
            Some(_) => format!(
                "{} of the {of_all} interleavings of loads and stores lose an update.",
                short(&self.broken.losing)
            ),
            None => {
                "There are more interleavings of loads and stores than were looked into. Some lose an update."
                    .to_owned()
            }
        };
        let notice = if self.broken.program.threads().len() == 1 {
            "One thread has nobody to lose an update to: it takes two.".to_owned()
        } else {
            format!(
                "{how_many} None needs a second core: a thread that is interrupted between its load and its store is enough. \
                 A step that does both, or a lock around the two, leaves no place for that."
            )
        };
        Comparison::new(
            "Adding to a shared counter",
            ["load, store", "fetch_add", "lock"],
        )
        .row("interleavings", all.map(|way| short(&way.interleavings)))
        .row("lose an update", all.map(Counting::lost))
        .row("share that does", all.map(Counting::share))
        .row("final value", all.map(Counting::final_values))
        .notice(notice, &self.notes)
    }
}

/// All digits of a small number, the order of magnitude of a large one.
fn short(count: &Count) -> String {
    if count.digits().len() <= 12 {
        return count.to_string();
    }
    let about = if count.is_exact() {
        "about"
    } else {
        "at least"
    };
    format!("{about} {:.2e}", count.to_f64())
}

impl fmt::Display for LostUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison().fmt(f)
    }
}
