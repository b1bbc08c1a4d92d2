//! Looks, one after another, as a trace.

use std::collections::{BTreeSet, HashMap};

use super::look::{Look, Seen};
use crate::trace::{Trace, TraceError};

/// The most threads of a picture: those that computed most.
const MOST_THREADS: usize = 40;

/// The most stretches that are kept; what comes later is not told.
const MOST_STRETCHES: usize = 40_000;

/// Fewer say nothing about how often it was looked at.
const FEWEST_LOOKS: u64 = 5;

/// A thread that has had nearly all of the time between two looks ran all of it.
const NEARLY_ALL: f64 = 0.9;

/// Below this share of the time between two looks a thread only did what it does to
/// sleep on.
const NOTHING: f64 = 0.02;

/// What one thread did, from one time to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    /// `None` while it slept.
    cpu: Option<u16>,
    start: u64,
    end: u64,
}

#[derive(Debug)]
struct Thread {
    name: String,
    first: u64,
    /// Whether it began while the cell ran.
    is_new: bool,
    /// By its last look.
    cpu_time: u64,
    /// In all of the cell.
    used: u64,
    stretches: Vec<Stretch>,
}

/// What the threads of a cell have done so far.
#[derive(Debug, Default)]
pub struct Story {
    last: u64,
    looks: u64,
    threads: Vec<Thread>,
    places: HashMap<i32, usize>,
    stretches: usize,
    own: u64,
}

impl Story {
    /// A story that begins at `first`.
    pub fn new(first: Look) -> Self {
        let mut story = Self {
            last: first.at,
            ..Self::default()
        };
        for seen in &first.threads {
            story.place(seen, first.at, false);
        }
        story
    }

    /// What has happened up to `look`.
    pub fn add(&mut self, look: Look) {
        let start = self.last;
        let end = look.at.max(start);
        self.last = end;
        if start == end || self.stretches >= MOST_STRETCHES {
            return;
        }
        self.looks += 1;
        let length = (end - start) as f64;
        let mut busy: HashMap<u16, usize> = HashMap::new();
        let mut shares = Vec::new();
        for seen in &look.threads {
            let place = self.place(seen, start, true);
            let thread = &mut self.threads[place];
            let had = seen.cpu_time.saturating_sub(thread.cpu_time);
            thread.cpu_time = seen.cpu_time;
            // A thread begins with the name of the process, and takes its own then.
            thread.name.clone_from(&seen.name);
            thread.used += had;
            let share = had as f64 / length;
            if share >= NOTHING {
                *busy.entry(seen.cpu).or_default() += 1;
            }
            shares.push((place, had, share));
        }
        // Threads that shared a CPU stand there one after another.
        let mut free: HashMap<u16, u64> = HashMap::new();
        for (seen, (place, had, share)) in look.threads.iter().zip(shares) {
            let ran = if share < NOTHING {
                None
            } else if share >= NEARLY_ALL && busy[&seen.cpu] == 1 {
                Some((start, end))
            } else {
                let from = free.get(&seen.cpu).copied().unwrap_or(start);
                let to = from.saturating_add(had).min(end);
                free.insert(seen.cpu, to);
                Some((from, to))
            };
            self.note(place, seen, ran, (start, end));
        }
    }

    /// Adds what a thread did between two looks: it `ran` for a part, and else it slept,
    /// or wanted to run.
    fn note(&mut self, place: usize, seen: &Seen, ran: Option<(u64, u64)>, time: (u64, u64)) {
        let mut add = |cpu, start, end| {
            let stretches = &mut self.threads[place].stretches;
            match stretches.last_mut() {
                Some(last) if last.cpu == cpu && last.end == start => last.end = end,
                _ if start < end => {
                    stretches.push(Stretch { cpu, start, end });
                    self.stretches += 1;
                }
                _ => {}
            }
        };
        let (from, to) = ran.unwrap_or((time.1, time.1));
        if seen.sleeps {
            add(None, time.0, from);
        }
        if ran.is_some() {
            add(Some(seen.cpu), from, to);
        }
        if seen.sleeps && to < time.1 {
            add(None, to, time.1);
        }
    }

