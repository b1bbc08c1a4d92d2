//! Shows the value of a cell's last expression.

use std::fmt::Debug;

use crate::notebook::{self, MimeBundle};

/// Gives every `Debug` type the method that evcxr calls on a cell's last
/// expression, so that its first attempt compiles. A type's own inherent
/// `evcxr_display` still wins.
pub trait EvcxrDisplay {
    /// Shows `self` as the value of the cell; `()` shows nothing.
    fn evcxr_display(&self);
}

impl<T: Debug + ?Sized> EvcxrDisplay for T {
    fn evcxr_display(&self) {
        if std::any::type_name::<T>() != "()" {
            show(&self);
        }
    }
}

/// Shows `text` as the value of the cell.
pub fn show_text(text: &str) {
    notebook::result(&MimeBundle::text(text));
}

// Not generic: only the call is compiled in a cell, not the formatting.
fn show(value: &dyn Debug) {
    show_text(&format!("{value:?}"));
}
