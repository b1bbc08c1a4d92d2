//! The states of a program, one step after the other, as the player shows them.
//!
//! The explorer's own graph forgets registers that nothing reads any more, so
//! that it has fewer states. Here they are kept: a value that vanishes would
//! puzzle the reader.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::sheet::{Column, Next, Row, Sheet};
use crate::model::{Program, State};

/// States that the text form looks into for outcomes and a failing run.
const MAX_EXPLORED: usize = 50_000;
/// Values in all channels of all states; each takes two bytes of the page.
const MAX_QUEUED: usize = super::MAX_PLAYER_BYTES / 2;
/// Outcomes that the text form lists; more are counted.
const MAX_OUTCOMES: usize = 20;

/// All states within reach, breadth first, up to a limit.
pub(super) struct Walk<'a> {
    program: &'a Program,
    states: Vec<State>,
    /// For each state the steps out of it: thread and state.
    steps: Vec<Vec<(usize, usize)>>,
    /// Steps that lead out of the limit: state and thread.
    cut: BTreeSet<(usize, usize)>,
    /// For each shared variable, the locks held at every access; `None` if
    /// there was no access.
    held: Vec<Option<BTreeSet<usize>>>,
    /// For each state, the steps to the nearest bug.
    distances: Vec<Option<usize>>,
    /// For each state, whether a way on may still end well.
    hopeful: Vec<bool>,
}

/// How many states fit into a player, by the numbers that each of them takes.
pub(super) fn most_states(program: &Program) -> usize {
    let start = program.start();
    let threads = program.threads().len();
    let registers: usize = (0..threads)
        .map(|thread| start.registers(thread).len())
        .sum();
    let queues = start.channels().len() + start.conditions().len();
    let cells =
        2 * threads + start.shared().len() + registers + start.locks().len() + 2 + 3 * queues;
    // About three bytes a number; a third of the page is for the text.
    super::MAX_PLAYER_BYTES * 2 / 3 / (3 * cells)
}

impl<'a> Walk<'a> {
    pub(super) fn of(program: &'a Program, most: usize) -> Self {
        let start = program.start();
        let mut walk = Self {
            program,
            held: vec![None; start.shared().len()],
            states: vec![start.clone()],
            steps: Vec::new(),
            cut: BTreeSet::new(),
            distances: Vec::new(),
            hopeful: Vec::new(),
        };
        let mut numbers = HashMap::from([(start, 0)]);
        let mut queued = 0;
        while let Some(state) = walk.states.get(walk.steps.len()).cloned() {
            let from = walk.steps.len();
            let mut steps = Vec::new();
            for thread in program.enabled(&state) {
                let Some(stepped) = program.step(&state, thread) else {
                    continue;
                };
                walk.note_access(&state, thread, &stepped.text);
                if let Some(&number) = numbers.get(&stepped.state) {
                    steps.push((thread, number));
                } else if walk.states.len() < most.max(1) && queued < MAX_QUEUED {
                    let channels = stepped.state.channels().into_iter();
                    queued += channels.map(|(_, values)| values.len()).sum::<usize>();
                    steps.push((thread, walk.states.len()));
                    numbers.insert(stepped.state.clone(), walk.states.len());
                    walk.states.push(stepped.state);
                } else {
                    walk.cut.insert((from, thread));
                }
            }
            walk.steps.push(steps);
        }
        let ends = |number: usize, good: bool| {
            let ending = walk.states.get(number).and_then(State::ending);
            ending.is_some_and(|ending| ending.is_good() == good)
        };
        walk.distances = walk.steps_to(|number| ends(number, false));
        // What lies beyond the limit may end well.
        let cut: BTreeSet<usize> = walk.cut.iter().map(|(from, _)| *from).collect();
        let hopeful = walk.steps_to(|number| ends(number, true) || cut.contains(&number));
        walk.hopeful = hopeful.iter().map(Option::is_some).collect();
        walk
    }

    pub(super) fn len(&self) -> usize {
        self.states.len()
    }

