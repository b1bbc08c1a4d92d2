//! From clocks to an execution: who took what over from whom.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Record, ShivizError, ShivizFault, at, shown};
use crate::model::execution::error::ExecutionError;
use crate::model::execution::{EventId, Execution, ExecutionBuilder, ProcessId};

/// The most hosts of one log.
const MAX_HOSTS: usize = 10_000;

/// One event with its clock: (host, component), hosts in ascending order, no
/// zeros.
struct Known<'a> {
    line: usize,
    host: usize,
    own: u32,
    clock: Vec<(usize, u32)>,
    text: &'a str,
}

impl Known<'_> {
    fn of(&self, host: usize) -> u32 {
        let place = self.clock.binary_search_by_key(&host, |&(host, _)| host);
        place.map_or(0, |place| self.clock[place].1)
    }
}

/// All events of a log, by host and own component.
struct Log<'a> {
    hosts: Vec<&'a str>,
    /// In the order of the log.
    events: Vec<Known<'a>>,
    /// Of each host, its events by own component.
    by_host: Vec<Vec<usize>>,
}

/// The execution with these clocks.
pub(super) fn execution(records: &[Record<'_>]) -> Result<Execution, ShivizError> {
    let log = Log::new(records)?;
    let mut run = Execution::builder();
    for host in &log.hosts {
        run.process(*host);
    }
    // The builder wants the events of a process in their order, which the log
    // need not keep; an event then takes the place in which it was added.
    let mut ids = vec![EventId(0); log.events.len()];
    let mut added = vec![0; log.hosts.len()];
    for event in &log.events {
        let next = &mut added[event.host];
        let index = log.by_host[event.host][*next];
        *next += 1;
        ids[index] = run.local(ProcessId(event.host), log.events[index].text);
    }
    for index in 0..log.events.len() {
        log.add_messages(index, &ids, &mut run)?;
    }
    let run = run.build().map_err(|fault| log.whole(fault))?;
    log.check(&run, &ids)?;
    Ok(run)
}

impl<'a> Log<'a> {
    fn new(records: &[Record<'a>]) -> Result<Self, ShivizError> {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut hosts = Vec::new();
        for record in records {
            if record.host.is_empty() {
                return Err(at(record.line, ShivizFault::NoHost));
            }
            numbers.entry(record.host).or_insert_with(|| {
                hosts.push(record.host);
                hosts.len() - 1
            });
        }
        if hosts.len() > MAX_HOSTS {
            let what = format!("{} hosts", hosts.len());
            let limit = MAX_HOSTS;
            return Err(at(0, ShivizFault::TooLarge { what, limit }));
        }
        let mut events = Vec::with_capacity(records.len());
        let mut by_host = vec![Vec::new(); hosts.len()];
        for record in records {
            let event = known(record, &numbers)?;
            by_host[event.host].push(events.len());
            events.push(event);
        }
        let mut log = Self {
            hosts,
            events,
            by_host,
        };
        log.sort_by_own_component()?;
        Ok(log)
    }

    /// Own components have to count 1, 2, 3 and so on.
    fn sort_by_own_component(&mut self) -> Result<(), ShivizError> {
        for (host, events) in self.by_host.iter_mut().enumerate() {
            events.sort_by_key(|&event| self.events[event].own);
            let mut before: Option<&Known<'_>> = None;
            for &event in events.iter() {
                let event = &self.events[event];
                let from = before.map_or(0, |before| before.own);
                let name = self.hosts[host].to_owned();
                if let Some(other) = before.filter(|_| from == event.own) {
                    return Err(at(
                        event.line,
                        ShivizFault::Repeated {
                            host: name,
                            number: event.own,
                            other: other.line,
                        },
                    ));
                }
                if event.own - from != 1 {
                    return Err(at(
                        event.line,
                        ShivizFault::Skipped {
                            host: name,
                            from,
                            to: event.own,
                        },
                    ));
                }
                before = Some(event);
            }
        }
        Ok(())
    }

    /// The event took over every component that is larger than in the event
    /// before it. It came from the event that the component counts to; what
    /// another of these already knew needs no message of its own.
    fn add_messages(
        &self,
        index: usize,
        ids: &[EventId],
        run: &mut ExecutionBuilder,
    ) -> Result<(), ShivizError> {
        let event = &self.events[index];
        let before = event.own.checked_sub(2);
        let before = before.and_then(|place| self.nth(event.host, place));
        let mut sources: Vec<&Known<'_>> = Vec::new();
        let mut places = Vec::new();
        for &(host, component) in &event.clock {
            let had = before.map_or(0, |before| self.events[before].of(host));
            if host == event.host || component <= had {
                continue;
            }
            let Some(source) = self.nth(host, component - 1) else {
                return Err(at(
                    event.line,
                    ShivizFault::FromNowhere {
                        host: self.hosts[host].to_owned(),
                        number: component,
                        events: self.by_host[host].len(),
                    },
                ));
            };
            sources.push(&self.events[source]);
            places.push(source);
        }
        for (source, &place) in sources.iter().zip(&places) {
            let heard = |other: &&Known<'_>| {
                other.host != source.host && other.of(source.host) >= source.own
            };
            if !sources.iter().any(heard) {
                run.message(ids[place], ids[index], source.text);
            }
        }
        Ok(())
    }

    fn nth(&self, host: usize, place: u32) -> Option<usize> {
        self.by_host[host].get(place as usize).copied()
    }

    /// The execution's clocks have to be those of the log.
    fn check(&self, run: &Execution, ids: &[EventId]) -> Result<(), ShivizError> {
        let mut of_id = vec![0; ids.len()];
        for (index, id) in ids.iter().enumerate() {
            of_id[id.0] = index;
        }
        for &id in &run.order {
            let event = &self.events[of_id[id as usize]];
            let row = run.row(id as usize).iter().enumerate();
            let expected = row.filter(|(_, known)| **known > 0);
            if !expected
                .clone()
                .map(|(host, &known)| (host, known))
                .eq(event.clock.iter().copied())
            {
                let expected = expected.map(|(host, &known)| (host, known));
                return Err(at(
                    event.line,
                    ShivizFault::Impossible {
                        host: self.hosts[event.host].to_owned(),
                        clock: self.json(event.clock.iter().copied()),
                        expected: self.json(expected),
                    },
                ));
            }
        }
        Ok(())
    }

    fn json(&self, clock: impl Iterator<Item = (usize, u32)>) -> String {
        let parts: Vec<String> = clock
            .map(|(host, known)| format!("\"{}\":{known}", self.hosts[host]))
            .collect();
        shown(&format!("{{{}}}", parts.join(",")))
    }

    /// A fault that concerns no single line: the first line stands for it.
    fn whole(&self, fault: ExecutionError) -> ShivizError {
        let line = self.events.first().map_or(0, |event| event.line);
        at(line, fault.into())
    }
}

fn known<'a>(record: &Record<'a>, hosts: &BTreeMap<&str, usize>) -> Result<Known<'a>, ShivizError> {
    let bad = |what: String| {
        let clock = shown(record.clock);
        at(record.line, ShivizFault::BadClock { clock, what })
    };
    let parsed = serde_json::from_str(record.clock);
    let components = match parsed.map_err(|error| bad(error.to_string()))? {
        Value::Object(components) => components,
        _ => return Err(bad("it is no JSON object".to_owned())),
    };
    let mut clock = Vec::with_capacity(components.len());
    for (host, value) in &components {
        let component = value.as_u64().and_then(|value| u32::try_from(value).ok());
        let Some(component) = component else {
            let (host, value) = (host.clone(), shown(&value.to_string()));
            return Err(at(record.line, ShivizFault::BadComponent { host, value }));
        };
        match hosts.get(host.as_str()) {
            Some(&number) if component > 0 => clock.push((number, component)),
            None if component > 0 => {
                return Err(at(
                    record.line,
                    ShivizFault::FromNowhere {
                        host: host.clone(),
                        number: component,
                        events: 0,
                    },
                ));
            }
            _ => {}
        }
    }
    clock.sort_unstable();
    let host = hosts.get(record.host).copied().unwrap_or_default();
    let mut event = Known {
        line: record.line,
        host,
        own: 0,
        clock,
        text: record.text,
    };
    event.own = event.of(host);
    if event.own == 0 {
        let host = record.host.to_owned();
        return Err(at(record.line, ShivizFault::NoOwnComponent { host }));
    }
    Ok(event)
}
