//! Measured pitfalls as answers to predictions.

use super::range::real;
use super::{blocked_executor, false_sharing, io_bound, lost_update};
use crate::predict::Answers;

/// `additions`, `value`, `lost`, and `share_lost` between 0 and 1.
impl Answers for lost_update::Tally {
    fn answers(&self) -> Vec<(&'static str, f64, &str)> {
        vec![
            ("additions", real(self.additions), ""),
            ("value", real(self.value), ""),
            ("lost", real(self.lost()), ""),
            ("share_lost", self.share_lost(), ""),
        ]
    }
}

/// How late the bystanders' answers were: `median_ms`, `p99_ms`, `worst_ms`;
/// and what the run's trace answers.
impl Answers for blocked_executor::Stall {
    fn answers(&self) -> Vec<(&'static str, f64, &str)> {
        let late = |percent: f64| real(self.delays.percentile(percent)) / 1e6;
        let mut all = vec![
            ("median_ms", late(50.0), "ms"),
            ("p99_ms", late(99.0), "ms"),
            ("worst_ms", late(100.0), "ms"),
        ];
        all.extend(self.trace.answers());
        all
    }
}

/// `throughput` and the backend's `limit`, in answers per second; and what
/// the run's trace answers.
impl Answers for io_bound::Answered {
    fn answers(&self) -> Vec<(&'static str, f64, &str)> {
        let mut all = vec![
            ("throughput", self.throughput(), "per second"),
            ("limit", self.limit(), "per second"),
        ];
        all.extend(self.trace.answers());
        all
    }
}

/// `slowdown`: how many times as long counters on one line take as counters
/// apart.
impl Answers for false_sharing::Measured {
    fn answers(&self) -> Vec<(&'static str, f64, &str)> {
        vec![("slowdown", self.slowdown(), "")]
    }
}
