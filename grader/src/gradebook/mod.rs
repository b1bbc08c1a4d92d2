//! The gradebook: what every student earned at every task and why, in one
//! SQLite file that survives whatever happens to the process.
//!
//! - [`Gradebook`] is the file: opening, tasks, results, marks of persons.
//! - [`Reading`] is one state of it, for reports, one student at a time.
//!
//! A result is one transaction, and on the disk when [`Gradebook::record`]
//! returns. Nothing is forgotten: each grading of a file stays, and each change
//! of points with its reason.
//!
//! Uses `score` for the shapes of results. It grades nothing, and knows neither
//! notebooks nor reports.

mod changes;
mod error;
mod file;
mod lateness;
mod marks;
mod near;
mod points;
mod read;
mod record;
mod stored;
mod tasks;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

pub use changes::{Change, Grading, Why};
pub use error::GradebookError;
pub use lateness::Late;
pub use marks::{Given, Mark, Marking, Pending};
pub use read::{Entry, Notebook, Reading, Student, Students, Submission};
pub use record::{Basis, Lapsed, Recorded};

/// The file's name in the folder of an output.
pub const FILE_NAME: &str = "gradebook.db";

/// A gradebook that is open, also for others: several processes may read and
/// write one at the same time.
#[derive(Debug)]
pub struct Gradebook {
    connection: Connection,
}

impl Gradebook {
    /// Opens the gradebook of a folder, or begins one there.
    ///
    /// # Errors
    /// When the folder cannot be made, or what is there is no gradebook that
    /// this version can read.
    pub fn open(folder: &Path) -> Result<Self, GradebookError> {
        let connection = file::open(&path_in(folder), file::Missing::Begin)?;
        Ok(Self { connection })
    }

    /// Opens the gradebook of a folder where there is one.
    ///
    /// # Errors
    /// [`GradebookError::Missing`] where there is none; else as
    /// [`open`](Self::open).
    pub fn existing(folder: &Path) -> Result<Self, GradebookError> {
        let connection = file::open(&path_in(folder), file::Missing::Refuse)?;
        Ok(Self { connection })
    }
}

fn path_in(folder: &Path) -> PathBuf {
    folder.join(FILE_NAME)
}

/// Now, in UTC, to the millisecond.
fn now() -> String {
    let now = jiff::Timestamp::now();
    let rounded = now.round(jiff::Unit::Millisecond);
    rounded.unwrap_or(now).to_string()
}
