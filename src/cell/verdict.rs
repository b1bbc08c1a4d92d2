//! The verdict of a cell that a grader runs.
//!
//! A grader appends a call of [`verdict`] to a checking cell. The number goes to
//! the kernel with the secret of that cell, which the kernel tells to this
//! library when the cell begins and to nobody else. So neither what a student's
//! code prints or shows, nor a frame that it makes up, can pass for a verdict.

use std::sync::{Mutex, PoisonError};

use serde_json::json;

use crate::notebook::channel;

static SECRET: Mutex<Option<String>> = Mutex::new(None);

/// A cell begins, and this is its secret, if it has one.
pub(super) fn begin(secret: Option<String>) {
    *SECRET.lock().unwrap_or_else(PoisonError::into_inner) = secret;
}

/// What a checking cell may end in.
pub trait Points {
    /// The points; `None` stands for all of them.
    fn points(self) -> Option<f64>;
}

/// A cell whose assertions have all held.
impl Points for () {
    fn points(self) -> Option<f64> {
        None
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl Points for $number {
            fn points(self) -> Option<f64> {
                #[allow(clippy::cast_precision_loss, clippy::cast_lossless)]
                Some(self as f64)
            }
        })*
    };
}
numbers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64);

/// Says what the cell that runs is worth.
///
/// # Safety
///
/// Nothing here is unsafe to memory. It is for the last line of a checking cell,
/// which a grader writes; what it grades holds no `unsafe`, so nothing else can
/// call it.
pub unsafe fn verdict(points: impl Points) {
    say(points.points());
}

// Not generic: only the call is compiled in a cell, not the message.
fn say(points: Option<f64>) {
    // A cell that says it twice has no verdict: there is one secret for one.
    let secret = SECRET.lock().unwrap_or_else(PoisonError::into_inner).take();
    // Not a number is nothing earned.
    let points = points.map(|points| match points.is_nan() {
        true => 0.0,
        false => points,
    });
    channel::send(&json!({"type": "verdict", "secret": secret, "points": points}));
}
