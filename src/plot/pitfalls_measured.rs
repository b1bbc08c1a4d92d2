//! Measured pitfalls as results of a cell: the runs beside each other, the
//! numbers below, and the sentence that says what to notice.

use crate::notebook::{self, MimeBundle, Rich};
use crate::pitfalls::lost_update;
use crate::trace::Trace;

use super::pitfalls::beside;

macro_rules! shows {
    ($($pitfall:ty: |$run:ident| $traces:expr;)+) => {$(
        impl $pitfall {
            /// Shows the measured runs beside each other as the result of a
            /// cell, with their numbers and what to notice.
            pub fn evcxr_display(&self) {
                notebook::display(self);
            }
        }

        impl Rich for $pitfall {
            fn mime_bundle(&self) -> MimeBundle {
                let $run = self;
                let traces: Vec<&Trace> = $traces;
                beside(&traces, &self.comparison())
            }
        }
    )+};
}

shows! {
    lost_update::Measured: |run| {
        let several = run.several_cpus.as_ref().map(|tally| &tally.trace);
        [&run.one_cpu.trace, &run.one_cpu_computing.trace].into_iter().chain(several).collect()
    };
    lost_update::Fixed: |run| vec![&run.atomic.trace, &run.locked.trace, &run.apart.trace];
}
