//! Where the pages lie in the output: `feedback/` has one for each student,
//! `overview.html` is the instructor's.

use std::path::Path;

use super::file_name::{FEEDBACK, file_stem};
use super::overview::Tally;
use super::{Chosen, feedback, files, overview};
use crate::gradebook::{Reading, Student};

/// The instructor's page.
pub const OVERVIEW: &str = "overview.html";

/// How many pages there are, and how many of them were new or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    pub pages: usize,
    pub changed: usize,
}

impl Written {
    fn add(&mut self, changed: bool) {
        self.pages += 1;
        self.changed += usize::from(changed);
    }
}

/// Writes every page into the folder `out`. One student is in memory at a time,
/// and pages that are right already keep their time stamp.
///
/// # Errors
/// When the gradebook cannot be read or a page not be written.
pub fn write_pages(out: &Path, reading: &Reading<'_>) -> anyhow::Result<Written> {
    let chosen = Chosen::of(reading, None)?;
    let mut tally = Tally::new(&chosen);
    let mut written = Written::default();
    for student in reading.students() {
        let student = student?;
        tally.add(&student);
        written.add(write_page(out, &student, &chosen)?);
    }
    written.add(write_tally(out, &tally)?);
    Ok(written)
}

/// Writes one student's page, and says whether it is new or changed.
///
/// # Errors
/// When the page cannot be written.
pub fn write_feedback(
    out: &Path,
    reading: &Reading<'_>,
    student: &Student,
) -> anyhow::Result<bool> {
    write_page(out, student, &Chosen::of(reading, None)?)
}

/// Writes the instructor's page, and says whether it is new or changed.
///
/// # Errors
/// When the gradebook cannot be read or the page not be written.
pub fn write_overview(out: &Path, reading: &Reading<'_>) -> anyhow::Result<bool> {
    let chosen = Chosen::of(reading, None)?;
    let mut tally = Tally::new(&chosen);
    for student in reading.students() {
        tally.add(&student?);
    }
    write_tally(out, &tally)
}

fn write_page(out: &Path, student: &Student, chosen: &Chosen<'_>) -> anyhow::Result<bool> {
    let name = file_stem(&student.name) + ".html";
    let page = feedback::feedback(student, chosen);
    files::save(&out.join(FEEDBACK).join(name), &page)
}

fn write_tally(out: &Path, tally: &Tally<'_>) -> anyhow::Result<bool> {
    files::save(&out.join(OVERVIEW), &overview::overview(tally))
}
