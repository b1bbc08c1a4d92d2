//! How all interleavings of a program end: a bar for each outcome.

use super::axis::{Axis, number};
use super::canvas::{self, Align, Canvas, shorten, text_width, wrap};
use super::explore::Frame;
use super::figure::Figure;
use super::palette::{FAINT, GRID, INK, PAPER, series};
use super::table;
use super::text::counted;
use super::texture;
use crate::model::Count;
use crate::model::program::{Ending, Exploration, Outcome};
use crate::notebook::{self, MimeBundle, Rich};

const WIDTH: i32 = 760;
const MARGIN: i32 = 12;
const TOP: i32 = 52;
/// Height of a bar, and of one among many.
const ROW: i32 = 22;
const LOW_ROW: i32 = 15;
const MANY: usize = 16;
const GAP: i32 = 5;
/// Outcomes that get a row; more are counted.
const MAX_ROWS: usize = 40;
/// Characters of an outcome's values, and digits of a count.
const NAME: usize = 26;
const DIGITS: usize = 32;
const TITLE: &str = "How all interleavings end";

impl Exploration {
    /// A bar for each way in which runs can end, as long as its share of all
    /// interleavings, with the exact number of them.
    ///
    /// Solid bars are what the program wants, slanted lines are failures,
    /// upright lines are deadlocks. A share is no probability: schedulers do
    /// not draw all interleavings alike.
    ///
    /// ```
    /// use twoaxes::model::Program;
    ///
    /// let figure = Program::increments(&[2, 2]).explore().histogram();
    /// assert!(figure.text().contains("x = 4"));
    /// ```
    #[must_use]
    pub fn histogram(&self) -> Figure {
        let bars = Bars::of(self);
        let description = bars.describe();
        let size = (WIDTH.unsigned_abs(), bars.height().unsigned_abs());
        Figure {
            title: TITLE.to_owned(),
            svg: canvas::draw(size, TITLE, &description, |canvas| bars.paint(canvas)),
            description,
            text: bars.text(),
        }
    }

    /// Shows the histogram as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Exploration {
    fn mime_bundle(&self) -> MimeBundle {
        self.histogram().mime_bundle()
    }
}

impl From<Exploration> for Frame {
    fn from(found: Exploration) -> Self {
        found.histogram().into()
    }
}

/// What an outcome looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Good,
    Failed,
    Deadlock,
}

const LEGEND: [(Kind, &str); 3] = [
    (Kind::Good, "as intended"),
    (Kind::Failed, "failed"),
    (Kind::Deadlock, "deadlock"),
];

/// An exploration with where its bars go.
struct Bars<'a> {
    found: &'a Exploration,
    rows: &'a [Outcome],
    left: i32,
    right: i32,
    axis: Axis,
    notes: Vec<String>,
}

impl<'a> Bars<'a> {
    fn of(found: &'a Exploration) -> Self {
        let all = found.outcomes();
        let rows = &all[..all.len().min(MAX_ROWS)];
        let widest = |texts: &mut dyn Iterator<Item = String>| {
            let widths = texts.map(|text| text_width(&text, 12));
            widths.max().unwrap_or(0)
        };
        let names = widest(&mut rows.iter().map(name));
        let counts = widest(&mut rows.iter().map(|row| amount(row, found)));
        let shares = rows.iter().map(|row| row.share() * 100.0);
        Self {
            found,
            rows,
            left: MARGIN + names.max(60) + 8,
            right: WIDTH - MARGIN - counts.max(60) - 10,
            axis: Axis::over(shares.chain([0.0])),
            notes: notes(found, all.len() - rows.len()),
        }
    }

    fn bottom(&self) -> i32 {
        TOP + 4 + (self.row() + GAP) * i32::try_from(self.rows.len().max(1)).unwrap_or(1)
    }

    fn row(&self) -> i32 {
        if self.rows.len() > MANY { LOW_ROW } else { ROW }
    }

    fn height(&self) -> i32 {
        let notes = i32::try_from(self.notes.len()).unwrap_or(0);
        self.bottom() + 76 + 16 * notes
    }

    fn paint(&self, canvas: &mut Canvas<'_>) {
        canvas.bold((MARGIN, 18), TITLE, 16, Align::Left);
        canvas.ink((MARGIN, 38), &totals(self.found), 12, Align::Left, FAINT);
        let bottom = self.bottom();
        // Shares say nothing where there is no end of interleavings.
        if !self.found.interleavings().is_infinite() {
            for tick in self.axis.ticks() {
                let x = self.axis.place(tick, self.left, self.right);
                canvas.line(vec![(x, TOP), (x, bottom)], GRID, 1);
                canvas.text((x, bottom + 13), &number(tick), 11, Align::Middle);
            }
            let middle = (self.left + self.right) / 2;
            let label = "share of all interleavings (%)";
            canvas.text((middle, bottom + 30), label, 12, Align::Middle);
        }
        canvas.line(vec![(self.left, TOP), (self.left, bottom)], INK, 1);
        for (index, row) in (0..).zip(self.rows) {
            let y = TOP + 4 + (self.row() + GAP) * index;
            let middle = y + self.row() / 2;
            canvas.text((self.left - 8, middle), &name(row), 12, Align::Right);
            let end = self.axis.place(row.share() * 100.0, self.left, self.right);
            bar(canvas, (self.left, y), (end, y + self.row()), kind(row));
            let at = (WIDTH - MARGIN, middle);
            canvas.text(at, &amount(row, self.found), 12, Align::Right);
        }
        self.legend(canvas, bottom + 54);
    }

