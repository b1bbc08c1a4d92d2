//! An execution realised on cores: which events then run in parallel, and
//! which are concurrent and yet do not.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use rustc_hash::FxHashMap;

use super::error::RealiseError;
use super::events::{EventId, Execution};
use crate::trace::{Origin, SpanKind, Trace};

/// The most cores that are simulated.
const MAX_CORES: usize = 10_000;

/// How an execution is laid out on cores; see [`Execution::realise`].
#[derive(Debug, Clone)]
pub struct Realisation<'a> {
    execution: &'a Execution,
    cores: usize,
    every: u64,
    durations: FxHashMap<EventId, u64>,
    delay: u64,
}

impl Execution {
    /// The execution on `cores` cores, each event 1 tick long and messages
    /// without delay. See [`Execution::realise`] for more choices, and for
    /// what the trace holds. Without cores the trace is empty and says why.
    ///
    /// ```
    /// use twoaxes::model::Execution;
    ///
    /// let mut run = Execution::builder();
    /// let (p, q) = (run.process("P"), run.process("Q"));
    /// let (a, b) = (run.local(p, "a"), run.local(q, "b"));
    /// let run = run.build()?;
    ///
    /// let (one, two) = (run.on_cores(1), run.on_cores(2));
    /// assert!(run.concurrent(a, b));
    /// assert_eq!(run.parallel_pairs(&one).unwrap(), []);
    /// assert_eq!(run.parallel_pairs(&two).unwrap(), [(a, b)]);
    /// # Ok::<(), twoaxes::model::ExecutionError>(())
    /// ```
    #[must_use]
    pub fn on_cores(&self, cores: usize) -> Trace {
        let run = self.realise().cores(cores);
        run.run().unwrap_or_else(|refused| {
            Trace::empty(
                Origin::Simulated,
                &run.title(),
                "ticks",
                format!("{refused}."),
            )
        })
    }

    /// Starts to lay the execution out: on 1 core, each event 1 tick long,
    /// messages without delay.
    #[must_use]
    pub fn realise(&self) -> Realisation<'_> {
        Realisation {
            execution: self,
            cores: 1,
            every: 1,
            durations: FxHashMap::default(),
            delay: 0,
        }
    }

    /// The pairs of events that `trace`, a realisation of this execution, runs
    /// in parallel: on two cores during the same tick. They are all
    /// concurrent. The smaller [`EventId`] comes first.
    ///
    /// # Errors
    ///
    /// [`RealiseError::OtherTrace`] if the trace is not one of this execution.
    pub fn parallel_pairs(&self, trace: &Trace) -> Result<Vec<(EventId, EventId)>, RealiseError> {
        let times = self.times(trace)?;
        let mut events: Vec<usize> = (0..self.len()).collect();
        events.sort_unstable_by_key(|&event| times[event]);
        let (mut running, mut pairs): (Vec<usize>, _) = (Vec::new(), Vec::new());
        for event in events {
            running.retain(|&other| times[other].1 > times[event].0);
            let pair = |&other: &usize| (EventId(event.min(other)), EventId(event.max(other)));
            pairs.extend(running.iter().map(pair));
            running.push(event);
        }
        pairs.sort_unstable();
        Ok(pairs)
    }

    /// The pairs of events that are concurrent, and that `trace` does not run
    /// in parallel. There may be very many: take as many as you need.
    ///
    /// # Errors
    ///
    /// [`RealiseError::OtherTrace`] if the trace is not one of this execution.
    pub fn concurrent_not_parallel(
        &self,
        trace: &Trace,
    ) -> Result<impl Iterator<Item = (EventId, EventId)>, RealiseError> {
        let times = self.times(trace)?;
        Ok(self.concurrent_pairs().filter(move |(a, b)| {
            let (a, b) = (times[a.0], times[b.0]);
            a.1 <= b.0 || b.1 <= a.0
        }))
    }

    /// When each event starts and ends in `trace`.
    fn times(&self, trace: &Trace) -> Result<Vec<(u64, u64)>, RealiseError> {
        let other = |what: String| RealiseError::OtherTrace { what };
        let (tasks, processes) = (trace.tasks().len(), self.processes.len());
        if tasks != processes {
            return Err(other(format!(
                "it has {tasks} tasks, and there are {processes} processes"
            )));
        }
        let mut times = vec![(0, 0); self.len()];
        let mut run = vec![0; processes];
        for span in trace.spans() {
            if span.kind != SpanKind::Run {
                continue;
            }
            let count = &mut run[span.task.0];
            if let Some(&event) = self.row_of(span.task.0).get(*count) {
                times[event as usize] = (span.start, span.end);
            }
            *count += 1;
        }
        for (process, &run) in run.iter().enumerate() {
            let events = self.row_of(process).len();
            if run != events {
                let name = &self.processes[process];
                return Err(other(format!(
                    "{name} runs {run} times for {events} events"
                )));
            }
        }
        for message in &self.messages {
            if let Some(to) = message.to
                && times[to.0].0 < times[message.from.0].1
            {
                let name = &message.name;
                return Err(other(format!("message `{name}` arrives before it is sent")));
            }
        }
        Ok(times)
    }
}

