//! Threads that compute and read the clock after every small step.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::error::MeasureError;
use crate::machine::{self, PinError, Pinned, Unit, Usage, Watch};
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
    let gate = Gate::default();
    thread::scope(|scope| {
        // However this is left, nobody waits at the gate for ever.
        let closed = Closes(&gate);
        let (ready, kept) = channel();
        let spawn = |number: usize, ready: Sender<_>| {
            let gate = &gate;
            let cpu = cpus[number];
            thread::Builder::new()
                .name(format!("barista {number}"))
                .spawn_scoped(scope, move || steps.on(cpu, number, gate, &ready))
                .map_err(|error| MeasureError::Thread(error.to_string()))
        };
        let (a, b) = (spawn(0, ready.clone())?, spawn(1, ready)?);
        for result in kept.iter().take(2) {
            result?;
        }
        let watch = Watch::over(watched);
        gate.open(true);
        drop(closed);
        let ended = |handle: thread::ScopedJoinHandle<'_, Option<Seen>>| {
            let ended = handle.join().ok().flatten();
            ended.ok_or_else(|| MeasureError::Thread("it ended before its work".to_owned()))
        };
        let seen = [ended(a)?, ended(b)?];
        let own = seen.iter().map(|seen| seen.usage).sum();
        Ok((seen, watch.finish(own, 0)))
    })
}

/// The work of one thread.
#[derive(Debug, Clone, Copy)]
struct Steps {
    step: Unit,
    count: u64,
    zero: Instant,
}

impl Steps {
    /// On the thread itself. `None` if there was nothing to begin.
    fn on(
        self,
        cpu: Option<u16>,
        number: usize,
        gate: &Gate,
        ready: &Sender<Result<(), PinError>>,
    ) -> Option<Seen> {
        let pinned = keep_on(cpu);
        // Written to once, so that the loop never stops for memory.
        let mut readings = vec![0; usize::try_from(self.count).ok()?.checked_add(1)?];
        std::hint::black_box(&mut readings).fill(1);
        readings.clear();
        let (result, _pinned) = match pinned {
            Ok(pinned) => (Ok(()), pinned),
            Err(error) => (Err(error), None),
        };
        ready.send(result).ok()?;
        if !gate.passed() {
            return None;
        }
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
        Some(Seen {
            usage,
            moves,
            done: steps == self.count,
            correct: state == self.step.expected(steps, seed),
            readings,
        })
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

/// Keeps the calling thread on `cpu`. Where there is no other one, nothing has
/// to be asked of the system, which might refuse.
fn keep_on(cpu: Option<u16>) -> Result<Option<Pinned>, PinError> {
    match cpu {
        None => Ok(None),
        Some(cpu) if machine::allowed() == [cpu] => Ok(None),
        Some(cpu) => machine::pin(&[cpu]).map(Some),
    }
}

/// Lets all threads begin at one instant, or none.
#[derive(Debug, Default)]
struct Gate {
    open: Mutex<Option<bool>>,
    changed: Condvar,
}

impl Gate {
    /// Says once and for all whether threads may pass.
    fn open(&self, pass: bool) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get_or_insert(pass);
        drop(open);
        self.changed.notify_all();
    }

    fn passed(&self) -> bool {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = self.changed.wait_while(open, |open| open.is_none());
        waiting
            .unwrap_or_else(PoisonError::into_inner)
            .unwrap_or(false)
    }
}

/// Sends away whoever waits at a gate that was not opened.
struct Closes<'a>(&'a Gate);

impl Drop for Closes<'_> {
    fn drop(&mut self) {
        self.0.open(false);
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
