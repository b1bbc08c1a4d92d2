//! Runs as answers: numbers by name.

use crate::trace::Trace;

/// A run whose numbers have names, so that a prediction can be held against
/// one of them.
pub trait Answers {
    /// Every number that the run knows: name, value, unit (empty for a ratio
    /// or a count). Counts have whole values and no unit.
    fn answers(&self) -> Vec<(&'static str, f64, &str)>;

    /// What made the run unlike one on an idle machine, a sentence for each;
    /// nothing for a simulation.
    fn disturbances(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The metrics under the names of their methods. `milliseconds` is the
/// makespan of a trace in `ns`, `cpus_used` is in measured ones.
impl Answers for Trace {
    fn answers(&self) -> Vec<(&'static str, f64, &str)> {
        let unit = self.unit();
        let mut all = vec![
            ("makespan", real(self.makespan()), unit),
            ("work", real(self.work()), unit),
            ("speedup", self.speedup(), ""),
            ("efficiency", self.efficiency(), ""),
            ("peak_concurrency", count(self.peak_concurrency()), ""),
            ("mean_concurrency", self.mean_concurrency(), ""),
            ("peak_parallelism", count(self.peak_parallelism()), ""),
            ("mean_parallelism", self.mean_parallelism(), ""),
            ("tasks", count(self.tasks().len()), ""),
            ("workers", count(self.workers().len()), ""),
        ];
        if unit == "ns" {
            all.push(("milliseconds", real(self.makespan()) / 1e6, "ms"));
        }
        if let Some(conditions) = self.conditions() {
            all.push(("cpus_used", conditions.cpus_used(), ""));
            all.push(("preemptions", real(conditions.preemptions), ""));
        }
        all
    }

    fn disturbances(&self) -> Vec<String> {
        let conditions = self.conditions();
        conditions.map_or_else(Vec::new, |conditions| conditions.disturbances())
    }
}

/// Rounded beyond 2^53, where no prediction is that close.
#[allow(clippy::cast_precision_loss)]
fn real(number: u64) -> f64 {
    number as f64
}

#[allow(clippy::cast_precision_loss)]
fn count(number: usize) -> f64 {
    number as f64
}
