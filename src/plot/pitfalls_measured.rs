//! Measured pitfalls as results of a cell: the runs beside each other, the
//! numbers below, and the sentence that says what to notice.

use crate::notebook::{self, MimeBundle, Rich};
use crate::pitfalls::{Comparison, blocked_executor, deadlock, lost_update};
use crate::trace::Trace;

use super::curves::Curves;
use super::figure::Figure;
use super::gantt::View;
use super::pitfalls::below;
use super::side::compare_as;

/// Of a thousand bystanders a few show what all see.
const ROWS: usize = 9;

/// Percentiles at which latencies are drawn.
const PERCENTS: [f64; 14] = [
    0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 95.0, 98.0, 99.0, 100.0,
];

/// The charts of `traces` on one time axis, then the comparison.
fn beside(traces: &[&Trace], comparison: &Comparison) -> MimeBundle {
    below(&compare_as(traces, |gantt| gantt.rows(ROWS)), comparison)
}

/// The same for threads that each have one task: one kind of rows says all.
fn tasks_beside(traces: &[&Trace], comparison: &Comparison) -> MimeBundle {
    let charts = compare_as(traces, |gantt| gantt.view(View::Tasks));
    below(&charts, comparison)
}

macro_rules! shows {
    ($($pitfall:ty: $beside:ident |$run:ident| $traces:expr;)+) => {$(
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
                $beside(&traces, &self.comparison())
            }
        }
    )+};
}

shows! {
    lost_update::Measured: beside |run| {
        let several = run.several_cpus.as_ref().map(|tally| &tally.trace);
        [&run.one_cpu.trace, &run.one_cpu_computing.trace].into_iter().chain(several).collect()
    };
    blocked_executor::Measured: beside |run| vec![&run.quiet.trace, &run.broken.trace];
    blocked_executor::Fixed: beside |run| {
        vec![&run.offloaded.trace, &run.yielding.trace, &run.elsewhere.trace]
    };
    deadlock::Fixed: tasks_beside |run| vec![&run.ordered.trace, &run.giving_back.trace];
    lost_update::Fixed: beside |run| vec![&run.atomic.trace, &run.locked.trace, &run.apart.trace];
}

impl blocked_executor::Measured {
    /// The latency of the answers by percentile, with the hog and without it.
    /// The dashed curve is what those who were held up would report: it leaves
    /// out the answers that they did not ask for.
    #[must_use]
    pub fn latencies(&self) -> Figure {
        let curve = |percentile: &dyn Fn(f64) -> u64| -> Vec<(f64, f64)> {
            let points = PERCENTS.iter();
            points.map(|&x| (x, percentile(x) as f64 / 1e6)).collect()
        };
        let (quiet, broken) = (&self.quiet.delays, &self.broken.delays);
        Curves::new("How late the answers were (measured)")
            .x("share of the answers that were at most so late (%)")
            .y("latency (ms)")
            .curve("no hog", &curve(&|x| quiet.percentile(x)))
            .curve("in the way", &curve(&|x| broken.percentile(x)))
            .law(
                "in the way, uncorrected",
                &curve(&|x| broken.uncorrected(x)),
            )
            .figure()
    }
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
        let charts = tasks_beside(&[&self.broken.trace], &self.comparison());
        let form = |mime| charts.get(mime).unwrap_or_default();
        let circle = self.broken.waiting();
        let (text, html) = circle.map_or_else(Default::default, |figure| {
            (figure.text().to_owned(), figure.html())
        });
        MimeBundle::text(format!("{text}\n{}", form("text/plain")))
            .with_html(format!("{html}{}", form("text/html")))
    }
}
