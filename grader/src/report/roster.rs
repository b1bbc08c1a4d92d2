//! The list of students as Canvas exports it, and who of it is whose folder.

use std::collections::HashMap;

use anyhow::{Context as _, bail};

/// The columns with which Canvas knows a student again.
const COLUMNS: [&str; 5] = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"];
/// Which of them may be the name of a folder, the surest first.
const KEYS: [usize; 4] = [3, 2, 1, 0];

/// A gradebook that was exported from Canvas.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    rows: Vec<[String; 5]>,
    /// For each of `KEYS`, the rows that have a value there, in small letters.
    found: [HashMap<String, Vec<usize>>; 4],
    /// The other columns, some of which are assignments: the title without the
    /// number that Canvas gave it, and the whole head.
    titles: Vec<(String, String)>,
}

/// Who a folder belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The row.
    One(usize),
    Nobody,
    /// Several rows have the name.
    Several,
}

impl Roster {
    /// Reads a CSV file that Canvas exported, with commas or semicolons.
    ///
    /// # Errors
    /// When it is no such file.
    pub fn read(text: &str) -> anyhow::Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let first = text.lines().next().unwrap_or("");
        let semicolons = first.matches(';').count() > first.matches(',').count();
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(if semicolons { b';' } else { b',' })
            .flexible(true)
            .from_reader(text.as_bytes());
        let heads = reader.headers().context("it is no CSV file")?.clone();
        let places = COLUMNS.map(|name| heads.iter().position(|head| head.trim() == name));
        if places[0].is_none() || places.iter().skip(1).take(3).all(Option::is_none) {
            bail!("its first line has no columns Student and ID; export the gradebook from Canvas");
        }
        let mut roster = Self {
            titles: titles(heads.iter()),
            ..Self::default()
        };
        for row in reader.records() {
            let row = row.context("it is no CSV file")?;
            let cells = places.map(|place| {
                let cell = place.and_then(|place| row.get(place));
                cell.unwrap_or_default().to_owned()
            });
            roster.add(cells);
        }
        Ok(roster)
    }

    /// A row of Canvas's own ("Points Possible", "Manual Posting") has neither
    /// an ID nor a login.
    fn add(&mut self, cells: [String; 5]) {
        if cells
            .iter()
            .skip(1)
            .take(3)
            .all(|cell| cell.trim().is_empty())
        {
            return;
        }
        let row = self.rows.len();
        for (rows, key) in self.found.iter_mut().zip(KEYS) {
            let value = cells.get(key).map(|cell| comparable(cell));
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                rows.entry(value).or_default().push(row);
            }
        }
        self.rows.push(cells);
    }

    pub(super) fn rows(&self) -> &[[String; 5]] {
        &self.rows
    }

    /// Whose folder has that name: by the login, the user's ID, Canvas's own
    /// ID, or the name.
    pub(super) fn owner(&self, folder: &str) -> Owner {
        let name = comparable(folder);
        let mut rows = self.found.iter().filter_map(|found| found.get(&name));
        match rows.next().map(Vec::as_slice) {
            None => Owner::Nobody,
            Some([row]) => Owner::One(*row),
            Some(_) => Owner::Several,
        }
    }

    /// The head of the column for an assignment: the one that is written like
    /// it, or else the only one that is but for capitals. With the number that
    /// Canvas gave it, points go to that one instead of to a new one.
    pub(super) fn title(&self, assignment: &str) -> Option<&str> {
        let (titles, wanted) = (self.titles.iter(), comparable(assignment));
        let alike = titles.filter(|(title, _)| comparable(title) == wanted);
        let alike: Vec<&(String, String)> = alike.collect();
        let same = alike.iter().find(|(title, _)| title == assignment);
        match (same, alike.as_slice()) {
            (Some((_, head)), _) | (None, [(_, head)]) => Some(head),
            _ => None,
        }
    }
}

fn comparable(cell: &str) -> String {
    cell.trim().to_lowercase()
}

/// Heads with their titles: `Barista (1234)` has the title `Barista`.
fn titles<'a>(heads: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let others = heads.filter(|head| !COLUMNS.contains(&head.trim()));
    let titled = others.map(|head| {
        let title = title_in(head).unwrap_or(head).trim();
        (title.to_owned(), head.to_owned())
    });
    titled.collect()
}

fn title_in(head: &str) -> Option<&str> {
    let (title, number) = head.trim_end().strip_suffix(')')?.rsplit_once(" (")?;
    let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    numbered.then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPORT: &str = "\u{feff}Student,ID,SIS User ID,SIS Login ID,Section,01-barista (77),Final (late) (x)\n\
        \x20   Points Possible,,,,,10,4\n\
        \"Lovelace, Ada\",101,u1,ada,Monday,3,\n\
        \"Hopper, Grace\",102,u2,grace@navy.mil,Monday,,\n\
        \"Turing, Alan\",103,ada,alan,Friday,,\n\
        \"Turing, Alan\",104,u4,alan2,Friday,,\n";

    #[test]
    fn folders_are_matched_by_the_surest_column() {
        let roster = Roster::read(EXPORT).unwrap();
        assert_eq!(roster.rows().len(), 4);
        let check = |folder: &str, expected: Owner| {
            assert_eq!(roster.owner(folder), expected, "{folder}");
        };
        check("ada", Owner::One(0));
        check("ADA", Owner::One(0));
        check("u2", Owner::One(1));
        check("grace@navy.mil", Owner::One(1));
        check("102", Owner::One(1));
        check("hopper, grace", Owner::One(1));
        check("Turing, Alan", Owner::Several);
        check("Points Possible", Owner::Nobody);
        check("", Owner::Nobody);
        check("somebody", Owner::Nobody);
    }

    #[test]
    fn assignments_that_canvas_has_keep_its_number() {
        let roster = Roster::read(EXPORT).unwrap();
        assert_eq!(roster.title("01-barista"), Some("01-barista (77)"));
        assert_eq!(roster.title("01-Barista"), Some("01-barista (77)"));
        assert_eq!(roster.title("Final (late)"), None);
        assert_eq!(roster.title("final (late) (X)"), Some("Final (late) (x)"));
        assert_eq!(roster.title("02-formal-model"), None);
        assert_eq!(roster.title("id"), None);
        let twice = Roster::read("Student,ID,Bar (1),bar (2),BAR (3)\nAda,5,,,\n").unwrap();
        assert_eq!(twice.title("bar"), Some("bar (2)"));
        assert_eq!(twice.title("bAr"), None);
    }

    #[test]
    fn exports_with_semicolons_or_fewer_columns_are_read() {
        let semicolons = EXPORT.lines().take(1).collect::<String>().replace(',', ";");
        let roster = Roster::read(&format!("{semicolons}\nAda;1;u;ada;S;;\n")).unwrap();
        assert_eq!(roster.owner("ada"), Owner::One(0));
        let roster = Roster::read("Student,ID,Section\nAda,5,S\n").unwrap();
        assert_eq!(roster.owner("5"), Owner::One(0));
        assert_eq!(roster.rows()[0], ["Ada", "5", "", "", "S"]);
        for text in ["", "a,b\n1,2\n", "Student,Section\nAda,S\n"] {
            let error = Roster::read(text).unwrap_err().to_string();
            assert!(
                error.contains("export the gradebook from Canvas"),
                "{error}"
            );
        }
    }
}
