//! The students' edition of the instructor's notebooks.
//!
//! Solutions, hidden tests, quiz answers and everything that a run left behind
//! come out; checksums come in; ids, prose and the metadata that is known here stay. The same
//! source always gives the same bytes. What looks like a marker but is none is
//! an error: a solution must not slip through because of a missing space.
//!
//! A source is released only if `format` has nothing against it. Uses `format`,
//! `notebook`, `course` and the question bank, and runs nothing.

mod cell;
mod checksum;
mod error;
mod markers;
mod questions;
mod secrets;
mod students;

pub use error::ReleaseError;
pub use students::{Student, StudentsError};

use anyhow::Context as _;

use crate::course::{Course, Made};
use crate::format;
use crate::notebook::{Notebook, Place};
use secrets::Secrets;

/// Makes the students' edition of every notebook of a course. Nothing is
/// written.
///
/// # Errors
/// When one of them cannot be given its form, or cannot be released; the
/// message names the file and the cell.
pub fn course(course: &Course) -> anyhow::Result<Vec<Made>> {
    format::course(course)?;
    make(course, None)
}

/// Makes an edition for each of these students, with the options of questions
/// in an order of their own, in a folder of their name.
///
/// # Errors
/// As [`course`].
pub fn course_for(course: &Course, students: &[Student], seed: u64) -> anyhow::Result<Vec<Made>> {
    format::course(course)?;
    let mut all = Vec::new();
    for student in students {
        let made = make(course, Some((student, seed)))?;
        all.extend(made.into_iter().map(|made| Made {
            name: student.folder().join(made.name),
            text: made.text,
        }));
    }
    Ok(all)
}

fn make(course: &Course, student: Option<(&Student, u64)>) -> anyhow::Result<Vec<Made>> {
    let made = course.make(|source| notebook(source, course, student))?;
    // Whatever the rules for cells did not think of.
    let secrets = Secrets::of(&course.bank);
    for one in &made {
        secrets
            .check_words(&one.text)
            .with_context(|| course.folder.join(&one.name).display().to_string())?;
    }
    Ok(made)
}

/// Makes the students' edition of one notebook; for one student with a seed,
/// with the options in that student's order.
///
/// # Errors
/// When a cell cannot be released safely; the error names the cell.
pub fn notebook(
    source: &Notebook,
    course: &Course,
    student: Option<(&Student, u64)>,
) -> Result<Notebook, (Place, ReleaseError)> {
    let mut seen = cell::Seen::default();
    let mut made = source.clone();
    // Files before 4.5 have no cell ids, and ids are what a submission is
    // matched by; with ids, the file is one of at least 4.5.
    made.minor = made.minor.max(5);
    // The state of live widgets, for one, is an output like any other.
    made.metadata
        .retain(|key, _| format::NOTEBOOK.contains(&key.as_str()));
    made.extra.clear();
    let secrets = Secrets::of(&course.bank);
    for index in 0..made.cells.len() {
        let (above, rest) = made.cells.split_at_mut(index);
        let Some(current) = rest.first_mut() else {
            continue;
        };
        let place = Place::of(index, current.id.as_deref());
        let result = cell::release(current, &mut seen)
            .and_then(|()| questions::shuffle(current, above.last_mut(), course, student))
            .and_then(|()| questions::embed(current, course))
            .and_then(|()| secrets.check_cell(current));
        checksum::set(current);
        result.map_err(|error| (place, error))?;
    }
    Ok(made)
}
