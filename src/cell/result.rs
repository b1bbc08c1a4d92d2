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

/// Lets a call of `evcxr_display` compile for a type without any, so that the
/// one error is that of [`is_debug`].
pub trait AnyDisplay {
    /// Never called: every `Debug` type has a method that is found earlier.
    fn evcxr_display(&self) {}
}

impl<T: ?Sized> AnyDisplay for &T {}

/// What a value must be to be shown at all.
pub fn is_debug<T: Debug + ?Sized>(_: &T) {}

/// Shows the value of a cell's last expression whose first compilation failed,
/// which may have had another reason than its type.
#[doc(hidden)]
#[macro_export]
macro_rules! twoaxes_cell_shown {
    ((($($value:tt)*))) => {
        match &($($value)*) {
            shown => {
                #[allow(unused_imports)]
                use $crate::cell::AnyDisplay as _;
                $crate::cell::is_debug(shown);
                shown.evcxr_display();
            }
        }
    };
}

// Not generic: only the call is compiled in a cell, not the formatting.
fn show(value: &dyn Debug) {
    show_text(&format!("{value:?}"));
}
