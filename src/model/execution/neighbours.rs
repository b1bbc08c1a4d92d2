//! What lies around an event: its past, its future, and what is concurrent
//! with it.

use super::events::{EventId, Execution};

impl Execution {
    /// The events that happen before `event`, process by process.
    #[must_use]
    pub fn past(&self, event: EventId) -> Vec<EventId> {
        self.ranges(event, |_, before, _| 0..before)
    }

    /// The events that `event` happens before, process by process.
    #[must_use]
    pub fn future(&self, event: EventId) -> Vec<EventId> {
        self.ranges(event, |_, _, after| after.0..after.1)
    }

    /// The events that are concurrent with `event`, process by process.
    #[must_use]
    pub fn concurrent_with(&self, event: EventId) -> Vec<EventId> {
        self.ranges(
            event,
            |own, before, after| {
                if own { 0..0 } else { before..after.0 }
            },
        )
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

    /// For each process, the events at some range of positions, which `choose`
    /// makes of: whether the process is the event's own, how many of its
    /// events lie in the past, and where its future begins and ends.
    fn ranges(
        &self,
        event: EventId,
        choose: impl Fn(bool, usize, (usize, usize)) -> std::ops::Range<usize>,
    ) -> Vec<EventId> {
        let Some(index) = self.index(event) else {
            return Vec::new();
        };
        let own = self.process_of[index] as usize;
        let mut chosen = Vec::new();
        for (process, &known) in self.row(index).iter().enumerate() {
            let row = self.row_of(process);
            let is_own = process == own;
            // Its own component counts the event itself.
            let before = known as usize - usize::from(is_own);
            // Along a process, knowledge only grows.
            let after = match is_own {
                true => before + 1,
                false => row.partition_point(|&other| !self.knows(other as usize, index)),
            };
            let range = choose(is_own, before, (after, row.len()));
            chosen.extend(row[range].iter().map(|&other| EventId(other as usize)));
        }
        chosen
    }
}
