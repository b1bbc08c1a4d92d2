//! What stands in the cells of a table that a spreadsheet opens.

use std::io::Write;

use anyhow::Context as _;

/// A text that a student had a hand in. Spreadsheets run what begins like a
/// formula; with an apostrophe before it, it is a text.
pub(super) fn guarded(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// Points with at most four decimals: sums of shares have digits that mean
/// nothing.
pub(super) fn number(points: f64) -> String {
    // Adding 0 makes the negative zero a positive one.
    ((points * 1e4).round() / 1e4 + 0.0).to_string()
}

/// Points that may not be known yet.
pub(super) fn number_or_blank(points: Option<f64>) -> String {
    points.map(number).unwrap_or_default()
}

/// A table under way.
pub(super) struct Sheet<W: Write>(csv::Writer<W>);

impl<W: Write> Sheet<W> {
    pub(super) fn new(out: W) -> Self {
        Self(csv::Writer::from_writer(out))
    }

    pub(super) fn row<T: AsRef<[u8]>>(
        &mut self,
        cells: impl IntoIterator<Item = T>,
    ) -> anyhow::Result<()> {
        self.0.write_record(cells).context(CANNOT_WRITE)
    }

    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.0.flush().context(CANNOT_WRITE)
    }
}

const CANNOT_WRITE: &str = "cannot write the table";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_become_texts() {
        let check = |text: &str, expected: &str| assert_eq!(guarded(text), expected);
        check("ada", "ada");
        check("=1+1", "'=1+1");
        check("+49", "'+49");
        check("-x", "'-x");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "'\t=1");
        check("\r=1", "'\r=1");
        check("a=1", "a=1");
        check("", "");
    }

    #[test]
    fn numbers_have_the_digits_that_mean_something() {
        let check = |points: f64, expected: &str| assert_eq!(number(points), expected);
        check(0.1 + 0.2, "0.3");
        check(1.0 / 3.0, "0.3333");
        check(12.0, "12");
        check(-0.0, "0");
        check(2.5, "2.5");
    }

    proptest! {
        #[test]
        fn tables_come_back_as_they_were(
            rows in prop::collection::vec(
                prop::collection::vec(r#"(\PC|["',;=\r\n\t]){0,12}"#, 3), 1..8),
        ) {
            let mut bytes = Vec::new();
            let mut sheet = Sheet::new(&mut bytes);
            for row in &rows {
                sheet.row(row.iter().map(|cell| guarded(cell))).unwrap();
            }
            sheet.finish().unwrap();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
            let read: Vec<Vec<String>> = reader
                .records()
                .map(|row| row.unwrap().iter().map(str::to_owned).collect())
                .collect();
            prop_assert_eq!(read.len(), rows.len());
            for (cell, back) in rows.iter().flatten().zip(read.iter().flatten()) {
                prop_assert!(!back.starts_with(['=', '+', '-', '@', '\t', '\r']));
                prop_assert_eq!(back.strip_prefix('\'').unwrap_or(back),
                    cell.strip_prefix('\'').unwrap_or(cell));
            }
        }
    }
}
