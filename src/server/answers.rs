//! Runs of the server as answers to predictions.

use super::run::Run;
use crate::predict::Answers;

/// `peak_in_flight`, `answered`, `throughput`, latencies in milliseconds
/// (`median_ms`, `p99_ms`, `worst_ms`), and what the run's trace answers.
impl Answers for Run {
    #[allow(clippy::cast_precision_loss)] // Counts and times far below 2^53.
    fn answers(&self) -> Vec<(&'static str, f64, &str)> {
        let late = |percent: f64| self.latency().percentile(percent) as f64 / 1e6;
        let mut all = vec![
            ("peak_in_flight", self.peak_in_flight() as f64, ""),
            ("answered", self.answered() as f64, ""),
            ("throughput", self.throughput(), "per second"),
            ("median_ms", late(50.0), "ms"),
            ("p99_ms", late(99.0), "ms"),
            ("worst_ms", late(100.0), "ms"),
        ];
        all.extend(self.trace.answers());
        all
    }

    fn disturbances(&self) -> Vec<String> {
        self.trace.disturbances()
    }
}
