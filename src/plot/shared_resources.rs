//! Measured runs against a shared resource (a backend, a lock, a cache line)
//! as results of a cell.

use crate::notebook::{self, MimeBundle, Rich};
use crate::pitfalls::false_sharing;

use super::pitfalls::beside;

macro_rules! shows_traces {
    ($($measured:ty),+) => {$(
        impl $measured {
            /// Shows the runs beside each other as the result of a cell, with
            /// their numbers and what to notice.
            pub fn evcxr_display(&self) {
                notebook::display(self);
            }
        }

        impl Rich for $measured {
            fn mime_bundle(&self) -> MimeBundle {
                beside(&self.traces(), &self.comparison())
            }
        }
    )+};
}

shows_traces!(false_sharing::Measured, false_sharing::Fixed);
