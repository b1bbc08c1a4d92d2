//! A hazard and its remedies beside each other, in numbers.

use std::fmt;

use crate::trace::Origin;

/// A table with one column for each way of doing the same thing, and the
/// sentence that says what to notice in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    pub(super) title: String,
    /// `None` where ways of both kinds stand beside each other.
    pub(super) origin: Option<Origin>,
    pub(super) ways: Vec<String>,
    pub(super) rows: Vec<(String, Vec<String>)>,
    pub(super) notice: String,
    pub(super) notes: Vec<String>,
}

impl Comparison {
    pub(crate) fn new<const N: usize>(title: impl Into<String>, ways: [&str; N]) -> Self {
        Self {
            title: title.into(),
            origin: Some(Origin::Simulated),
            ways: ways.map(str::to_owned).to_vec(),
            rows: Vec::new(),
            notice: String::new(),
            notes: Vec::new(),
        }
    }

    /// Where the numbers come from; without it, from a simulator.
    pub(crate) fn of(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    pub(crate) fn row<const N: usize>(mut self, what: &str, values: [String; N]) -> Self {
        self.rows.push((what.to_owned(), values.to_vec()));
        self
    }

    pub(crate) fn notice(mut self, sentence: impl Into<String>, notes: &[String]) -> Self {
        self.notice = sentence.into();
        self.notes = notes.to_vec();
        self
    }

    /// This table and `other` in one, for example a hazard measured, its
    /// remedies measured, and both simulated. Rows of the same name become one;
    /// a way that has no such row has a dash there. If one is simulated and
    /// the other measured, each way says which it is.
    ///
    /// ```
    /// use twoaxes::pitfalls::lost_update;
    ///
    /// let (real, simulated) = (lost_update::measure(2, 10_000), lost_update::simulate(2, 3));
    /// let both = real.comparison().beside(&simulated.comparison());
    /// assert_eq!(both.ways()[0], "one CPU (measured)");
    /// assert_eq!(both.ways().last().unwrap(), "lock (simulated)");
    /// ```
    #[must_use]
    pub fn beside(mut self, other: &Self) -> Self {
        let mut other = other.clone();
        if self.origin != other.origin {
            self.tell_origin();
            other.tell_origin();
        }
        let (left, right) = (self.ways.len(), other.ways.len());
        for (what, values) in &mut self.rows {
            let same = other.rows.iter().position(|(name, _)| name == what);
            values.extend(match same {
                Some(found) => other.rows.remove(found).1,
                None => vec![DASH.to_owned(); right],
            });
        }
        for (what, values) in other.rows {
            let mut row = vec![DASH.to_owned(); left];
            row.extend(values);
            self.rows.push((what, row));
        }
        if self.title != other.title {
            self.title = format!("{}; {}", self.title, other.title);
        }
        self.ways.extend(other.ways);
        let sentences = [self.notice, other.notice];
        self.notice = sentences.join(" ").trim().to_owned();
        other.notes.retain(|note| !self.notes.contains(note));
        self.notes.extend(other.notes);
        self
    }

    /// What is compared, in a few words.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The ways that are compared, the hazard first.
    #[must_use]
    pub fn ways(&self) -> &[String] {
        &self.ways
    }

    /// What is counted, and its value with its unit for each of the ways.
    #[must_use]
    pub fn rows(&self) -> &[(String, Vec<String>)] {
        &self.rows
    }

    /// Whether the numbers are simulated or measured; `None` where both kinds
    /// stand beside each other, and the ways say which they are.
    #[must_use]
    pub const fn origin(&self) -> Option<Origin> {
        self.origin
    }

    /// What to notice.
    #[must_use]
    pub fn what_to_notice(&self) -> &str {
        &self.notice
    }

    /// What a reader should know about the numbers, such as a parameter that
    /// had to be changed. Full sentences; usually none.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    fn tell_origin(&mut self) {
        if let Some(origin) = self.origin.take() {
            for way in &mut self.ways {
                *way = format!("{way} ({origin})");
            }
        }
    }
}

/// Where a way has no such number.
const DASH: &str = "-";

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = |text: &String| text.chars().count();
        let first = self.rows.iter().map(|(what, _)| letters(what));
        let first = first.max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.ways.len())
            .map(|column| {
                let values = self.rows.iter().filter_map(|(_, row)| row.get(column));
                let all = values.chain(self.ways.get(column));
                all.map(letters).max().unwrap_or(0)
            })
            .collect();
        writeln!(f, "{}", self.title)?;
        write!(f, "{:first$}", "")?;
        for (way, width) in self.ways.iter().zip(&widths) {
            write!(f, "  {way:>width$}")?;
        }
        writeln!(f)?;
        for (what, row) in &self.rows {
            write!(f, "{what:first$}")?;
            for (value, width) in row.iter().zip(&widths) {
                write!(f, "  {value:>width$}")?;
            }
            writeln!(f)?;
        }
        writeln!(f, "{}", self.notice)?;
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}

/// `number` with its unit: `1 tick`, `5 ticks`.
pub(super) fn counted(number: impl fmt::Display + PartialEq<u64>, unit: &str) -> String {
    if number == 1 {
        format!("{number} {unit}")
    } else {
        format!("{number} {unit}s")
    }
}
