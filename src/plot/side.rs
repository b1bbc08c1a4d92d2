//! Figures beside each other, for comparing them.

use crate::notebook::{self, MimeBundle, Rich};

use super::figure::Figure;
use super::gantt::{Gantt, axis_of};
use crate::trace::Trace;

/// How wide a figure is that stands beside another one, in pixels. It may shrink
/// by a tenth before the next goes below it: two fit into a notebook's column.
pub(super) const COLUMN: u32 = 440;

/// Some figures next to each other where the page is wide enough, else below
/// each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideBySide {
    figures: Vec<Figure>,
}

/// Puts `figures` beside each other, for example a simulated run and a
/// measured one.
#[must_use]
pub fn side_by_side(figures: &[Figure]) -> SideBySide {
    SideBySide {
        figures: figures.to_vec(),
    }
}

/// Draws `traces` beside each other, narrower than alone, on time axes of the
/// same length if their units agree.
///
/// ```
/// use twoaxes::barista::{Order, Policy, Shop};
/// use twoaxes::plot;
///
/// let drip = |name| Order::new(name).work(3).waits(10).work(2);
/// let shop = Shop::new().orders(["A", "B", "C"].map(drip));
/// let overlapped = shop.clone().run()?;
/// let one_by_one = shop.policy(Policy::OneAtATime).run()?;
/// plot::compare(&[&one_by_one, &overlapped])
/// # ; Ok::<(), twoaxes::barista::ShopError>(())
/// ```
#[must_use]
pub fn compare(traces: &[&Trace]) -> SideBySide {
    compare_as(traces, |gantt| gantt)
}

/// [`compare`], with charts that have something else in common as well.
pub(super) fn compare_as(
    traces: &[&Trace],
    look: impl for<'a> Fn(Gantt<'a>) -> Gantt<'a>,
) -> SideBySide {
    let same_unit = traces.windows(2).all(|two| two[0].unit() == two[1].unit());
    let longest = traces.iter().map(|trace| axis_of(trace)).max();
    let axis = longest.filter(|_| same_unit).unwrap_or(0);
    let chart = |trace: &&Trace| look(Gantt::of(trace).axis(axis).width(COLUMN)).names();
    // The axes of all of them begin at the same place.
    let gutter = traces.iter().map(chart).max().unwrap_or(0);
    let figure = |trace: &&Trace| {
        let chart = look(Gantt::of(trace).axis(axis).width(COLUMN));
        chart.gutter(gutter).figure()
    };
    SideBySide {
        figures: traces.iter().map(figure).collect(),
    }
}

impl SideBySide {
    /// Shows the figures as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for SideBySide {
    fn mime_bundle(&self) -> MimeBundle {
        let texts: Vec<&str> = self.figures.iter().map(Figure::text).collect();
        let cells: String = self
            .figures
            .iter()
            .map(|figure| {
                let width = figure.width();
                format!(
                    "<div style=\"flex:1 1 {}px;max-width:{width}px;min-width:0\">{}</div>",
                    width * 9 / 10,
                    figure.html()
                )
            })
            .collect();
        MimeBundle::text(texts.join("\n")).with_html(format!(
            "<div style=\"display:flex;flex-wrap:wrap;gap:8px\">{cells}</div>"
        ))
    }
}
