//! Who holds what and who waits for what, written down by the threads
//! themselves (a wait-for graph; Holt 1972).

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::team::Deadline;

/// The graph. A thread writes that it holds a fork after it has taken it, and
/// that it gives it back before it does. So whoever is written down as a
/// holder is one, whoever waits for a fork that is held has not got it, and a
/// circle in the graph is a circle in fact.
#[derive(Debug)]
pub(super) struct Graph {
    edges: Mutex<Edges>,
    changed: Condvar,
}

#[derive(Debug)]
struct Edges {
    /// Of each fork, who has it.
    holder: Vec<Option<usize>>,
    /// Of each philosopher, the fork that they wait for.
    wanted: Vec<Option<usize>>,
    /// How many have left the table.
    gone: usize,
    /// How often this was written to.
    version: u64,
}

/// One philosopher who waits for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) who: usize,
    pub(super) fork: usize,
    pub(super) holder: usize,
}

/// What was to be seen in the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// A circle, and the version of the graph that has it.
    Circle(Vec<Wait>, u64),
    /// Everybody has left.
    Empty,
    /// Neither, until the deadline.
    Late,
}

impl Graph {
    pub(super) fn new(seats: usize) -> Self {
        Self {
            edges: Mutex::new(Edges {
                holder: vec![None; seats],
                wanted: vec![None; seats],
                gone: 0,
                version: 0,
            }),
            changed: Condvar::new(),
        }
    }

    pub(super) fn wants(&self, who: usize, fork: usize) {
        self.write(|edges| set(&mut edges.wanted, who, Some(fork)));
    }

    pub(super) fn wants_nothing(&self, who: usize) {
        self.write(|edges| set(&mut edges.wanted, who, None));
    }

    pub(super) fn holds(&self, who: usize, fork: usize) {
        self.write(|edges| {
            set(&mut edges.wanted, who, None);
            set(&mut edges.holder, fork, Some(who));
        });
    }

    pub(super) fn gives_back(&self, fork: usize) {
        self.write(|edges| set(&mut edges.holder, fork, None));
    }

    pub(super) fn leaves(&self) {
        self.write(|edges| edges.gone += 1);
    }

    /// Looks at the graph whenever it has changed since `version`, until there
    /// is a circle or nobody.
    pub(super) fn watch(&self, version: u64, deadline: Deadline) -> Seen {
        let mut edges = self.lock();
        loop {
            if edges.gone >= edges.wanted.len() {
                return Seen::Empty;
            }
            if edges.version > version
                && let Some(circle) = edges.circle()
            {
                return Seen::Circle(circle, edges.version);
            }
            let left = deadline.left();
            if left.is_zero() {
                return Seen::Late;
            }
            let waited = self.changed.wait_timeout(edges, left);
            edges = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether the graph stays at `version` for so long.
    pub(super) fn stays(&self, version: u64, time: Duration) -> bool {
        let same = |edges: &mut Edges| edges.version == version;
        let waited = self.changed.wait_timeout_while(self.lock(), time, same);
        waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn write(&self, change: impl FnOnce(&mut Edges)) {
        let mut edges = self.lock();
        change(&mut edges);
        edges.version += 1;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Edges> {
        self.edges.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Edges {
    /// Goes from everybody to the one they wait for, and on, until it comes
    /// back to where it began or to somebody who does not wait.
    fn circle(&self) -> Option<Vec<Wait>> {
        (0..self.wanted.len()).find_map(|first| {
            let mut way = Vec::new();
            let mut who = first;
            while way.len() < self.wanted.len() {
                let wait = self.wait(who)?;
                way.push(wait);
                who = wait.holder;
                if who == first {
                    return Some(way);
                }
            }
            None
        })
    }

    fn wait(&self, who: usize) -> Option<Wait> {
        let fork = (*self.wanted.get(who)?)?;
        let holder = (*self.holder.get(fork)?)?;
        Some(Wait { who, fork, holder })
    }
}

fn set(all: &mut [Option<usize>], place: usize, value: Option<usize>) {
    if let Some(entry) = all.get_mut(place) {
        *entry = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_found_and_chains_are_not() {
        let now = Deadline::after(Duration::ZERO);
        let graph = Graph::new(4);
        for who in 0..4 {
            graph.holds(who, who);
        }
        for who in 0..3 {
            graph.wants(who, who + 1);
        }
        assert_eq!(graph.watch(0, now), Seen::Late, "a chain");
        graph.wants(3, 1);
        let Seen::Circle(found, version) = graph.watch(0, now) else {
            panic!("a circle beside a chain");
        };
        let who: Vec<_> = found.iter().map(|wait| (wait.who, wait.holder)).collect();
        assert_eq!(who, [(1, 2), (2, 3), (3, 1)]);
        assert!(graph.stays(version, Duration::ZERO));
        assert_eq!(graph.watch(version, now), Seen::Late, "nothing new");
        graph.gives_back(3);
        assert!(!graph.stays(version, Duration::ZERO));
        assert_eq!(graph.watch(version, now), Seen::Late, "broken");
        (0..4).for_each(|_| graph.leaves());
        assert_eq!(graph.watch(version, now), Seen::Empty);
    }
}
