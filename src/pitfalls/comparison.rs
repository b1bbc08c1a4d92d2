//! A hazard and its remedies beside each other, in numbers.

use std::fmt;

/// A table with one column for each way of doing the same thing, and the
/// sentence that says what to notice in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    pub(super) title: String,
    pub(super) ways: Vec<String>,
    pub(super) rows: Vec<(String, Vec<String>)>,
    pub(super) notice: String,
    pub(super) notes: Vec<String>,
}

impl Comparison {
    pub(crate) fn new<const N: usize>(title: impl Into<String>, ways: [&str; N]) -> Self {
        Self {
            title: title.into(),
            ways: ways.map(str::to_owned).to_vec(),
            rows: Vec::new(),
            notice: String::new(),
            notes: Vec::new(),
        }
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
}

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
