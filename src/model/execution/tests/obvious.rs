//! Slow versions that are right at a glance, and random executions.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::*;

/// Steps of (process, action, which of the messages under way).
pub(super) type Steps = Vec<(usize, u8, usize)>;

pub(super) fn steps(most: usize) -> impl Strategy<Value = (usize, Steps)> {
    (1..5_usize).prop_flat_map(move |processes| {
        let step = (0..processes, 0..3_u8, any::<usize>());
        (Just(processes), prop::collection::vec(step, 0..most))
    })
}

/// An execution in which each process does its steps. `by_process` adds the
/// events process by process, so that a receive often comes before its send.
pub(super) fn execution(processes: usize, steps: &Steps, by_process: bool) -> Execution {
    let (mut under_way, mut sent) = (Vec::new(), 0);
    let mut todo: Vec<(usize, u8, String)> = Vec::new();
    for &(process, action, which) in steps {
        match action {
            1 => {
                sent += 1;
                under_way.push(format!("m{sent}"));
                todo.push((process, 1, format!("m{sent}")));
            }
            2 if !under_way.is_empty() => {
                let message = under_way.swap_remove(which % under_way.len());
                todo.push((process, 2, message));
            }
            _ => todo.push((process, 0, "x".to_owned())),
        }
    }
    if by_process {
        todo.sort_by_key(|&(process, ..)| process);
    }
    let mut run = Execution::builder();
    let ids: Vec<_> = (0..processes)
        .map(|p| run.process(format!("P{p}")))
        .collect();
    for (process, action, name) in todo {
        match action {
            1 => run.send(ids[process], &name),
            2 => run.receive(ids[process], &name),
            _ => run.local(ids[process], &name),
        };
    }
    run.build().unwrap()
}

/// Which events happen before which: neighbours, then Warshall's closure.
pub(super) fn reach(run: &Execution) -> Vec<Vec<bool>> {
    let mut reach = vec![vec![false; run.len()]; run.len()];
    for process in 0..run.processes().len() {
        let events: Vec<_> = run.events_of(ProcessId(process)).collect();
        for pair in events.windows(2) {
            reach[pair[0].0][pair[1].0] = true;
        }
    }
    for message in run.messages() {
        if let Some(to) = message.to {
            reach[message.from.0][to.0] = true;
        }
    }
    for via in 0..run.len() {
        for from in 0..run.len() {
            for to in 0..run.len() {
                reach[from][to] |= reach[from][via] && reach[via][to];
            }
        }
    }
    reach
}

/// The longest chain that ends in each event.
pub(super) fn longest_chains(run: &Execution, reach: &[Vec<bool>]) -> Vec<u64> {
    fn chain(event: usize, reach: &[Vec<bool>], known: &mut [u64]) -> u64 {
        if known[event] == 0 {
            let before = (0..reach.len()).filter(|&a| reach[a][event]);
            let longest = before.map(|a| chain(a, reach, known)).max();
            known[event] = 1 + longest.unwrap_or(0);
        }
        known[event]
    }
    let mut known = vec![0; run.len()];
    for event in 0..run.len() {
        chain(event, reach, &mut known);
    }
    known
}

/// Every order that keeps `reach`, one by one.
pub(super) fn orders(reach: &[Vec<bool>]) -> BTreeSet<Vec<EventId>> {
    fn extend(order: &mut Vec<EventId>, reach: &[Vec<bool>], all: &mut BTreeSet<Vec<EventId>>) {
        if order.len() == reach.len() {
            all.insert(order.clone());
        }
        for event in 0..reach.len() {
            let taken = |e: usize| order.contains(&EventId(e));
            if !taken(event) && (0..reach.len()).all(|a| !reach[a][event] || taken(a)) {
                order.push(EventId(event));
                extend(order, reach, all);
                order.pop();
            }
        }
    }
    let mut all = BTreeSet::new();
    extend(&mut Vec::new(), reach, &mut all);
    all
}

/// Every set of first events of the processes that has all its past in it.
pub(super) fn cuts(run: &Execution, reach: &[Vec<bool>]) -> BTreeSet<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for process in 0..run.processes().len() {
        let events = run.events_of(ProcessId(process)).count();
        let longer = all.iter().flat_map(|cut: &Vec<usize>| {
            (0..=events).map(move |taken| [cut.clone(), vec![taken]].concat())
        });
        all = longer.collect();
    }
    let is_closed = |cut: &Vec<usize>| {
        let is_in = |e: usize| {
            let event = run.event(EventId(e)).unwrap();
            event.position <= cut[event.process.0]
        };
        (0..run.len()).all(|b| !is_in(b) || (0..run.len()).all(|a| !reach[a][b] || is_in(a)))
    };
    all.into_iter().filter(is_closed).collect()
}
