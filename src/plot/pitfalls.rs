//! Pitfalls as results of a cell: the runs beside each other, the numbers
//! below, and the sentence that says what to notice.

use crate::notebook::{self, MimeBundle, Rich};
use crate::pitfalls::Comparison;
use crate::pitfalls::blocked_executor::BlockedExecutor;
use crate::pitfalls::deadlock::Deadlock;
use crate::pitfalls::false_sharing::FalseSharing;
use crate::pitfalls::io_bound::IoBound;
use crate::pitfalls::lock_contention::{LockContention, Point, Speedups};
use crate::pitfalls::lost_update::LostUpdate;
use crate::trace::Trace;

use super::curves::Curves;
use super::figure::Figure;
use super::side::{SideBySide, compare};
use super::table;

impl Comparison {
    /// Shows the table as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }

    pub(super) fn html(&self) -> String {
        let header: Vec<String> = std::iter::once(String::new())
            .chain(self.ways().iter().cloned())
            .collect();
        let rows = self.rows().iter();
        let rows =
            rows.map(|(what, values)| std::iter::once(what).chain(values).cloned().collect());
        let sentences = std::iter::once(self.what_to_notice());
        let sentences = sentences.chain(self.notes().iter().map(String::as_str));
        format!(
            "{}{}",
            table::html(self.title(), &header, &rows.collect::<Vec<_>>()),
            table::paragraphs(sentences)
        )
    }
}

impl Rich for Comparison {
    fn mime_bundle(&self) -> MimeBundle {
        MimeBundle::text(self.to_string()).with_html(self.html())
    }
}

/// The charts of `traces` on one time axis, then the comparison.
fn beside(traces: &[&Trace], comparison: &Comparison) -> MimeBundle {
    below(&compare(traces), comparison)
}

/// The charts, then the comparison.
pub(super) fn below(charts: &SideBySide, comparison: &Comparison) -> MimeBundle {
    let charts = charts.mime_bundle();
    let form = |mime| charts.get(mime).unwrap_or_default();
    MimeBundle::text(format!("{}\n{comparison}", form("text/plain"))).with_html(format!(
        "{}{}",
        form("text/html"),
        comparison.html()
    ))
}

macro_rules! shows {
    ($($pitfall:ty: $($trace:ident),+;)+) => {$(
        impl $pitfall {
            /// Shows the runs beside each other as the result of a cell, with
            /// their numbers and what to notice.
            pub fn evcxr_display(&self) {
                notebook::display(self);
            }
        }

        impl Rich for $pitfall {
            fn mime_bundle(&self) -> MimeBundle {
                beside(&[$(&self.$trace),+], &self.comparison())
            }
        }
    )+};
}

shows! {
    BlockedExecutor: broken, offloaded, yielding;
    IoBound: one_by_one, more_workers, overlapped;
    LockContention: broken, repaired;
    FalseSharing: broken, repaired;
    LostUpdate: one_core;
}

impl Speedups {
    /// The curves: simulated, with Amdahl's law and the limit.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let series = |y: fn(&Point) -> f64| -> Vec<(f64, f64)> {
            let number = |point: &Point| u32::try_from(point.workers).map_or(f64::NAN, f64::from);
            let points = self.points().iter();
            points.map(|point| (number(point), y(point))).collect()
        };
        Curves::new("Workers behind one lock")
            .x("workers")
            .y("speedup (times one worker)")
            .curve("one lock", &series(|p| p.simulated))
            .curve("a share each", &series(|p| p.repaired))
            .law("Amdahl", &series(|p| p.amdahl))
            .law("limit", &series(|p| p.limit))
            .figure()
    }

    /// Shows the curves as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(&self.figure());
    }
}

impl Deadlock {
    /// Shows who waits for whom as the result of a cell, with the numbers of
    /// the three rules and what to notice.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Deadlock {
    fn mime_bundle(&self) -> MimeBundle {
        let comparison = self.comparison();
        let mut text = String::new();
        let mut html = String::new();
        if let Some(figure) = self.broken.waiting() {
            text.push_str(figure.text());
            html.push_str(&figure.html());
        }
        MimeBundle::text(format!("{text}\n{comparison}"))
            .with_html(format!("{html}{}", comparison.html()))
    }
}
