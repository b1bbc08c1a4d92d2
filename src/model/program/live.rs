//! Which registers are dead where: nothing reads them before they are written
//! again. States that differ only there go on alike, so they are one.

use super::code::{Code, Operation, Thread};

/// A set of a thread's registers, one bit for each.
type Registers = u64;

/// The most registers of one thread.
pub(super) const MAX_REGISTERS: usize = 64;

fn bit(register: usize) -> Registers {
    1 << (register % MAX_REGISTERS)
}

/// Fills [`Thread::dead`] of all threads.
pub(super) fn find_dead(code: &mut Code) {
    let mut at_end: Vec<usize> = code.observed.iter().map(|(_, word)| *word).collect();
    if let Some((condition, _)) = &code.ensure {
        at_end.extend(condition.names());
    }
    for thread in &mut code.threads {
        let registers = thread.registers.len();
        let is_at_end = |register: &usize| at_end.contains(&(thread.base + register));
        let end = (0..registers)
            .filter(is_at_end)
            .fold(0, |set, r| set | bit(r));
        let live = live(thread, end);
        let dead = |live: &Registers| (0..registers).filter(|r| live & bit(*r) == 0).collect();
        thread.dead = live.iter().map(dead).collect();
    }
}

/// For each statement and for the end: which registers may still be read.
/// Backwards until nothing changes (Kildall 1973).
fn live(thread: &Thread, end: Registers) -> Vec<Registers> {
    let length = thread.statements.len();
    let mut live = vec![0; length];
    live.push(end);
    loop {
        let mut changed = false;
        for (at, statement) in thread.statements.iter().enumerate().rev() {
            let mut now = live[at + 1];
            match &statement.operation {
                Operation::Jump { target } => now = live[*target],
                Operation::Branch { target, .. } => now |= live[*target],
                _ => {}
            }
            let (written, read) = accesses(&statement.operation);
            if let Some(register) = written {
                now &= !bit(register);
            }
            for register in read {
                now |= bit(register);
            }
            if live[at] != now {
                live[at] = now;
                changed = true;
            }
        }
        if !changed {
            return live;
        }
    }
}

/// The register that an operation writes and those that it reads.
fn accesses(operation: &Operation) -> (Option<usize>, Vec<usize>) {
    match operation {
        Operation::Load { to, .. } | Operation::Receive { to, .. } => (Some(*to), Vec::new()),
        Operation::Set { to, value } => (Some(*to), value.names()),
        Operation::FetchAdd { to, by, .. } => (Some(*to), by.names()),
        Operation::CompareExchange {
            to, expected, new, ..
        } => (Some(*to), [expected.names(), new.names()].concat()),
        Operation::Store { value, .. } | Operation::Send { value, .. } => (None, value.names()),
        Operation::Branch { condition, .. } | Operation::Assert(condition) => {
            (None, condition.names())
        }
        Operation::Jump { .. }
        | Operation::Lock(_)
        | Operation::Unlock(_)
        | Operation::Wait { .. }
        | Operation::NotifyOne(_)
        | Operation::NotifyAll(_) => (None, Vec::new()),
    }
}
