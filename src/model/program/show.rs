//! Programs and runs as text.

use std::fmt;

use super::Program;

/// Shows what is shared, then the threads side by side, statements numbered
/// from 0, then what must hold at the end.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.declarations() {
            writeln!(f, "{line}")?;
        }
        let (header, rows) = self.columns();
        f.write_str(table(&header, &rows).trim_end_matches('\n'))?;
        if let Some(condition) = self.ensured() {
            write!(f, "\nat the end: {condition}")?;
        }
        Ok(())
    }
}

impl Program {
    /// What is shared, one line for each kind of thing.
    #[must_use]
    pub fn declarations(&self) -> Vec<String> {
        let shared = self
            .code
            .shared
            .iter()
            .map(|(name, start)| format!("{name} = {start}"));
        let channels = self.code.channels.iter().map(|channel| match channel.room {
            Some(room) => format!("{} with room for {room}", channel.name),
            None => format!("{} with room for any number", channel.name),
        });
        let kinds: [(&str, Vec<String>); 4] = [
            ("shared", shared.collect()),
            ("locks", self.code.locks.clone()),
            ("conditions", self.code.conditions.clone()),
            ("channels", channels.collect()),
        ];
        let there = kinds.into_iter().filter(|(_, names)| !names.is_empty());
        there
            .map(|(kind, names)| format!("{kind}: {}", names.join(", ")))
            .collect()
    }

    /// The condition that must hold when all threads are finished.
    #[must_use]
    pub fn ensured(&self) -> Option<&str> {
        self.code.ensure.as_ref().map(|(_, text)| text.as_str())
    }

    /// A column for the numbers and one for each thread.
    pub(crate) fn columns(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let mut header = vec![String::new()];
        header.extend(self.threads().into_iter().map(str::to_owned));
        let threads: Vec<Vec<String>> = (0..header.len() - 1)
            .map(|thread| self.statements(thread))
            .collect();
        let longest = threads.iter().map(Vec::len).max().unwrap_or(0);
        let rows = (0..longest).map(|number| {
            let cells = threads
                .iter()
                .map(|t| t.get(number).cloned().unwrap_or_default());
            std::iter::once(number.to_string()).chain(cells).collect()
        });
        (header, rows.collect())
    }
}

/// Columns two spaces apart, a header, no space at the ends of lines.
pub(super) fn table<R: AsRef<[String]>>(header: &[String], rows: &[R]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row.as_ref()) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in std::iter::once(header).chain(rows.iter().map(AsRef::as_ref)) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let space = " ".repeat(2 + width.saturating_sub(cell.chars().count()));
            line.push_str(cell);
            line.push_str(&space);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