    /// What looking itself has taken of the CPUs, in nanoseconds.
    pub fn own(&mut self, cpu_time: u64) {
        self.own = cpu_time;
    }

    fn place(&mut self, seen: &Seen, first: u64, is_new: bool) -> usize {
        if let Some(place) = self.places.get(&seen.number) {
            return *place;
        }
        self.places.insert(seen.number, self.threads.len());
        self.threads.push(Thread {
            name: seen.name.clone(),
            first,
            is_new,
            cpu_time: if is_new { 0 } else { seen.cpu_time },
            used: 0,
            stretches: Vec::new(),
        });
        self.threads.len() - 1
    }

    /// All of it as a trace. `Err` says why there is none.
    pub fn told(self) -> Result<Trace, String> {
        if self.threads.is_empty() {
            return Err("The system does not show the threads of this cell.".to_owned());
        }
        self.trace()
            .map_err(|error| format!("The threads of this cell make no trace: {error}"))
    }

    fn trace(self) -> Result<Trace, TraceError> {
        let mut run = Trace::measured("threads of this cell", "ns");
        let (threads, left_out) = chosen(self.threads);
        let cpus: BTreeSet<u16> = threads
            .iter()
            .flat_map(|thread| &thread.stretches)
            .filter_map(|stretch| stretch.cpu)
            .collect();
        let workers: HashMap<u16, _> = cpus
            .into_iter()
            .map(|cpu| (cpu, run.worker(format!("CPU {cpu}"))))
            .collect();
        for (thread, name) in threads.iter().zip(names(&threads)) {
            let task = run.task_arriving(name, thread.first);
            for Stretch { cpu, start, end } in &thread.stretches {
                match cpu.and_then(|cpu| workers.get(&cpu)) {
                    Some(worker) => run.run(task, *worker, *start, *end),
                    None => run.wait(task, *start, *end),
                };
            }
        }
        let (time, looks) = (self.last as f64, self.looks.max(1) as f64);
        run.note(match self.looks < FEWEST_LOOKS {
            true => "The cell was over before it could be looked at more than once or twice.".to_owned(),
            false => format!(
                "Looked at every {:.1} ms, for {:.1} % of one CPU: what is shorter is missing, or not quite in its place.",
                time / looks / 1e6,
                100.0 * self.own as f64 / time.max(1.0),
            ),
        });
        if left_out > 0 {
            run.note(format!(
                "{left_out} threads that computed less are left out."
            ));
        }
        if self.stretches >= MOST_STRETCHES {
            run.note("So much happened that only its beginning is shown.");
        }
        run.build()
    }
}

/// The threads that did something in the cell, and how many of them are too many.
fn chosen(threads: Vec<Thread>) -> (Vec<Thread>, usize) {
    let mut active: Vec<Thread> = threads
        .into_iter()
        .filter(|thread| thread.is_new || thread.name == "cell" || ran(thread))
        .collect();
    let mut most: Vec<u64> = active.iter().map(|thread| thread.used).collect();
    most.sort_unstable_by(|a, b| b.cmp(a));
    let all = active.len();
    if let Some(least) = most.get(MOST_THREADS) {
        active.retain(|thread| thread.name == "cell" || thread.used > *least);
    }
    let left_out = all - active.len();
    (active, left_out)
}

fn ran(thread: &Thread) -> bool {
    thread.stretches.iter().any(|stretch| stretch.cpu.is_some())
}

/// Names of their own: a thread without one has that of the process.
fn names(threads: &[Thread]) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for thread in threads {
        *counts.entry(name_of(thread)).or_default() += 1;
    }
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let named = threads.iter().map(|thread| {
        let name = name_of(thread);
        let number = numbers.entry(name).or_default();
        *number += 1;
        match counts[name] > 1 || name == UNNAMED {
            true => format!("{name} {number}"),
            false => name.to_owned(),
        }
    });
    named.collect()
}

const UNNAMED: &str = "thread";

/// Linux cuts names after 15 characters.
fn name_of(thread: &Thread) -> &str {
    match thread.name.as_str() {
        "twoaxes-kernel" | "" => UNNAMED,
        name => name,
    }
}