    /// Remembers which locks are held whenever a variable is touched.
    fn note_access(&mut self, state: &State, thread: usize, text: &str) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let touched = words.windows(2).find_map(|two| {
            let access = ["load", "store", "fetch_add", "compare_exchange"].contains(&two[0]);
            let shared = state.shared();
            let at = shared.iter().position(|(name, _)| *name == two[1]);
            at.filter(|_| access)
        });
        let Some(held) = touched.and_then(|at| self.held.get_mut(at)) else {
            return;
        };
        let locks = state.locks();
        let own = locks
            .iter()
            .enumerate()
            .filter(|(_, lock)| lock.1 == Some(thread));
        let own: BTreeSet<usize> = own.map(|(number, _)| number).collect();
        *held = Some(match held.take() {
            None => own,
            Some(before) => before.intersection(&own).copied().collect(),
        });
    }

    /// For each state, the fewest steps to one of the `ends`: backwards from
    /// these, breadth first.
    fn steps_to(&self, ends: impl Fn(usize) -> bool) -> Vec<Option<usize>> {
        let mut back = vec![Vec::new(); self.states.len()];
        for (from, steps) in self.steps.iter().enumerate() {
            for &(_, to) in steps {
                if let Some(sources) = back.get_mut(to) {
                    sources.push(from);
                }
            }
        }
        let mut distances = vec![None; self.states.len()];
        let mut queue = VecDeque::new();
        queue.extend((0..self.states.len()).filter(|n| ends(*n)).map(|n| (n, 0)));
        while let Some((number, distance)) = queue.pop_front() {
            let Some(known @ None) = distances.get_mut(number) else {
                continue;
            };
            *known = Some(distance);
            let sources = back.get(number).into_iter().flatten();
            queue.extend(sources.map(|&from| (from, distance + 1)));
        }
        distances
    }

    pub(super) fn sheet(&self) -> Sheet {
        let start = &self.states[0];
        let threads = self.program.threads();
        let column = |(number, name): (usize, &&str)| Column {
            name: (*name).to_owned(),
            statements: self
                .program
                .statements(number)
                .iter()
                .map(|text| outdented(text))
                .collect(),
            registers: names(start.registers(number)),
        };
        let (mut reasons, mut endings) = (Names::default(), Names::default());
        let rows = 0..self.states.len();
        let states = rows
            .map(|number| self.row(number, &mut reasons, &mut endings))
            .collect();
        Sheet {
            threads: threads.iter().enumerate().map(column).collect(),
            shared: names(start.shared()),
            locks: names(start.locks()),
            protects: self.protects(),
            channels: names(start.channels()),
            conditions: names(start.conditions()),
            states,
            reasons: reasons.list,
            endings: endings.list,
            safe: self.safe(),
            notes: self.notes(),
        }
    }

    fn row(&self, number: usize, reasons: &mut Names, endings: &mut Names) -> Row {
        let state = &self.states[number];
        let threads = 0..self.program.threads().len();
        let steps = self.steps.get(number);
        let next = threads.clone().map(|thread| {
            let mut to = steps
                .into_iter()
                .flatten()
                .filter(|(mover, _)| *mover == thread);
            match to.next() {
                Some((_, to)) => Next::To(*to),
                None => Next::Not(reasons.number(self.why_not(number, thread))),
            }
        });
        let queues = state.conditions().into_iter().map(|(_, queue)| {
            let wide = |thread: usize| i64::try_from(thread).unwrap_or(0);
            queue.into_iter().map(wide).collect()
        });
        let values = state
            .channels()
            .into_iter()
            .map(|(_, values)| values.to_vec());
        Row {
            next: next.collect(),
            positions: threads.clone().map(|thread| state.position(thread)).collect(),
            shared: state.shared().into_iter().map(|(_, value)| value).collect(),
            registers: threads.flat_map(|thread| state.registers(thread)).map(|(_, value)| value).collect(),
            owners: state.locks().into_iter().map(|(_, owner)| owner).collect(),
            channels: values.chain(queues).collect(),
            distance: self.distances.get(number).copied().flatten(),
            hopeful: self.hopeful.get(number).copied().unwrap_or(true),
            ending: state.ending().map(|ending| {
                endings.number(match ending.is_good() {
                    true => "Finished, and nothing went wrong on this way. Go back and look for another.".to_owned(),
                    false => format!(
                        "You lost: {}.{}",
                        quoted(&ending.to_string()),
                        now_holds(state)
                    ),
                })
            }),
        }
    }

    /// Why a thread cannot make a step.
    fn why_not(&self, number: usize, thread: usize) -> String {
        let state = &self.states[number];
        let name = |thread: usize| {
            self.program
                .threads()
                .get(thread)
                .map_or_else(String::new, |name| (*name).to_owned())
        };
        if state.is_finished(thread) {
            return "finished".to_owned();
        }
        if self.cut.contains(&(number, thread)) {
            return "leads beyond the states that this player knows".to_owned();
        }
        let waits = state
            .conditions()
            .into_iter()
            .find(|(_, queue)| queue.contains(&thread));
        if let Some((condition, _)) = waits {
            return format!("waits for a notification of {condition}");
        }
        let text = state.next(thread);
        let words: Vec<&str> = text.split_whitespace().collect();
        if ["lock", "wait"].contains(&words.first().copied().unwrap_or_default()) {
            let wanted = words.last().copied().unwrap_or_default();
            let owner = state.locks().into_iter().find(|(lock, _)| *lock == wanted);
            match owner.and_then(|(_, owner)| owner) {
                Some(owner) if owner == thread => {
                    return format!("waits for lock {wanted}, which it holds itself");
                }
                Some(owner) => return format!("waits for lock {wanted}, held by {}", name(owner)),
                None => {}
            }
        }
        if state.ending().is_some() {
            return "the run has ended".to_owned();
        }
        match words.as_slice() {
            [.., "receive", "from", channel] => format!("waits: channel {channel} is empty"),
            ["send", .., channel] => format!("waits: channel {channel} is full"),
            _ => format!("cannot go on at {text}"),
        }
    }

    /// For each lock, the variables that are only touched while it is held.
    /// Nothing if the limit left out states: there might be another access.
    fn protects(&self) -> Vec<Vec<String>> {
        let start = &self.states[0];
        let shared = names(start.shared());
        let guarded = |lock: usize| {
            let held = shared.iter().zip(&self.held);
            let under =
                held.filter(|(_, held)| held.as_ref().is_some_and(|locks| locks.contains(&lock)));
            under.map(|(name, _)| name.clone()).collect()
        };
        let locks = 0..start.locks().len();
        let complete = self.cut.is_empty();
        locks
            .map(|lock| if complete { guarded(lock) } else { Vec::new() })
            .collect()
    }

    fn safe(&self) -> String {
        if self.cut.is_empty() {
            "Nothing can go wrong from here: no order of steps leads to a bug.".to_owned()
        } else {
            format!(
                "No bug is known from here, but only the first {} states were looked into.",
                self.states.len()
            )
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.program.notes().to_vec();
        if !self.cut.is_empty() {
            notes.push(format!(
                "The program has more states than fit into a page: the first {} are here. Fewer threads or rounds have fewer.",
                self.states.len()
            ));
        }
        notes
    }

    /// The program, its outcomes and a failing run, as text.
    pub(super) fn text(&self) -> String {
        let all = self.program.explore_within(MAX_EXPLORED);
        let mut text = format!("{}\n", self.program.to_string().trim_end());
        text.push_str(match all.outcomes().is_empty() {
            true => "No end of it was found.\n",
            false => "It can end like this:\n",
        });
        for outcome in all.outcomes().iter().take(MAX_OUTCOMES) {
            let (label, ending) = (outcome.label(), outcome.ending());
            let count = outcome.interleavings();
            text.push_str(&format!("  {label} ({ending}), interleavings: {count}\n"));
        }
        let more = all.outcomes().len().saturating_sub(MAX_OUTCOMES);
        if more > 0 {
            text.push_str(&format!("  and {more} more\n"));
        }
        if all.interleavings().is_infinite() {
            text.push_str("Some runs never end.\n");
        }
        match all.failure() {
            Some(run) => text.push_str(&format!(
                "A run that fails, with the fewest preemptions:\n{run}\n"
            )),
            None if all.is_complete() => text.push_str("No order of steps leads to a bug.\n"),
            None => text.push_str(&format!("No bug was found in {} states.\n", all.states())),
        }
        for note in self.notes() {
            text.push_str(&format!("{note}\n"));
        }
        text
    }
}

