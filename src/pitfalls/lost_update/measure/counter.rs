//! Threads that add to one counter.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crossbeam_utils::CachePadded;

use super::Tally;
use crate::machine::Unit;
use crate::pitfalls::measure::MeasureError;
use crate::pitfalls::range::wide;
use crate::record::Recorder;
use crate::team::{Member, Team};
use crate::trace::{SpanKind, TaskId};

/// A run ends after so many nanoseconds, also if it is not done.
const LIMIT: u64 = 2_000_000_000;

/// A thread that finds so many nanoseconds between two blocks was not running
/// all the time: a block takes far less, a time slice of the system far more.
const GAP: u64 = 300_000;

/// Between a load and its store: rounds of a generator, one after another.
const BETWEEN: u64 = 64;

/// How a thread adds 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    LoadStore,
    LoadComputeStore,
    LoadYieldStore,
    FetchAdd,
    Lock,
    Apart,
}

/// Where the additions go. Each on lines of its own, so that one does not slow
/// the other down.
#[derive(Debug, Default)]
struct Counter {
    atomic: CachePadded<AtomicU64>,
    locked: CachePadded<Mutex<u64>>,
}

/// One thread of a run.
struct Adder<'a> {
    recorder: &'a Recorder,
    task: TaskId,
    counter: &'a Counter,
    how: How,
}

/// Runs a thread for each of `places`, each of which makes `rounds` additions.
pub(super) fn run(
    title: &str,
    how: How,
    places: &[Option<u16>],
    rounds: u64,
) -> Result<Tally, MeasureError> {
    let recorder = Recorder::new(title);
    let names: Vec<String> = (0..places.len()).map(super::report::name).collect();
    let tasks: Vec<TaskId> = names.iter().map(|name| recorder.task(name)).collect();
    let counter = Counter::default();
    let thread = |number: usize| format!("thread {}", number + 1);
    let members = (0..).zip(places);
    let team = Team::of(members.map(|(number, &cpu)| Member::new(thread(number)).on(cpu)));
    let add = |number: usize| {
        let adder = Adder {
            recorder: &recorder,
            task: tasks.get(number).copied().unwrap_or(TaskId(number)),
            counter: &counter,
            how,
        };
        adder.run(rounds)
    };
    let crew = team.together(
        |number| recorder.enter(thread(number)),
        || recorder.begin(),
        |number, _at| add(number),
    )?;
    crew.notes()
        .into_iter()
        .for_each(|note| recorder.note(note));
    let turns = crew.results;
    let starts = turns.iter().map(|turn| turn.start).min();
    let ends = turns.iter().map(|turn| turn.end).max();
    let additions: u64 = turns.iter().map(|turn| turn.made).sum();
    let asked = rounds.saturating_mul(wide(places.len()));
    if additions < asked {
        recorder.note(format!(
            "It was ended after {} seconds, with {additions} of {asked} additions made.",
            LIMIT / 1_000_000_000
        ));
    }
    let trace = recorder.finish();
    let cpus: BTreeSet<u16> = trace.spans().iter().filter_map(|span| span.cpu).collect();
    let locked = counter.locked.lock();
    let locked = *locked.unwrap_or_else(PoisonError::into_inner);
    Ok(Tally {
        additions,
        value: counter.atomic.load(Ordering::Relaxed) + locked,
        time: ends.unwrap_or(0).saturating_sub(starts.unwrap_or(0)),
        preemptions: trace.conditions().map_or(0, |found| found.preemptions),
        cpu_time: trace.conditions().map_or(0, |found| found.cpu_time),
        cpus: cpus.into_iter().collect(),
        trace,
    })
}

/// What one thread did, in nanoseconds of the recorder.
#[derive(Debug, Clone, Copy)]
struct Turn {
    made: u64,
    start: u64,
    end: u64,
}

impl Adder<'_> {
    fn run(&self, rounds: u64) -> Turn {
        match self.how {
            How::LoadYieldStore => self.yielding(rounds),
            _ => self.in_blocks(rounds),
        }
    }

    /// Looks at the clock after each block, and takes a gap for an
    /// interruption: what lies before it and after it are two spans.
    fn in_blocks(&self, rounds: u64) -> Turn {
        let block = match self.how {
            How::Lock | How::LoadComputeStore => 100,
            _ => 1_000,
        };
        let start = self.recorder.now();
        let (mut since, mut last, mut made, mut own) = (start, start, 0, 0_u64);
        while made < rounds && last - start < LIMIT {
            let some = block.min(rounds - made);
            self.add(some, &mut own);
            made += some;
            let now = self.recorder.now();
            if now - last > GAP {
                self.ran(since, last);
                since = now;
            }
            last = now;
        }
        if self.how == How::Apart {
            self.counter.atomic.fetch_add(own, Ordering::Relaxed);
        }
        self.ran(since, last);
        Turn {
            made,
            start,
            end: last,
        }
    }

    /// Adds 1 so many times.
    fn add(&self, rounds: u64, own: &mut u64) {
        let (atomic, locked) = (&*self.counter.atomic, &*self.counter.locked);
        match self.how {
            How::LoadStore | How::LoadYieldStore => {
                for _ in 0..rounds {
                    // Compilers for x86 would make one instruction of the two
                    // (`incq`), which an interrupt cannot split: nothing
                    // would be lost on one CPU, and much on two.
                    let seen = black_box(atomic.load(Ordering::Relaxed));
                    atomic.store(seen + 1, Ordering::Relaxed);
                }
            }
            How::LoadComputeStore => {
                let between = Unit::of_rounds(BETWEEN);
                for _ in 0..rounds {
                    let seen = atomic.load(Ordering::Relaxed);
                    black_box(between.compute(1, seen));
                    atomic.store(seen + 1, Ordering::Relaxed);
                }
            }
            How::FetchAdd => {
                for _ in 0..rounds {
                    atomic.fetch_add(1, Ordering::Relaxed);
                }
            }
            How::Lock => {
                for _ in 0..rounds {
                    *locked.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                }
            }
            How::Apart => {
                for _ in 0..rounds {
                    // One by one, as the others do.
                    *own = black_box(*own) + 1;
                }
            }
        }
    }

    /// Every yield ends a span: the others run until it returns.
    fn yielding(&self, rounds: u64) -> Turn {
        let atomic = &*self.counter.atomic;
        let start = self.recorder.now();
        let (mut since, mut made) = (start, 0);
        while made < rounds && since - start < LIMIT {
            let seen = atomic.load(Ordering::Relaxed);
            self.ran(since, self.recorder.now());
            std::thread::yield_now();
            since = self.recorder.now();
            atomic.store(seen + 1, Ordering::Relaxed);
            made += 1;
        }
        let end = self.recorder.now();
        self.ran(since, end);
        Turn { made, start, end }
    }

    fn ran(&self, start: u64, end: u64) {
        self.recorder
            .note_span(self.task, SpanKind::Run, start, end);
    }
}
