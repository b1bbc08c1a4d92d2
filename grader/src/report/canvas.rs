//! The table that Canvas imports as grades.

use std::io::Write;

use super::cells::{Sheet, guarded, number, number_or_blank};
use super::roster::{Owner, Roster};
use super::words::listed;
use super::{Chosen, Notices};
use crate::gradebook::{Reading, Student, Submission};

/// Writes the table: a column for each notebook, blank where nothing was handed
/// in. With a roster, its students whose folders were found, as Canvas has
/// them; without one, a folder's name is the login.
///
/// # Errors
/// When the gradebook cannot be read or the table not be written.
pub fn canvas(
    reading: &Reading<'_>,
    chosen: &Chosen<'_>,
    roster: Option<&Roster>,
    out: impl Write,
) -> anyhow::Result<Notices> {
    let mut sheet = Sheet::new(out);
    let names = chosen
        .notebooks
        .iter()
        .map(|notebook| notebook.name.as_str());
    let titles = names.map(|name| {
        let title = roster.and_then(|roster| roster.title(name));
        title.unwrap_or(name)
    });
    let columns = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"];
    sheet.row(columns.into_iter().chain(titles))?;
    let possible = chosen.notebooks.iter().map(|one| number(one.possible()));
    let blanks = ["    Points Possible", "", "", "", ""].map(str::to_owned);
    sheet.row(blanks.into_iter().chain(possible))?;
    let notices = match roster {
        None => without_roster(reading, chosen, &mut sheet)?,
        Some(roster) => {
            let mut notices = Notices::default();
            let named = chosen.notebooks.iter().map(|one| &one.name);
            let new = named.filter(|name| roster.title(name).is_none());
            let new: Vec<String> = new.cloned().collect();
            if !new.is_empty() {
                notices.say(format!(
                    "without a column of their own in the roster, so that Canvas makes new \
                     assignments of them: {}",
                    listed(&new)
                ));
            }
            let Notices(others) = with_roster(reading, chosen, roster, &mut sheet)?;
            notices.0.extend(others);
            notices
        }
    };
    sheet.finish()?;
    Ok(notices)
}

fn without_roster<W: Write>(
    reading: &Reading<'_>,
    chosen: &Chosen<'_>,
    sheet: &mut Sheet<W>,
) -> anyhow::Result<Notices> {
    let mut notices = Notices::default();
    for student in reading.students() {
        let student = student?;
        notices.guarded(&student.name);
        let name = guarded(&student.name);
        let person = [
            name.clone(),
            String::new(),
            String::new(),
            name,
            String::new(),
        ];
        sheet.row(person.into_iter().chain(grades(&student, chosen)))?;
    }
    Ok(notices)
}

fn with_roster<W: Write>(
    reading: &Reading<'_>,
    chosen: &Chosen<'_>,
    roster: &Roster,
    sheet: &mut Sheet<W>,
) -> anyhow::Result<Notices> {
    let mut matches = Matches::new(roster);
    for student in reading.students() {
        matches.add(&student?.name);
    }
    for student in reading.students() {
        let student = student?;
        if let Some(row) = matches.row(&student.name) {
            let [name, id, user, login, section] = row;
            // What Canvas looks for has to stay as Canvas wrote it.
            let person = [
                guarded(name),
                id.clone(),
                user.clone(),
                login.clone(),
                guarded(section),
            ];
            sheet.row(person.into_iter().chain(grades(&student, chosen)))?;
        }
    }
    Ok(matches.notices())
}

fn grades(student: &Student, chosen: &Chosen<'_>) -> Vec<String> {
    let submissions = chosen
        .notebooks
        .iter()
        .map(|one| student.submission(&one.name));
    let points = submissions.map(|submission| submission.map(Submission::points));
    points.map(number_or_blank).collect()
}

/// Which folders a roster's rows belong to, and what does not fit.
struct Matches<'a> {
    roster: &'a Roster,
    /// For each row, the folders that have its name.
    folders: Vec<Vec<String>>,
    nobody: Vec<String>,
    several: Vec<String>,
}

impl<'a> Matches<'a> {
    fn new(roster: &'a Roster) -> Self {
        Self {
            roster,
            folders: vec![Vec::new(); roster.rows().len()],
            nobody: Vec::new(),
            several: Vec::new(),
        }
    }

    fn add(&mut self, folder: &str) {
        match self.roster.owner(folder) {
            Owner::One(row) => {
                if let Some(folders) = self.folders.get_mut(row) {
                    folders.push(folder.to_owned());
                }
            }
            Owner::Nobody => self.nobody.push(folder.to_owned()),
            Owner::Several => self.several.push(folder.to_owned()),
        }
    }

    /// The row of a folder, if both are each other's only one.
    fn row(&self, folder: &str) -> Option<&'a [String; 5]> {
        let Owner::One(row) = self.roster.owner(folder) else {
            return None;
        };
        let alone = self
            .folders
            .get(row)
            .is_some_and(|folders| folders.len() == 1);
        alone.then(|| self.roster.rows().get(row)).flatten()
    }

    fn notices(&self) -> Notices {
        let mut notices = Notices::default();
        if !self.nobody.is_empty() {
            let names = listed(&self.nobody);
            notices.say(format!(
                "left out, since they are not in the roster: {names}"
            ));
        }
        if !self.several.is_empty() {
            let names = listed(&self.several);
            notices.say(format!(
                "left out, since the roster has them more than once: {names}"
            ));
        }
        for folders in self.folders.iter().filter(|folders| folders.len() > 1) {
            let names = listed(folders);
            notices.say(format!(
                "left out, since the roster has one student for all of: {names}"
            ));
        }
        let rows = self.roster.rows().iter().zip(&self.folders);
        let missing = rows.filter(|(_, folders)| folders.is_empty());
        let missing: Vec<String> = missing.map(|(row, _)| row[0].clone()).collect();
        if !missing.is_empty() {
            let names = listed(&missing);
            notices.say(format!("in the roster, without a submission: {names}"));
        }
        notices
    }
}
