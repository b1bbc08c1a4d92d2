//! What can be run, and how long a call may take.

use std::time::Duration;

use super::MeasureError;
use crate::pitfalls::range::Range;
use crate::team::Deadline;

/// How long the runs of a call may take together if nothing disturbs them, in
/// milliseconds. The deadline leaves twice as much.
const CALL: u64 = 15_000;

/// The deadline of a call that begins now, whatever the machine does
/// meanwhile. What has begun is brought to its end, and nothing new is begun.
pub(in crate::pitfalls) fn of_call() -> Deadline {
    Deadline::after(Duration::from_millis(2 * CALL))
}

/// The nearest number to `value` that can be run, with a note if it is
/// another.
pub(in crate::pitfalls) fn nearest_run(range: Range, value: u64, notes: &mut Vec<String>) -> u64 {
    range.nearest_as::<MeasureError>(value, notes)
}

/// Refuses `value` of `what` if all runs of the call would take `total`
/// milliseconds with it, growing with it, and that is too long.
pub(in crate::pitfalls) fn enough(
    what: &'static str,
    value: u64,
    total: u64,
) -> Result<(), MeasureError> {
    if total <= CALL {
        return Ok(());
    }
    let most = u128::from(value) * u128::from(CALL) / u128::from(total.max(1));
    Err(MeasureError::TooLong {
        what,
        value,
        seconds: total.div_ceil(1_000),
        limit: CALL / 1_000,
        most: u64::try_from(most).unwrap_or(value).max(1),
    })
}

/// `value`, or as much of it as there is time for, with a note; see
/// [`enough`].
pub(in crate::pitfalls) fn as_much(
    what: &'static str,
    value: u64,
    total: u64,
    notes: &mut Vec<String>,
) -> u64 {
    let Err(error) = enough(what, value, total) else {
        return value;
    };
    let used = match error {
        MeasureError::TooLong { most, .. } => most,
        _ => value,
    };
    notes.push(format!("{error}. Here it is {used}."));
    used
}
