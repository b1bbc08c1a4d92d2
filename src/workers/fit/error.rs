//! Why there is no fit.

/// What is wrong with the points that a law was to be fitted to.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// A number of workers that is none.
    #[error("point {index} is for {n} workers: a number of workers is between 1 and a billion")]
    Workers {
        /// Which point, counted from 0.
        index: usize,
        /// Its number of workers.
        n: f64,
    },
    /// A throughput or speedup that is none.
    #[error(
        "point {index} has the {what} {value}, which has to be above 0 and finite: leave the point out or measure it again"
    )]
    Value {
        /// Which point, counted from 0.
        index: usize,
        /// What was measured.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// Too few points of different numbers of workers.
    #[error(
        "{law} needs points for at least {needed} different numbers of workers, and there are {found}: measure with more"
    )]
    TooFew {
        /// Which law.
        law: &'static str,
        /// How many it needs.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// Speedups of one worker only.
    #[error(
        "all points are for one worker, whose speedup is 1 under any law: measure with more workers"
    )]
    OneWorker,
    /// The points do not tell the parameters apart.
    #[error(
        "the points do not tell the parameters of {law} apart (to one part in {parts:.0}): spread the numbers of workers wider"
    )]
    Unidentified {
        /// Which law.
        law: &'static str,
        /// How many times larger the effect of one combination of parameters
        /// is than that of another.
        parts: f64,
    },
    /// The search for the least squares did not end.
    #[error("no curve of {law} comes near to the points: look at them, some may be far off")]
    NoFit {
        /// Which law.
        law: &'static str,
    },
}
