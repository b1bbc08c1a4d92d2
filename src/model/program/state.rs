//! States of a program, and stepping from one to the next.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::Program;
use super::code::{Code, Operation, length};
use super::outcome::{Blocked, Ending, Fault};

/// Where a program stands: what is shared, and how far each thread is.
///
/// States are equal if all of this is equal and they belong to the same program.
#[derive(Clone)]
pub struct State {
    pub(super) code: Arc<Code>,
    pub(super) words: Vec<i64>,
}

/// A step that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stepped {
    /// The state after it.
    pub state: State,
    /// The number of the thread that moved, from 0.
    pub thread: usize,
    /// The visible statement, such as `store x = r + 1`.
    pub text: String,
    /// What it wrote, and what else is different now.
    pub changes: Vec<Change>,
}

/// A value that a step wrote; it may be what it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it belongs to: a variable, `thread.register`, a lock, a channel, or
    /// a thread that begins or ceases to wait.
    pub name: String,
    /// The value before, as text.
    pub before: String,
    /// The value after, as text.
    pub after: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.before == self.after {
            return write!(f, "{} stays {}", self.name, self.after);
        }
        write!(f, "{}: {} → {}", self.name, self.before, self.after)
    }
}

impl Program {
    /// The state before any step. Local statements with which threads begin
    /// are done already.
    #[must_use]
    pub fn start(&self) -> State {
        State {
            code: self.code.clone(),
            words: self.code.first_words(),
        }
    }

    /// The threads that can make a step, by number from 0. None once the run
    /// has ended ([`State::ending`]); none for a state of another program.
    #[must_use]
    pub fn enabled(&self, state: &State) -> Vec<usize> {
        if !self.owns(state) {
            return Vec::new();
        }
        let threads = 0..self.code.threads.len();
        threads
            .filter(|t| self.code.is_enabled(&state.words, *t))
            .collect()
    }

    /// Lets `thread` make its next step; `None` if it cannot.
    #[must_use]
    pub fn step(&self, state: &State, thread: usize) -> Option<Stepped> {
        let exists = thread < self.code.threads.len() && self.owns(state);
        if !exists || !self.code.is_enabled(&state.words, thread) {
            return None;
        }
        let text = state.next_text(thread);
        let mut after = state.clone();
        self.code.step(&mut after.words, thread);
        let changes = changes(state, &after, thread);
        Some(Stepped {
            state: after,
            thread,
            text,
            changes,
        })
    }

    fn owns(&self, state: &State) -> bool {
        Arc::ptr_eq(&self.code, &state.code) || self.code == state.code
    }
}

impl State {
    /// The names of the program's threads; their numbers are their places in
    /// this list.
    #[must_use]
    pub fn threads(&self) -> Vec<&str> {
        let threads = self.code.threads.iter();
        threads.map(|thread| thread.name.as_str()).collect()
    }

    /// The shared variables and their values, as declared.
    #[must_use]
    pub fn shared(&self) -> Vec<(&str, i64)> {
        let names = self.code.shared.iter().map(|(name, _)| name.as_str());
        names.zip(self.words.iter().copied()).collect()
    }

