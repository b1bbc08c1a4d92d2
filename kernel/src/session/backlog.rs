//! What the engine has reported and the session has not yet turned into messages.
//!
//! Where a client is slower than a cell, reports wait here. An update of a display
//! then gives way to a later one of the same display: whoever reads slowly sees fewer
//! steps of a progress bar, and not old ones, and the cell is not held back. Nothing
//! changes its place among what else is shown.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::comms;
use crate::engine::{Notice, Output, StreamName};

/// So much may wait here; then the engine waits.
const REPORTS: usize = 64;
const BYTES: usize = 1 << 20;

/// An update that has waited for this long is shown in any case: beside text without
/// an end, later ones would take its place for ever.
const OLD: Duration = Duration::from_millis(100);

#[derive(Default)]
pub(super) struct Backlog {
    queue: VecDeque<Waiting>,
    bytes: usize,
}

struct Waiting {
    notice: Notice,
    bytes: usize,
    /// When it came, or the first update that it replaces.
    since: Instant,
}

impl Backlog {
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether another report may be taken.
    pub fn has_room(&self) -> bool {
        self.queue.len() < REPORTS && self.bytes < BYTES
    }

    /// A report has come.
    pub fn push(&mut self, notice: Notice, now: Instant) {
        let since = match &notice {
            Notice::Output(Output::UpdateDisplay { display_id, .. })
            | Notice::Earlier {
                output: Output::UpdateDisplay { display_id, .. },
                ..
            } => self
                .outdated(display_id, now)
                .and_then(|index| self.remove(index))
                .map_or(now, |outdated| outdated.since),
            _ => now,
        };
        let waiting = Waiting::new(notice, since);
        self.bytes += waiting.bytes;
        self.queue.push_back(waiting);
    }

    /// The next report.
    pub fn pop(&mut self) -> Option<Notice> {
        self.remove(0).map(|waiting| waiting.notice)
    }

    /// The next report, if that is text of the stream `name`.
    pub fn pop_text(&mut self, name: StreamName) -> Option<String> {
        match &self.queue.front()?.notice {
            Notice::Output(Output::Stream { name: next, .. }) if *next == name => {}
            _ => return None,
        }
        match self.pop() {
            Some(Notice::Output(Output::Stream { text, .. })) => Some(text),
            _ => None,
        }
    }

    /// Puts back what is left of a report.
    pub fn put_back(&mut self, rest: Notice) {
        let waiting = Waiting::new(rest, Instant::now());
        self.bytes += waiting.bytes;
        self.queue.push_front(waiting);
    }

    /// The update of the display `id` that nobody needs once there is another one.
    fn outdated(&self, id: &str, now: Instant) -> Option<usize> {
        for (index, waiting) in self.queue.iter().enumerate().rev() {
            let output = match &waiting.notice {
                Notice::Output(output) | Notice::Earlier { output, .. } => output,
                Notice::Progress(_) => continue,
                // The cell has begun, asks or has ended.
                _ => return None,
            };
            match output {
                Output::UpdateDisplay { display_id, .. } if display_id == id => {
                    let is_old = now.saturating_duration_since(waiting.since) >= OLD;
                    return (!is_old).then_some(index);
                }
                // What is replaced is no longer the same.
                Output::Clear { .. } => return None,
                Output::Display {
                    display_id: Some(shown),
                    ..
                } if shown == id => return None,
                _ => {}
            }
        }
        None
    }

    fn remove(&mut self, index: usize) -> Option<Waiting> {
        let waiting = self.queue.remove(index)?;
        self.bytes -= waiting.bytes;
        Some(waiting)
    }
}

impl Waiting {
    fn new(notice: Notice, since: Instant) -> Self {
        let bytes = match &notice {
            Notice::Output(output) | Notice::Earlier { output, .. } => match output {
                Output::Stream { text, .. } => text.len(),
                Output::Display { data, metadata, .. }
                | Output::UpdateDisplay { data, metadata, .. }
                | Output::Result { data, metadata } => super::budget::size(data, metadata),
                Output::Clear { .. } => 0,
            },
            Notice::Comm(event) => comms::size(event),
            _ => 0,
        };
        Self {
            notice,
            bytes,
            since,
        }
    }
}

#[cfg(test)]
mod tests;