/// Sentences, each once.
#[derive(Default)]
struct Names {
    list: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Names {
    fn number(&mut self, text: String) -> usize {
        let next = self.list.len();
        let number = *self.numbers.entry(text.clone()).or_insert(next);
        if number == next {
            self.list.push(text);
        }
        number
    }
}

fn names<T>(named: Vec<(&str, T)>) -> Vec<String> {
    named.into_iter().map(|(name, _)| name.to_owned()).collect()
}

/// What the shared variables hold, where there are few of them.
fn now_holds(state: &State) -> String {
    let shared = state.shared();
    if shared.is_empty() || shared.len() > 4 {
        return String::new();
    }
    let values: Vec<String> = shared
        .iter()
        .map(|(name, value)| format!("{name} is {value}"))
        .collect();
    format!(" Now {}.", values.join(", "))
}

/// Code in typographic quotes, where the page shows no code.
fn quoted(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.fold(String::new(), |all, (index, part)| match index % 2 {
        0 => all + part,
        _ => format!("{all}\u{201c}{part}\u{201d}"),
    })
}

/// A statement's depth of indentation, two spaces each, and its text.
fn outdented(text: &str) -> (usize, String) {
    let bare = text.trim_start();
    ((text.len() - bare.len()) / 2, bare.to_owned())
}
