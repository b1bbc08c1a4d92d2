//! The four answers to the two questions.

use std::fmt;

/// Where something stands on the two axes: one answer to "concurrent?" and
/// one to "parallel?", independent of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quadrant {
    /// Neither: one task after another, on one worker.
    Sequential,
    /// Several tasks in progress, one worker at a time.
    ConcurrentOnly,
    /// Several workers at once, each with one task from beginning to end.
    ParallelOnly,
    /// Several workers at once, and more tasks in progress than they run.
    Both,
}

impl Quadrant {
    /// All four, in the order of the article's table.
    pub const ALL: [Self; 4] = [
        Self::Sequential,
        Self::ConcurrentOnly,
        Self::ParallelOnly,
        Self::Both,
    ];

    /// The quadrant with these two answers.
    ///
    /// ```
    /// use twoaxes::quadrants::Quadrant;
    ///
    /// assert_eq!(Quadrant::of(true, false), Quadrant::ConcurrentOnly);
    /// ```
    #[must_use]
    pub const fn of(concurrent: bool, parallel: bool) -> Self {
        match (concurrent, parallel) {
            (false, false) => Self::Sequential,
            (true, false) => Self::ConcurrentOnly,
            (false, true) => Self::ParallelOnly,
            (true, true) => Self::Both,
        }
    }

    /// Whether tasks interleave: one is put aside unfinished while another
    /// makes progress.
    #[must_use]
    pub const fn concurrent(self) -> bool {
        matches!(self, Self::ConcurrentOnly | Self::Both)
    }

    /// Whether several workers compute at the same instant.
    #[must_use]
    pub const fn parallel(self) -> bool {
        matches!(self, Self::ParallelOnly | Self::Both)
    }

    /// What it is called in figures and sentences.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::ConcurrentOnly => "concurrent, not parallel",
            Self::ParallelOnly => "parallel, not concurrent",
            Self::Both => "concurrent and parallel",
        }
    }
}

impl fmt::Display for Quadrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
