//! What an item counts: a person's points before those that were found.

/// The points of an item before lateness; `None` while a person has yet to
/// mark it. Of a submission that could not be graded, every item counts 0.
pub(super) fn counted(problem: bool, marked: Option<f64>, earned: Option<f64>) -> Option<f64> {
    match problem {
        true => Some(0.0),
        false => marked.or(earned),
    }
}

/// Whether points can be given for a task: a number from 0 to the most.
pub(super) fn possible(points: f64, most: f64) -> bool {
    // Sums of shares may miss the most by a hair.
    points.is_finite() && points >= 0.0 && points <= most + 1e-9
}
