//! Measured pitfalls as results of a cell: the runs beside each other, the
//! numbers below, and the sentence that says what to notice.

use crate::notebook::{self, MimeBundle, Rich};
use crate::pitfalls::{Comparison, blocked_executor, deadlock, lost_update};
use crate::trace::Trace;

use super::pitfalls::below;
use super::side::compare_rows;

/// Of a thousand bystanders a few show what all see.
const ROWS: usize = 9;

/// The charts of `traces` on one time axis, then the comparison.
fn beside(traces: &[&Trace], comparison: &Comparison) -> MimeBundle {
    below(&compare_rows(traces, ROWS), comparison)
}

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
    blocked_executor::Measured: |run| vec![&run.quiet.trace, &run.broken.trace];
    blocked_executor::Fixed: |run| {
        vec![&run.offloaded.trace, &run.yielding.trace, &run.elsewhere.trace]
    };
    deadlock::Fixed: |run| vec![&run.ordered.trace, &run.giving_back.trace];
    lost_update::Fixed: |run| vec![&run.atomic.trace, &run.locked.trace, &run.apart.trace];
}

impl deadlock::Measured {
    /// Shows who waited for whom as the result of a cell, then when each
    /// thread was stuck, with the numbers and what to notice.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for deadlock::Measured {
    fn mime_bundle(&self) -> MimeBundle {
        let charts = beside(&[&self.broken.trace], &self.comparison());
        let form = |mime| charts.get(mime).unwrap_or_default();
        let circle = self.broken.waiting();
        let (text, html) = circle.map_or_else(Default::default, |figure| {
            (figure.text().to_owned(), figure.html())
        });
        MimeBundle::text(format!("{text}\n{}", form("text/plain")))
            .with_html(format!("{html}{}", form("text/html")))
    }
}
