//! A dinner: a thread for each philosopher, real locks, and somebody who
//! watches who waits for whom.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::fork::{Fork, Taken};
use super::graph::{Graph, Seen, Wait};
use super::{Circle, Dinner};
use crate::machine::{Unit, unit};
use crate::model::program::Blocked;
use crate::pitfalls::team::MeasureError;
use crate::pitfalls::team::measure::{Member, together};
use crate::record::Recorder;
use crate::trace::TaskId;

/// Whoever is still hungry by then leaves.
const DEADLINE: Duration = Duration::from_secs(10);

/// How long a circle is watched before somebody has to give up: nobody in it
/// moves meanwhile, which is what a deadlock is.
const STANDS: Duration = Duration::from_millis(50);

/// Eating takes so many units of computation, of about a millisecond each.
const MEAL: u64 = 2;

/// How forks are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    LeftFirst,
    LowerFirst,
    GivingBack,
}

/// What all threads share.
struct Table<'a> {
    rule: Rule,
    recorder: &'a Recorder,
    tasks: Vec<TaskId>,
    forks: Vec<Fork>,
    give_up: Vec<AtomicBool>,
    graph: Graph,
    meeting: Meeting,
    unit: Unit,
    /// When the first of them began, on the recorder's clock: whoever watches
    /// may come much later.
    began: AtomicU64,
    until: Instant,
}

/// What became of one philosopher.
#[derive(Debug, Clone, Copy, Default)]
struct Evening {
    ate: bool,
    given_back: u64,
    /// Whether the meal, a computation, had the result that it should have.
    right: bool,
}

/// Lets so many philosophers eat once, by `rule`. All take their first fork
/// before anybody reaches for a second one, as far as the rule allows it.
pub(super) fn dine(title: &str, rule: Rule, seats: usize) -> Result<Dinner, MeasureError> {
    let recorder = Recorder::new(title);
    let names: Vec<String> = (0..seats).map(name).collect();
    let members: Vec<Member> = names
        .iter()
        .map(|name| Member {
            name: format!("thread of {name}"),
            cpu: None,
        })
        .collect();
    let table = Table {
        rule,
        recorder: &recorder,
        tasks: names.iter().map(|name| recorder.task(name)).collect(),
        forks: (0..seats).map(|_| Fork::default()).collect(),
        give_up: (0..seats).map(|_| AtomicBool::new(false)).collect(),
        graph: Graph::new(seats),
        // Who takes the lower fork first and sits at the end of the table
        // reaches for the first one, which may be taken.
        meeting: Meeting::of(seats - usize::from(rule == Rule::LowerFirst)),
        unit: unit(),
        began: AtomicU64::new(u64::MAX),
        until: Instant::now() + DEADLINE,
    };
    let mut circles = Vec::new();
    let evenings = together(
        &recorder,
        &members,
        |who| table.sit(who),
        || circles = table.watch(),
    )?;
    let meals = evenings.iter().filter(|evening| evening.ate).count();
    if meals < seats {
        recorder.note(format!(
            "{} of {seats} philosophers were still hungry after {} seconds.",
            seats - meals,
            DEADLINE.as_secs()
        ));
    }
    if evenings.iter().any(|evening| evening.ate && !evening.right) {
        recorder.note("A computation had a wrong result, please report it.");
    }
    Ok(Dinner {
        philosophers: seats,
        meals,
        circles,
        given_back: evenings.iter().map(|evening| evening.given_back).sum(),
        trace: recorder.finish(),
    })
}

