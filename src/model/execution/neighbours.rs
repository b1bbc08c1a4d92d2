//! What lies around an event: its past, its future, and what is concurrent
//! with it.

use std::fmt;

use super::events::{EventId, Execution};

/// How many events lie around one, as [`Execution::around`] counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Around {
    /// Events that happen before it.
    pub before: usize,
    /// Events that it happens before.
    pub after: usize,
    /// Events that are concurrent with it.
    pub concurrent: usize,
}

impl fmt::Display for Around {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = if self.before == 1 { "event" } else { "events" };
        write!(
            f,
            "{} {events} before, {} after, {} concurrent",
            self.before, self.after, self.concurrent
        )
    }
}

impl Execution {
    /// How many events happen before `event`, after it, and concurrently with
    /// it. With the event itself they are all; around an event that is not
    /// there is nothing.
    #[must_use]
    pub fn around(&self, event: EventId) -> Around {
        let mut around = Around::default();
        self.each_range(event, |before, after, row| {
            around.before += before;
            around.after += row.len() - after;
            around.concurrent += after - before;
        });
        // Between its past and its future is the event itself.
        around.concurrent = around.concurrent.saturating_sub(1);
        around
    }

    /// The events that happen before `event`, process by process.
    #[must_use]
    pub fn past(&self, event: EventId) -> Vec<EventId> {
        let mut past = Vec::new();
        self.each_range(event, |before, _, row| past.extend(ids(&row[..before])));
        past
    }

    /// The events that `event` happens before, process by process.
    #[must_use]
    pub fn future(&self, event: EventId) -> Vec<EventId> {
        let mut future = Vec::new();
        self.each_range(event, |_, after, row| future.extend(ids(&row[after..])));
        future
    }

    /// The events that are concurrent with `event`, process by process.
    #[must_use]
    pub fn concurrent_with(&self, event: EventId) -> Vec<EventId> {
        let mut others = Vec::new();
        self.each_range(event, |before, after, row| {
            others.extend(ids(&row[before..after]));
        });
        others.retain(|&other| other != event);
        others
    }

    /// How many pairs of concurrent events there are, exactly: all pairs, less
    /// those that the clocks say are ordered.
    #[must_use]
    pub fn concurrent_pairs_count(&self) -> u64 {
        let events = self.len() as u64;
        let pairs = events * events.saturating_sub(1) / 2;
        // A clock counts the events before its own, and itself.
        let known: u64 = self.clocks.iter().map(|&known| u64::from(known)).sum();
        pairs - (known - events)
    }

    /// Every pair of concurrent events, each once, the smaller [`EventId`]
    /// first. There may be very many: take as many as you need.
    pub fn concurrent_pairs(&self) -> impl Iterator<Item = (EventId, EventId)> {
        (0..self.len()).map(EventId).flat_map(move |event| {
            let others = self.concurrent_with(event).into_iter();
            others.filter_map(move |other| (event < other).then_some((event, other)))
        })
    }

    /// Calls `found` for each process with how many of its events happen
    /// before `event`, where those after it begin, and its events.
    fn each_range(&self, event: EventId, mut found: impl FnMut(usize, usize, &[u32])) {
        let Some(index) = self.index(event) else {
            return;
        };
        let own = self.process_of[index] as usize;
        for (process, &known) in self.row(index).iter().enumerate() {
            let row = self.row_of(process);
            if process == own {
                // Its own component counts the event itself.
                found(known as usize - 1, known as usize, row);
                continue;
            }
            // Along a process, knowledge only grows.
            let after = row.partition_point(|&other| !self.knows(other as usize, index));
            found(known as usize, after, row);
        }
    }
}

fn ids(events: &[u32]) -> impl Iterator<Item = EventId> {
    events.iter().map(|&event| EventId(event as usize))
}
