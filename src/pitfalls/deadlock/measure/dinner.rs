//! A dinner: a thread for each philosopher, real locks, and somebody who
//! watches who waits for whom.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::fork::{Fork, Taken};
use super::graph::{Graph, Seen, Wait};
use super::{Circle, Dinner};
use crate::machine::{Unit, unit};
use crate::model::program::Blocked;
use crate::pitfalls::measure::MeasureError;
use crate::record::Recorder;
use crate::team::{Deadline, Gate, Member, Team};
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
    /// Where philosophers wait until all of the guests hold a fork.
    meeting: Gate,
    guests: usize,
    unit: Unit,
    deadline: Deadline,
    /// When the first of them began, on the recorder's clock: whoever watches
    /// may come much later.
    began: AtomicU64,
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
    let thread = |who: usize| format!("thread of {}", name(who));
    let table = Table {
        rule,
        recorder: &recorder,
        tasks: names.iter().map(|name| recorder.task(name)).collect(),
        forks: (0..seats).map(|_| Fork::default()).collect(),
        give_up: (0..seats).map(|_| AtomicBool::new(false)).collect(),
        graph: Graph::new(seats),
        // Who takes the lower fork first and sits at the end of the table
        // reaches for the first one, which may be taken.
        guests: seats - usize::from(rule == Rule::LowerFirst),
        meeting: Gate::default(),
        unit: unit(),
        deadline: Deadline::after(DEADLINE),
        began: AtomicU64::new(u64::MAX),
    };
    let team = Team::of((0..seats).map(|who| Member::new(thread(who))));
    let crew = team.beside(
        |who| recorder.enter(thread(who)),
        || recorder.begin(),
        |who, _at| table.sit(who),
        || table.watch(),
    )?;
    let evenings = crew.results;
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
        circles: crew.beside,
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
        while !evening.ate && !self.deadline.has_passed() {
            if self.take(who, first) != Taken::Yes {
                continue;
            }
            if std::mem::take(&mut meets) {
                self.blocked(who, || self.meet());
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

    /// Waits until all guests have a fork, or it is too late: both are seen by
    /// what comes next.
    fn meet(&self) {
        self.meeting.arrive();
        self.meeting.wait_for(self.guests, self.deadline);
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
        let taken = self.blocked(who, || lock.take(who, self.deadline, give_up));
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
        while let Seen::Circle(waits, version) = self.graph.watch(last, self.deadline) {
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
