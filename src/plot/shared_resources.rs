//! Measured runs against a shared resource (a backend, a lock, a cache line)
//! as results of a cell.

use crate::notebook::{self, MimeBundle, Rich};
use crate::pitfalls::{Comparison, false_sharing, io_bound, lock_contention};
use crate::trace::Trace;

use super::curves::Curves;
use super::figure::Figure;
use super::gantt::{Gantt, View, axis_of};
use super::side::side_by_side;
use super::stroke::Look;

/// How wide a chart is that has others at its side, in pixels.
const COLUMN: u32 = 440;

type Points = Vec<(f64, f64)>;

macro_rules! shown_in_cells {
    ($($measured:ty),+) => {$(
        impl $measured {
            /// Shows pictures, numbers and what to notice as the result of a
            /// cell.
            pub fn evcxr_display(&self) {
                notebook::display(self);
            }
        }
    )+};
}

shown_in_cells!(
    false_sharing::Measured,
    false_sharing::Fixed,
    lock_contention::Measured,
    lock_contention::Fixed,
    io_bound::Measured,
    io_bound::Fixed
);

impl Rich for false_sharing::Measured {
    fn mime_bundle(&self) -> MimeBundle {
        below(&by_worker(&self.traces()), &self.comparison())
    }
}

impl Rich for false_sharing::Fixed {
    fn mime_bundle(&self) -> MimeBundle {
        below(&by_worker(&self.traces()), &self.comparison())
    }
}

impl lock_contention::Measured {
    /// Speedups over workers: measured as rings, simulated, Amdahl's law and
    /// the limit beside them. Beyond the number of CPUs the ground is hatched.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let points = self.points();
        let series = |y: fn(&lock_contention::MeasuredPoint) -> f64| -> Points {
            points.iter().map(|p| (real(p.workers), y(p))).collect()
        };
        let cpus = self.cpus();
        let share = self.serial_share() * 100.0;
        Curves::new(format!("Workers behind one lock, {share:.0}% inside"))
            .x("workers")
            .y("speedup (times one worker)")
            .add("measured", &series(|p| p.speedup), Look::Measured)
            .add(
                "simulated, a CPU for each",
                &series(|p| p.simulated),
                Look::Simulated,
            )
            .law("Amdahl", &series(|p| p.amdahl))
            .law("limit, min(N, 1/s)", &series(|p| p.limit))
            .reach(1.0, 0.0)
            .beyond(real(cpus), format!("more workers than {cpus} CPUs"))
            .figure()
    }
}

impl Rich for lock_contention::Measured {
    fn mime_bundle(&self) -> MimeBundle {
        let (figure, part) = (self.figure(), self.excerpt());
        let lanes = Gantt::of(&part).view(View::Workers).width(COLUMN).figure();
        below(&[figure, lanes], &self.comparison())
    }
}

impl Rich for lock_contention::Fixed {
    fn mime_bundle(&self) -> MimeBundle {
        let parts = self.excerpts();
        let parts: Vec<&Trace> = parts.iter().collect();
        below(&by_worker(&parts), &self.comparison())
    }
}

impl io_bound::Measured {
    /// Answers per second over threads: measured as rings, simulated, the one
    /// thread that overlaps, and the backend's limit.
    #[must_use]
    pub fn figure(&self) -> Figure {
        let points = self.points();
        let most = points.iter().map(|p| real(p.threads)).fold(1.0, f64::max);
        let series = |y: &dyn Fn(&io_bound::MeasuredPoint) -> f64| -> Points {
            points.iter().map(|p| (real(p.threads), y(p))).collect()
        };
        Curves::new("Threads in front of a backend of fixed capacity")
            .x("threads")
            .y("answers per second")
            .add(
                "threads, measured",
                &series(&|p| p.run.throughput()),
                Look::Measured,
            )
            .add(
                "threads, simulated",
                &series(&|p| p.simulated),
                Look::Simulated,
            )
            .curve(
                "one thread that overlaps, measured",
                &[(1.0, self.overlapped.throughput())],
            )
            .law(
                "limit: places by latency",
                &[(1.0, self.limit()), (most, self.limit())],
            )
            .doublings()
            .figure()
    }
}

impl Rich for io_bound::Measured {
    fn mime_bundle(&self) -> MimeBundle {
        let mut figures = vec![self.figure()];
        figures.extend(by_worker(&self.traces()));
        below(&figures, &self.comparison())
    }
}

impl Rich for io_bound::Fixed {
    fn mime_bundle(&self) -> MimeBundle {
        let parts = self.excerpts();
        let parts: Vec<&Trace> = parts.iter().collect();
        below(&by_task(&parts), &self.comparison())
    }
}

/// The charts of what each worker did, with time axes of the same length.
fn by_worker(traces: &[&Trace]) -> Vec<Figure> {
    charts(traces, View::Workers)
}

/// The charts of what became of each task, with time axes of the same length.
fn by_task(traces: &[&Trace]) -> Vec<Figure> {
    charts(traces, View::Tasks)
}

fn charts(traces: &[&Trace], view: View) -> Vec<Figure> {
    let axis = traces.iter().map(|trace| axis_of(trace)).max().unwrap_or(0);
    let chart = |trace: &&Trace| {
        Gantt::of(trace)
            .view(view)
            .axis(axis)
            .width(COLUMN)
            .figure()
    };
    traces.iter().map(chart).collect()
}

/// `figures` beside each other, and the comparison below them.
fn below(figures: &[Figure], comparison: &Comparison) -> MimeBundle {
    let figures = side_by_side(figures).mime_bundle();
    let form = |mime| figures.get(mime).unwrap_or_default();
    MimeBundle::text(format!("{}\n{comparison}", form("text/plain"))).with_html(format!(
        "{}{}",
        form("text/html"),
        comparison.html()
    ))
}

/// A count as a number on an axis.
fn real(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::NAN, f64::from)
}
