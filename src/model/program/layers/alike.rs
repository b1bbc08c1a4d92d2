//! What makes states of a loop-free program alike: variables that are stored
//! before they are read, and threads that do the same.

use super::super::code::{Code, Operation, Thread};
use super::super::machine::Footprint;

/// For each position of a loop-free thread, from the end backwards.
pub(super) fn next_access(thread: &Thread) -> Vec<Footprint> {
    let mut next = vec![Footprint::default(); thread.statements.len() + 1];
    for (at, statement) in thread.statements.iter().enumerate().rev() {
        let mut now = next[at + 1];
        match &statement.operation {
            Operation::Jump { target } => now = next[*target],
            Operation::Branch { target, .. } => {
                now.reads |= next[*target].reads;
                now.writes &= next[*target].writes;
            }
            Operation::Store { to, .. } => {
                now.reads &= !(1 << to);
                now.writes |= 1 << to;
            }
            Operation::Load { from: at, .. }
            | Operation::FetchAdd { at, .. }
            | Operation::CompareExchange { at, .. } => {
                now.reads |= 1 << at;
                now.writes &= !(1 << at);
            }
            _ => {}
        }
        next[at] = now;
    }
    next
}

/// Threads in groups that do the same. Locks know their owners, and an end that
/// looks at registers knows whose they are, so then nobody is like another.
pub(super) fn alike(code: &Code) -> Vec<Vec<usize>> {
    let mut at_end = code.observed.iter().map(|(_, word)| *word);
    let ensured = code.ensure.as_ref().map(|(condition, _)| condition.names());
    let is_register = |word: usize| word >= code.shared.len();
    if !code.locks.is_empty()
        || at_end.any(is_register)
        || ensured.is_some_and(|words| words.into_iter().any(is_register))
    {
        return Vec::new();
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (number, thread) in code.threads.iter().enumerate() {
        let same = |group: &&mut Vec<usize>| {
            let other = &code.threads[group[0]];
            let pairs = other.statements.iter().zip(&thread.statements);
            other.statements.len() == thread.statements.len()
                && other.registers.len() == thread.registers.len()
                && pairs.into_iter().all(|(a, b)| a.operation == b.operation)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(number),
            None => groups.push(vec![number]),
        }
    }
    groups
}