impl Realisation<'_> {
    /// How many cores there are: 1 to 10,000.
    #[must_use]
    pub fn cores(mut self, cores: usize) -> Self {
        self.cores = cores;
        self
    }

    /// How long each event takes that has no time of its own, in ticks; at
    /// least 1.
    #[must_use]
    pub fn each_takes(mut self, ticks: u64) -> Self {
        self.every = ticks;
        self
    }

    /// How long one event takes, in ticks; at least 1. An event that is not
    /// there is ignored.
    #[must_use]
    pub fn takes(mut self, event: EventId, ticks: u64) -> Self {
        self.durations.insert(event, ticks);
        self
    }

    /// How many ticks a message is under way, from the end of the event that
    /// sends it. It needs no core.
    #[must_use]
    pub fn message_delay(mut self, ticks: u64) -> Self {
        self.delay = ticks;
        self
    }

    /// The trace: a task per process, with a Run span per event in their
    /// order, and a Wait span where a process has nothing to do but wait for a
    /// message. It is a greedy schedule (Graham 1966): no core stands idle
    /// while an event could run. The event that could run first comes first,
    /// then the process that was added first. Its speedup is over the same
    /// execution on one core.
    ///
    /// # Errors
    ///
    /// [`RealiseError`] without cores, with more than 10,000, with an event of
    /// no duration, or when the times do not fit into 64 bits.
    pub fn run(&self) -> Result<Trace, RealiseError> {
        match self.cores {
            0 => return Err(RealiseError::NoCores),
            cores if cores > MAX_CORES => {
                return Err(RealiseError::TooManyCores {
                    cores,
                    limit: MAX_CORES,
                });
            }
            _ => {}
        }
        let run = self.execution;
        let mut trace = Trace::simulated(self.title());
        let tasks: Vec<_> = run.processes.iter().map(|name| trace.task(name)).collect();
        let cores: Vec<_> = (1..=self.cores)
            .map(|core| trace.worker(format!("core {core}")))
            .collect();
        // A wait for a message is no time that one core would have to spend.
        let alone = Self {
            cores: 1,
            ..self.clone()
        };
        if let Ok(slots) = alone.schedule() {
            trace.baseline(slots.last().map_or(0, |slot| slot.end));
        }
        for slot in self.schedule()? {
            let task = tasks[run.process_of[slot.event] as usize];
            if slot.waits_from < slot.ready {
                trace.wait(task, slot.waits_from, slot.ready);
            }
            trace.run(task, cores[slot.core], slot.start, slot.end);
        }
        trace.build().map_err(|error| RealiseError::OtherTrace {
            what: error.to_string(),
        })
    }

    fn title(&self) -> String {
        let counted = |n: usize, one: &str, many: &str| match n {
            1 => format!("1 {one}"),
            n => format!("{n} {many}"),
        };
        format!(
            "{} on {}",
            counted(self.execution.processes.len(), "process", "processes"),
            counted(self.cores, "core", "cores")
        )
    }

    fn duration(&self, event: usize) -> Result<u64, RealiseError> {
        let own = self.durations.get(&EventId(event));
        match *own.unwrap_or(&self.every) {
            0 => Err(RealiseError::NoDuration {
                event: self.execution.names.get(event).to_owned(),
            }),
            ticks => Ok(ticks),
        }
    }

    /// Where and when each event runs. Events are taken in the order in which
    /// they become ready; what follows from one becomes ready later than it.
    fn schedule(&self) -> Result<Vec<Slot>, RealiseError> {
        let run = self.execution;
        let mut pending: Vec<Pending> = (0..run.len())
            .map(|event| Pending {
                missing: run.incoming.of(event).len() + usize::from(run.position[event] > 1),
                ..Pending::default()
            })
            .collect();
        let key = |ready: u64, event: usize| Reverse((ready, run.process_of[event], event));
        let mut queue: BinaryHeap<_> = (0..run.len())
            .filter(|&event| pending[event].missing == 0)
            .map(|event| key(0, event))
            .collect();
        let mut cores = Cores {
            free: (0..self.cores).collect(),
            busy: BinaryHeap::new(),
        };
        let mut slots = Vec::with_capacity(run.len());
        let mut start = 0;
        while let Some(Reverse((ready, _, event))) = queue.pop() {
            // Nobody overtakes: no event starts before one that was ready first.
            let Some((core, from)) = cores.next(ready.max(start)) else {
                break;
            };
            start = from;
            let end = start.checked_add(self.duration(event)?);
            let end = end.ok_or(RealiseError::Overflow)?;
            cores.busy.push(Reverse((end, core)));
            slots.push(Slot {
                event,
                core,
                waits_from: pending[event].previous_end,
                ready,
                start,
                end,
            });
            let arrival = end.checked_add(self.delay);
            for &after in run.outgoing.of(event) {
                let arrival = arrival.ok_or(RealiseError::Overflow)?;
                pending[after as usize].has_one_more(arrival);
            }
            let next = run.next_on_process(event);
            if let Some(next) = next {
                pending[next as usize].previous_end = end;
                pending[next as usize].has_one_more(end);
            }
            // Messages to the next event count one by one, so an event gets
            // here once for each; it is queued at the last.
            let mut followers: Vec<u32> = run.outgoing.of(event).to_vec();
            followers.extend(next);
            followers.sort_unstable();
            followers.dedup();
            for after in followers {
                let Pending { missing, ready, .. } = pending[after as usize];
                if missing == 0 {
                    queue.push(key(ready, after as usize));
                }
            }
        }
        Ok(slots)
    }
}

/// Who is free, and until when the others are busy.
struct Cores {
    free: BTreeSet<usize>,
    busy: BinaryHeap<Reverse<(u64, usize)>>,
}

impl Cores {
    /// Takes the lowest core that is free at `from`, or the one that becomes
    /// free first, and says when.
    fn next(&mut self, mut from: u64) -> Option<(usize, u64)> {
        while let Some(&Reverse((until, core))) = self.busy.peek() {
            if until > from && !self.free.is_empty() {
                break;
            }
            from = from.max(until);
            self.free.insert(core);
            self.busy.pop();
        }
        Some((self.free.pop_first()?, from))
    }
}

/// An event that waits for others.
#[derive(Debug, Clone, Copy, Default)]
struct Pending {
    /// How many have not run yet.
    missing: usize,
    /// When the last of those that ran was there.
    ready: u64,
    /// When the event before it on its process ended.
    previous_end: u64,
}

impl Pending {
    fn has_one_more(&mut self, at: u64) {
        self.missing -= 1;
        self.ready = self.ready.max(at);
    }
}

struct Slot {
    event: usize,
    core: usize,
    waits_from: u64,
    ready: u64,
    start: u64,
    end: u64,
}
