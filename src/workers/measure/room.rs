//! How many workers can compute at one instant here.

use crate::machine;
use crate::workers::simulate::counted;

/// The CPUs of the calling thread, whose affinity new threads inherit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) cpus: usize,
    /// CPU time in each second that a control group allows, in milliseconds.
    pub(super) quota: Option<u64>,
}

impl Room {
    pub(super) fn here() -> Self {
        Self {
            cpus: machine::allowed().len().max(1),
            quota: machine::quota(),
        }
    }

    /// CPUs' worth of time: less than the number of CPUs under a quota.
    #[allow(clippy::cast_precision_loss)]
    pub(super) fn share(self) -> f64 {
        let cpus = self.cpus as f64;
        self.quota
            .map_or(cpus, |quota| cpus.min(quota as f64 / 1_000.0))
    }

    /// Workers that have a CPU each, at least one.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn workers(self) -> usize {
        (self.share().floor() as usize).max(1)
    }

    /// What a reader has to know about `workers` threads that compute here.
    pub(super) fn note(self, workers: usize) -> Option<String> {
        if workers <= self.workers() {
            return None;
        }
        let most = self.workers();
        let share = self.share();
        let share = match share < self.cpus as f64 {
            true if share < 1.0 => {
                format!("{share:.2} CPUs' worth of time, so not even 1 can get on at full speed")
            }
            true => {
                format!(
                    "{share:.2} CPUs' worth of time, so at most {most} can get on at full speed"
                )
            }
            false => {
                let cpus = counted(self.cpus, "CPU");
                format!("{cpus}, so at most {most} can compute at one instant")
            }
        };
        Some(format!(
            "Oversubscribed: {workers} workers share {share}. They take turns, and their spans go on \
             while they are interrupted."
        ))
    }
}
