//! One thread's part of a recording.

use crate::machine::Usage;
use crate::trace::SpanKind;

/// A span as it is written down while the clock runs: 24 bytes. Times are in
/// nanoseconds since the recorder was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) task: u32,
    /// [`NO_CPU`] where the system does not tell.
    pub(super) cpu: u16,
    pub(super) kind: SpanKind,
}

pub(super) const NO_CPU: u16 = u16::MAX;

/// Spans for which there is room from the beginning.
const ROOM: usize = 1_024;

/// The buffer of one worker: a thread, from entering the recording to leaving.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) worker: String,
    pub(super) spans: Vec<Raw>,
    /// What the thread had used when it entered; then what it used since.
    pub(super) usage: Usage,
}

impl Track {
    pub(super) fn begin(worker: String) -> Self {
        Self {
            worker,
            spans: Vec::with_capacity(ROOM),
            usage: Usage::of_thread(),
        }
    }

    pub(super) fn end(mut self) -> Self {
        self.usage = Usage::of_thread().since(self.usage);
        self
    }
}
