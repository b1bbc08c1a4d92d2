//! Threads that compute and read the clock after every small step.

use std::time::{Duration, Instant};

use super::error::MeasureError;
use crate::machine::{self, Unit, Usage, Watch};
use crate::team::{Member, Team};
use crate::trace::Conditions;

/// Steps of a unit, which takes about 1 ms: the clock is read every 5 µs.
const STEPS: u64 = 200;

/// No run goes on for longer, whatever the machine does to it.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);

/// What one thread saw.
#[derive(Debug)]
pub(super) struct Seen {
    /// When it read the clock: before its first step, and after each one. In
    /// nanoseconds since the run was prepared.
    pub(super) readings: Vec<u64>,
    /// What the system counted for it meanwhile.
    pub(super) usage: Usage,
    /// On which CPU it was from which reading on.
    moves: Vec<(u64, u16)>,
    /// It came to the end of its work before the deadline.
    pub(super) done: bool,
    /// What it computed is what had to come out.
    pub(super) correct: bool,
}

impl Seen {
    /// The CPU on which it was at `time`.
    pub(super) fn cpu_at(&self, time: u64) -> Option<u16> {
        let known = self.moves.partition_point(|&(since, _)| since <= time);
        Some(self.moves.get(known.checked_sub(1)?)?.1)
    }
}

/// Two threads compute `units` units each, thread number n on the n-th of
/// `cpus`, or wherever the system puts it where that is `None`. Both have
/// ended when this returns.
///
/// `watched` are the CPUs whose conditions are told.
pub(super) fn run(
    cpus: [Option<u16>; 2],
    units: u64,
    watched: Vec<u16>,
) -> Result<([Seen; 2], Conditions), MeasureError> {
    let unit = machine::unit();
    let steps = Steps {
        step: Unit::of_rounds(unit.rounds() / STEPS),
        count: units.saturating_mul(STEPS),
        zero: Instant::now(),
    };
    let mut watch = None;
    let members = [0, 1].map(|number| Member::new(format!("barista {number}")).on(cpus[number]));
    let crew = Team::of(members).or_unpinned_fail().together(
        |_| steps.prepared(),
        || watch = Some(Watch::over(watched)),
        |number, readings| Some(steps.run(number, readings?)),
    )?;
    let seen: Vec<Seen> = crew.results.into_iter().flatten().collect();
    let (Ok(seen), Some(watch)) = (<[Seen; 2]>::try_from(seen), watch) else {
        return Err(MeasureError::Thread("it ended before its work".to_owned()));
    };
    let own = seen.iter().map(|seen| seen.usage).sum();
    Ok((seen, watch.finish_alone(own, 0)))
}

/// The work of one thread.
#[derive(Debug, Clone, Copy)]
struct Steps {
    step: Unit,
    count: u64,
    zero: Instant,
}

impl Steps {
    /// Room for all readings; `None` if they are too many for an address.
    fn prepared(self) -> Option<Vec<u64>> {
        // Written to once, so that the loop never stops for memory.
        let mut readings = vec![0; usize::try_from(self.count).ok()?.checked_add(1)?];
        std::hint::black_box(&mut readings).fill(1);
        readings.clear();
        Some(readings)
    }

    /// On thread `number` itself.
    fn run(self, number: usize, mut readings: Vec<u64>) -> Seen {
        let seed = u64::try_from(number).unwrap_or(0);
        let mut moves = Vec::with_capacity(64);
        let deadline = self.now().saturating_add(nanoseconds(DEADLINE));
        let before = Usage::of_thread();
        let mut state = seed;
        let mut now = self.now();
        readings.push(now);
        note_move(&mut moves, now);
        for _ in 0..self.count {
            state = self.step.compute(1, state);
            now = self.now();
            readings.push(now);
            note_move(&mut moves, now);
            if now > deadline {
                break;
            }
        }
        let usage = Usage::of_thread().since(before);
        let steps = u64::try_from(readings.len()).unwrap_or(0).saturating_sub(1);
        Seen {
            usage,
            moves,
            done: steps == self.count,
            correct: state == self.step.expected(steps, seed),
            readings,
        }
    }

    fn now(self) -> u64 {
        nanoseconds(self.zero.elapsed())
    }
}

/// Writes down a CPU that is another one than before.
fn note_move(moves: &mut Vec<(u64, u16)>, now: u64) {
    if let Some(cpu) = machine::current()
        && moves.last().is_none_or(|&(_, last)| last != cpu)
    {
        moves.push((now, cpu));
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