    /// The value of a shared variable; `None` if there is none of that name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<i64> {
        let at = self
            .code
            .shared
            .iter()
            .position(|(other, _)| other == name)?;
        self.words.get(at).copied()
    }

    /// A thread's registers and their values; empty if there is no such thread.
    #[must_use]
    pub fn registers(&self, thread: usize) -> Vec<(&str, i64)> {
        let Some(thread) = self.code.threads.get(thread) else {
            return Vec::new();
        };
        let values = self.words.iter().skip(thread.base).copied();
        thread
            .registers
            .iter()
            .map(String::as_str)
            .zip(values)
            .collect()
    }

    /// The number, from 0, of the statement that the thread does next; the
    /// number of its statements once it is finished (or does not exist).
    #[must_use]
    pub fn position(&self, thread: usize) -> usize {
        if thread < self.code.threads.len() {
            self.code.at(&self.words, thread)
        } else {
            0
        }
    }

    /// Whether the thread came to its end.
    #[must_use]
    pub fn is_finished(&self, thread: usize) -> bool {
        thread < self.code.threads.len() && self.code.is_finished(&self.words, thread)
    }

    /// The text of the statement that the thread does next, empty at its end.
    #[must_use]
    pub fn next(&self, thread: usize) -> &str {
        let statement = self
            .code
            .threads
            .get(thread)
            .and_then(|code| code.statements.get(self.code.at(&self.words, thread)));
        statement.map_or("", |statement| &statement.text)
    }

    /// The locks, and which thread holds each, by number.
    #[must_use]
    pub fn locks(&self) -> Vec<(&str, Option<usize>)> {
        let owner = |lock| length(self.words[self.code.owner(lock)]).checked_sub(1);
        let names = self.code.locks.iter().enumerate();
        names
            .map(|(lock, name)| (name.as_str(), owner(lock)))
            .collect()
    }

    /// The condition variables, and which threads wait at each, the first to
    /// be woken first.
    #[must_use]
    pub fn conditions(&self) -> Vec<(&str, Vec<usize>)> {
        let queue = |condition| {
            let mut queue: Vec<usize> = self.code.waiting(&self.words, condition).collect();
            queue.sort_by_key(|thread| self.words[self.code.phase(*thread)]);
            queue
        };
        let names = self.code.conditions.iter().enumerate();
        names
            .map(|(number, name)| (name.as_str(), queue(number)))
            .collect()
    }

    /// The channels, and what is in each, the oldest value first.
    #[must_use]
    pub fn channels(&self) -> Vec<(&str, &[i64])> {
        let values = |channel| {
            let at = self.code.channel(&self.words, channel);
            self.words
                .get(at + 1..at + 1 + length(self.words[at]))
                .unwrap_or(&[])
        };
        let names = self.code.channels.iter().enumerate();
        names
            .map(|(number, channel)| (channel.name.as_str(), values(number)))
            .collect()
    }

    /// How the run ended; `None` while somebody can go on.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        self.code.ending(&self.words)
    }

    /// [`State::next`], and what is special about it.
    pub(super) fn next_text(&self, thread: usize) -> String {
        let text = self.next(thread);
        match self.words[self.code.phase(thread)] {
            -1 => format!("{text}: wakes"),
            _ => text.to_owned(),
        }
    }
}

impl Code {
    /// How the run ended; `None` while somebody can go on.
    pub(super) fn ending(&self, words: &[i64]) -> Option<Ending> {
        if let Some((thread, fault)) = self.failed(words) {
            let statement = self.text(words, thread);
            let thread = Some(self.threads[thread].name.clone());
            return Some(Ending::Failed {
                thread,
                statement,
                fault,
            });
        }
        let threads = 0..self.threads.len();
        if threads.clone().any(|thread| self.is_enabled(words, thread)) {
            return None;
        }
        let stuck: Vec<usize> = threads.filter(|t| !self.is_finished(words, *t)).collect();
        if !stuck.is_empty() {
            let blocked = stuck.into_iter().map(|thread| self.blocked(words, thread));
            return Some(Ending::Deadlock(blocked.collect()));
        }
        let fault = match &self.ensure {
            None => None,
            Some((condition, text)) => match condition.value(words) {
                Ok(0) => Some((text, Fault::Ensure)),
                Ok(_) => None,
                Err(fault) => Some((text, fault)),
            },
        };
        Some(
            fault.map_or(Ending::Finished, |(statement, fault)| Ending::Failed {
                thread: None,
                statement: statement.clone(),
                fault,
            }),
        )
    }

    /// The values that an outcome shows.
    pub(super) fn final_values(&self, words: &[i64]) -> Vec<i64> {
        let shared = words.iter().take(self.shared.len());
        let observed = self.observed.iter().filter_map(|(_, at)| words.get(*at));
        shared.chain(observed).copied().collect()
    }

    fn blocked(&self, words: &[i64], thread: usize) -> Blocked {
        let owner = match self.operation(words, thread) {
            Some(Operation::Lock(lock)) => length(words[self.owner(*lock)]),
            Some(Operation::Wait { lock, .. }) if words[self.phase(thread)] < 0 => {
                length(words[self.owner(*lock)])
            }
            _ => 0,
        };
        let owner = owner
            .checked_sub(1)
            .and_then(|owner| self.threads.get(owner));
        Blocked {
            thread: self.threads[thread].name.clone(),
            statement: self.text(words, thread),
            waits_for: owner.map(|owner| owner.name.clone()).into_iter().collect(),
        }
    }