impl Table<'_> {
    /// One philosopher, until the plate is empty or it is too late.
    fn sit(&self, who: usize) -> Evening {
        self.began.fetch_min(self.recorder.now(), Ordering::AcqRel);
        let mut evening = Evening::default();
        let [first, second] = self.order(who);
        let mut meets = self.rule != Rule::LowerFirst || first == who;
        while !evening.ate && Instant::now() < self.until {
            if self.take(who, first) != Taken::Yes {
                continue;
            }
            if std::mem::take(&mut meets) {
                self.blocked(who, || self.meeting.wait(self.until));
            }
            if self.take_second(who, second) {
                self.eat(who, &mut evening);
                self.put(second);
            } else {
                evening.given_back += 1;
            }
            self.put(first);
            if !evening.ate {
                std::thread::yield_now();
            }
        }
        self.graph.leaves();
        evening
    }

    /// The forks of philosopher `who`, in the order in which they are taken.
    fn order(&self, who: usize) -> [usize; 2] {
        let (left, right) = (who, (who + 1) % self.forks.len().max(1));
        match self.rule {
            Rule::LowerFirst => [left.min(right), left.max(right)],
            Rule::LeftFirst | Rule::GivingBack => [left, right],
        }
    }

    fn take_second(&self, who: usize, fork: usize) -> bool {
        if self.rule != Rule::GivingBack {
            return self.take(who, fork) == Taken::Yes;
        }
        let taken = self.forks.get(fork).is_some_and(|fork| fork.try_take(who));
        if taken {
            self.graph.holds(who, fork);
        }
        taken
    }

    /// Waits for a fork, and says so in the graph.
    fn take(&self, who: usize, fork: usize) -> Taken {
        let (Some(lock), Some(give_up)) = (self.forks.get(fork), self.give_up.get(who)) else {
            return Taken::Late;
        };
        self.graph.wants(who, fork);
        let taken = self.blocked(who, || lock.take(who, self.until, give_up));
        match taken {
            Taken::Yes => self.graph.holds(who, fork),
            Taken::GaveUp | Taken::Late => self.graph.wants_nothing(who),
        }
        give_up.store(false, Ordering::Release);
        taken
    }

    fn put(&self, fork: usize) {
        self.graph.gives_back(fork);
        if let Some(fork) = self.forks.get(fork) {
            fork.give_back();
        }
    }

    fn eat(&self, who: usize, evening: &mut Evening) {
        let seed = u64::try_from(who).unwrap_or(0);
        let meal = || self.unit.compute(MEAL, seed);
        let found = match self.tasks.get(who) {
            Some(&task) => self.recorder.run(task, meal),
            None => meal(),
        };
        evening.right = found == self.unit.expected(MEAL, seed);
        evening.ate = true;
    }

    fn blocked<T>(&self, who: usize, wait: impl FnOnce() -> T) -> T {
        match self.tasks.get(who) {
            Some(&task) => self.recorder.blocked(task, wait),
            None => wait(),
        }
    }

    /// Finds circles in the graph, and breaks each by making its last member
    /// give up, until everybody has left.
    fn watch(&self) -> Vec<Circle> {
        let (mut last, mut circles) = (0, Vec::new());
        while let Seen::Circle(waits, version) = self.graph.watch(last, self.until) {
            let found = self.recorder.now();
            last = version;
            // It can't move by itself; should it ever, it was none.
            if !self.graph.stays(version, STANDS) {
                continue;
            }
            let stood = self.recorder.now().saturating_sub(found);
            let victim = waits.last().map_or(0, |wait| wait.who);
            circles.push(Circle {
                waits: waits.iter().map(told).collect(),
                // The graph's lock orders this behind everybody's beginning.
                found_after: found.saturating_sub(self.began.load(Ordering::Acquire)),
                stood,
                victim: name(victim),
            });
            if let Some(give_up) = self.give_up.get(victim) {
                give_up.store(true, Ordering::Release);
            }
            let wanted = waits.last().and_then(|wait| self.forks.get(wait.fork));
            if let Some(fork) = wanted {
                fork.look_up();
            }
        }
        circles
    }
}

/// Where philosophers wait until so many hold a fork.
#[derive(Debug)]
struct Meeting {
    missing: Mutex<usize>,
    changed: Condvar,
}

impl Meeting {
    fn of(guests: usize) -> Self {
        Self {
            missing: Mutex::new(guests),
            changed: Condvar::new(),
        }
    }

    fn wait(&self, until: Instant) {
        let missing = self.missing.lock();
        let mut missing = missing.unwrap_or_else(PoisonError::into_inner);
        *missing = missing.saturating_sub(1);
        self.changed.notify_all();
        let left = until.saturating_duration_since(Instant::now());
        let others = |missing: &mut usize| *missing > 0;
        // All there, or too late: both are seen by what comes next.
        drop(self.changed.wait_timeout_while(missing, left, others));
    }
}

/// As the simulated philosophers are called.
fn name(who: usize) -> String {
    format!("p{}", who + 1)
}

/// A wait in the words of the simulation, with the same picture.
fn told(wait: &Wait) -> Blocked {
    Blocked {
        thread: name(wait.who),
        statement: format!("lock fork{}", wait.fork + 1),
        waits_for: vec![name(wait.holder)],
    }
}