    fn legend(&self, canvas: &mut Canvas<'_>, y: i32) {
        let mut x = MARGIN;
        for (of, name) in LEGEND {
            if self.rows.iter().any(|row| kind(row) == of) {
                bar(canvas, (x, y - 7), (x + 26, y + 7), of);
                canvas.text((x + 32, y), name, 12, Align::Left);
                x += 32 + text_width(name, 12) + 16;
            }
        }
        for (row, note) in (0..).zip(&self.notes) {
            canvas.text((MARGIN, y + 20 + 16 * row), note, 12, Align::Left);
        }
    }

    fn describe(&self) -> String {
        let shown = self.rows.iter().take(12).map(|row| {
            let ending = match kind(row) {
                Kind::Good => "",
                Kind::Failed => " (failed)",
                Kind::Deadlock => " (deadlock)",
            };
            format!("{}{ending} in {}", name(row), row.interleavings())
        });
        let shown: Vec<String> = shown.collect();
        format!("{}. {}.", totals(self.found), shown.join("; "))
    }

    fn text(&self) -> String {
        let header = ["outcome", "ending", "interleavings", "share"];
        let rows = self.rows.iter().map(|row| {
            let ending = shorten(&row.ending().to_string(), 80);
            let count = row.interleavings().to_string();
            vec![name(row), ending, count, percent(row, self.found)]
        });
        let rows: Vec<Vec<String>> = rows.collect();
        let mut out = format!("{TITLE}\n{}\n", totals(self.found));
        if !rows.is_empty() {
            out.push_str(&table::text(&header.map(str::to_owned), &rows));
        }
        for note in &self.notes {
            out.push_str(note);
            out.push('\n');
        }
        out
    }
}

fn kind(outcome: &Outcome) -> Kind {
    match outcome.ending() {
        Ending::Finished => Kind::Good,
        Ending::Failed { .. } => Kind::Failed,
        Ending::Deadlock(_) => Kind::Deadlock,
    }
}

fn bar(canvas: &mut Canvas<'_>, from: (i32, i32), to: (i32, i32), kind: Kind) {
    if to.0 <= from.0 + 2 {
        // Too thin for a pattern; its row says what it is.
        canvas.fill(from, (from.0 + 2, to.1), INK);
        return;
    }
    match kind {
        Kind::Good => canvas.fill(from, to, series(0)),
        Kind::Failed => {
            canvas.fill(from, to, PAPER);
            canvas.line(texture::slanted(from, to), series(6), 2);
        }
        Kind::Deadlock => {
            canvas.fill(from, to, PAPER);
            canvas.line(texture::upright(from, to), INK, 1);
        }
    }
    canvas.outline(from, to, INK);
}

fn name(outcome: &Outcome) -> String {
    shorten(&outcome.label(), NAME)
}

/// The count and its share, as far as there is room.
fn amount(outcome: &Outcome, found: &Exploration) -> String {
    let count = digits(&outcome.interleavings());
    match percent(outcome, found) {
        none if none.is_empty() => count,
        share => format!("{count} ({share})"),
    }
}

/// All digits, or the first ones and how many there are.
fn digits(count: &Count) -> String {
    let all = count.to_string();
    let length = all.chars().count();
    if length <= DIGITS {
        return all;
    }
    format!("{} ({length} digits)", shorten(&all, DIGITS - 14))
}

/// Empty where a share says nothing.
fn percent(outcome: &Outcome, found: &Exploration) -> String {
    if found.interleavings().is_infinite() || outcome.interleavings().is_infinite() {
        return String::new();
    }
    match outcome.share() * 100.0 {
        // A share has 63 bits after the point.
        share if share < 1e-16 => "under 1e-16%".to_owned(),
        share => format!("{}%", number(share)),
    }
}

fn totals(found: &Exploration) -> String {
    let count = found.interleavings();
    let count = match digits(&count) {
        _ if count.is_infinite() => "no end of interleavings".to_owned(),
        one if one == "1" => "1 interleaving".to_owned(),
        many => format!("{many} interleavings"),
    };
    format!(
        "{count}, {}, {}",
        counted(found.outcomes().len(), "outcome"),
        counted(found.states(), "state")
    )
}

fn notes(found: &Exploration, left_out: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if left_out > 0 {
        notes.push(format!(
            "and {}, not drawn",
            counted(left_out, "more outcome")
        ));
    }
    if found.interleavings().is_infinite() {
        notes.extend(wrap(
            "Some runs never end, so there is no end of interleavings and shares say nothing.",
            100,
        ));
    }
    if !found.is_complete() {
        notes.extend(wrap(
            "The limit on states was hit: counts are \"at least\", and outcomes may be missing.",
            100,
        ));
    }
    notes
}