    fn text(&self, words: &[i64], thread: usize) -> String {
        let statement = self.threads[thread].statements.get(self.at(words, thread));
        statement
            .map(|statement| statement.text.clone())
            .unwrap_or_default()
    }
}

impl Code {
    /// The register and the variable that a thread's visible statement writes.
    fn written(&self, words: &[i64], thread: usize) -> [Option<usize>; 2] {
        let base = self.threads[thread].base;
        match self.operation(words, thread) {
            Some(Operation::Load { to, .. } | Operation::Receive { to, .. }) => {
                [Some(base + to), None]
            }
            Some(Operation::Store { to, .. }) => [None, Some(*to)],
            Some(
                Operation::FetchAdd { to, at, .. } | Operation::CompareExchange { to, at, .. },
            ) => [Some(base + to), Some(*at)],
            _ => [None, None],
        }
    }
}

/// What a step wrote or changed, positions aside. Numbers are compared before any text is made.
fn changes(before: &State, after: &State, thread: usize) -> Vec<Change> {
    let code = &before.code;
    let written = code.written(&before.words, thread);
    let thread_name = |thread: usize| code.threads[thread].name.clone();
    let mut changes = Vec::new();
    let mut value = |at: usize, name: &dyn Fn() -> String| {
        let (before, after) = (before.words[at], after.words[at]);
        if before != after || written.contains(&Some(at)) {
            let (before, after) = (before.to_string(), after.to_string());
            changes.push(Change {
                name: name(),
                before,
                after,
            });
        }
    };
    for (at, (name, _)) in code.shared.iter().enumerate() {
        value(at, &|| name.clone());
    }
    for thread in &code.threads {
        for (register, name) in thread.registers.iter().enumerate() {
            value(thread.base + register, &|| {
                format!("{}.{name}", thread.name)
            });
        }
    }
    let mut text = |name: &str, before: String, after: String| {
        changes.push(Change {
            name: name.to_owned(),
            before,
            after,
        });
    };
    for ((name, old), (_, new)) in before.locks().into_iter().zip(after.locks()) {
        if old != new {
            let owner = |owner: Option<usize>| owner.map_or("free".to_owned(), thread_name);
            text(name, owner(old), owner(new));
        }
    }
    for ((name, old), (_, new)) in before.conditions().into_iter().zip(after.conditions()) {
        if old != new {
            let queue = |queue: Vec<usize>| {
                let names: Vec<String> = queue.into_iter().map(thread_name).collect();
                format!("[{}]", names.join(", "))
            };
            text(name, queue(old), queue(new));
        }
    }
    for ((name, old), (_, new)) in before.channels().into_iter().zip(after.channels()) {
        if old != new {
            text(name, format!("{old:?}"), format!("{new:?}"));
        }
    }
    changes
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
            && (Arc::ptr_eq(&self.code, &other.code) || self.code == other.code)
    }
}

impl Eq for State {}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.words.hash(state);
    }
}

/// What is shared, then each thread with its registers and where it stands:
/// a cell that ends in a state shows this.
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = self.threads();
        let owner = |owner: Option<usize>| owner.map_or("free", |thread| threads[thread]);
        let mut parts: Vec<String> = Vec::new();
        parts.extend(
            self.shared()
                .iter()
                .map(|(x, value)| format!("{x} = {value}")),
        );
        parts.extend(
            self.locks()
                .iter()
                .map(|(m, o)| format!("{m}: {}", owner(*o))),
        );
        parts.extend(
            self.channels()
                .iter()
                .map(|(c, all)| format!("{c}: {all:?}")),
        );
        for (number, name) in threads.iter().enumerate() {
            let registers = self.registers(number).into_iter();
            let registers: String = registers
                .map(|(register, value)| format!(", {name}.{register} = {value}"))
                .collect();
            parts.push(match self.is_finished(number) {
                true => format!("{name} is finished{registers}"),
                false => format!("{name} at `{}`{registers}", self.next_text(number)),
            });
        }
        f.write_str(&parts.join("; "))
    }
}
