//! Sweeps as answers to predictions.

use super::{Sweep, SweepPoint};
use crate::predict::Answers;

/// `speedup` is the median with the most workers, `best_speedup` the highest
/// median, `best_workers` where that is; `parallel_fraction` is the p of
/// [`Sweep::amdahl`], if its points tell one: without those of more workers than
/// there are CPUs.
impl Answers for Sweep {
    #[allow(clippy::cast_precision_loss)] // A few hundred workers.
    fn answers(&self) -> Vec<(&'static str, f64, &str)> {
        let speedup = |point: &&SweepPoint| point.speedup.median;
        let points = self.points();
        let best = points
            .iter()
            .max_by(|a, b| speedup(a).total_cmp(&speedup(b)));
        let fraction = self.amdahl().map_or(f64::NAN, |fit| fit.p.value);
        vec![
            (
                "speedup",
                points.iter().next_back().as_ref().map_or(f64::NAN, speedup),
                "",
            ),
            ("best_speedup", best.as_ref().map_or(f64::NAN, speedup), ""),
            (
                "best_workers",
                best.map_or(f64::NAN, |point| point.workers as f64),
                "",
            ),
            ("parallel_fraction", fraction, ""),
        ]
    }
}
