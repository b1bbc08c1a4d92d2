//! What a measured trace says about the CPUs that it ran on.
//!
//! Spans of two threads may overlap although one CPU ran both: the system takes
//! a thread off its CPU in the middle of a span, and the span goes on. So for a
//! measured run overlapping spans are no evidence of parallelism; CPUs are.

use std::collections::HashMap;

use crate::trace::{Origin, SpanKind, Trace};

/// CPU time beyond wall-clock time counts as proof only beyond this: the two
/// are read by different clocks, and not at the same instant.
const BEYOND_ONE: f64 = 1.05;

/// The CPUs under a measured run; `None` where that was not written down.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Cpus {
    /// The most CPUs on which spans that run at one instant began.
    pub(super) at_once: Option<usize>,
    /// CPU time over wall-clock time.
    pub(super) used: Option<f64>,
    /// CPUs that the run was allowed to use.
    pub(super) allowed: Option<usize>,
}

impl Cpus {
    /// Nothing is known of a simulated run: its workers are what runs.
    pub(super) fn under(trace: &Trace) -> Self {
        if trace.origin() == Origin::Simulated {
            return Self::default();
        }
        // A recording without conditions may say that it used 0 of 0 CPUs.
        let told = trace.conditions().filter(|told| told.cpus > 0);
        Self {
            at_once: most_at_once(trace),
            used: told.map(crate::trace::Conditions::cpus_used),
            allowed: told.map(|told| usize::try_from(told.cpus).unwrap_or(usize::MAX)),
        }
    }

    /// Whether a run in which up to `workers` spans overlap was parallel.
    ///
    /// Two spans at one instant on two CPUs say so. So does more CPU time than
    /// wall-clock time, also where threads moved within their spans, of which
    /// only the first CPU is known.
    pub(super) fn parallel(self, workers: usize) -> bool {
        match (workers, self.at_once) {
            (0 | 1, _) => false,
            _ if self.allowed == Some(1) => false,
            (_, Some(0 | 1)) => self.prove_two(),
            // Without numbers of CPUs the workers are all that is known.
            (_, Some(_) | None) => true,
        }
    }

    /// Whether there was more CPU time than one CPU can give.
    pub(super) fn prove_two(self) -> bool {
        self.used.is_some_and(|used| used > BEYOND_ONE)
    }

    /// How many of `workers` overlapping spans can have run at one instant.
    pub(super) fn running(self, workers: usize) -> usize {
        match (self.parallel(workers), self.at_once) {
            (false, _) => workers.min(1),
            (true, Some(cpus)) => cpus.max(2),
            (true, None) => workers.min(self.allowed.unwrap_or(workers)),
        }
    }

    /// No more spans than this run at one instant, whatever the trace says.
    pub(super) fn limit(self, workers: usize) -> usize {
        match self.at_once {
            Some(1) if !self.parallel(workers) => 1,
            _ => self.allowed.unwrap_or(usize::MAX),
        }
    }
}

/// `None` if a span that runs does not know its CPU.
fn most_at_once(trace: &Trace) -> Option<usize> {
    let mut edges = Vec::new();
    for span in trace.spans().iter().filter(|s| s.kind == SpanKind::Run) {
        let cpu = span.cpu?;
        edges.extend([(span.start, cpu, 1_i64), (span.end, cpu, -1)]);
    }
    edges.sort_unstable();
    let mut on: HashMap<u16, i64> = HashMap::new();
    let mut most = 0;
    for instant in edges.chunk_by(|a, b| a.0 == b.0) {
        for &(_, cpu, change) in instant {
            *on.entry(cpu).or_default() += change;
        }
        on.retain(|_, spans| *spans > 0);
        most = most.max(on.len());
    }
    Some(most)
}
