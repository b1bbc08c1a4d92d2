//! Why a gradebook cannot be opened, read or written.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why a gradebook cannot be opened, read or written.
#[derive(Debug, Error)]
pub enum GradebookError {
    #[error("no gradebook in {}; run `twoaxes-grader grade` first", .0.display())]
    Missing(PathBuf),
    #[error("cannot make the folder {}", .0.display())]
    Folder(PathBuf, #[source] io::Error),
    #[error("{} is no gradebook; give another folder, or move the file away", .0.display())]
    Foreign(PathBuf),
    #[error(
        "{} is of version {found}, and this twoaxes-grader knows versions up to {known}; use the \
         newer twoaxes-grader that made it", .path.display()
    )]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    #[error("cannot open the gradebook {}", .0.display())]
    Open(PathBuf, #[source] Box<GradebookError>),

    #[error("{place}")]
    At {
        place: String,
        #[source]
        error: Box<GradebookError>,
    },
    #[error("there is no student {name:?} in the gradebook{}", nearest(.near))]
    UnknownStudent { name: String, near: Vec<String> },
    #[error("there is no notebook {name:?} in the gradebook{}", nearest(.near))]
    UnknownNotebook { name: String, near: Vec<String> },
    #[error("there is no task {name:?} in the notebook {notebook:?}{}", nearest_tasks(.near))]
    UnknownTask {
        name: String,
        notebook: String,
        /// Names with titles.
        near: Vec<(String, String)>,
    },
    #[error("{student:?} has handed in no {notebook:?}, so there is nothing to mark")]
    NotHandedIn { student: String, notebook: String },
    #[error(
        "nothing of {student:?}'s {notebook:?} could be graded, so there is no answer to mark: \
         {problem}"
    )]
    NotGraded {
        student: String,
        notebook: String,
        problem: String,
    },
    #[error(
        "{points} points cannot be given to {student:?} for {task:?}; give between 0 and {possible}"
    )]
    MarkOutOfRange {
        points: f64,
        student: String,
        task: String,
        possible: f64,
    },

    #[error("the result of {student:?} in {notebook:?} cannot be recorded: {why}")]
    Unsound {
        student: String,
        notebook: String,
        why: String,
    },
    #[error("the tasks of {notebook:?} cannot be kept: {why}")]
    UnsoundTasks { notebook: String, why: String },

    #[error("another process has held the gradebook for too long; wait for it and try again")]
    Busy(#[source] rusqlite::Error),
    #[error("the disk of the gradebook is full; make room and try again, nothing recorded is lost")]
    DiskFull(#[source] rusqlite::Error),
    #[error("the gradebook is damaged; fetch its last backup")]
    Damaged(#[source] rusqlite::Error),
    #[error("the gradebook cannot be read or written")]
    Database(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for GradebookError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(error),
            Some(ErrorCode::DiskFull) => Self::DiskFull(error),
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged(error),
            _ => Self::Database(error),
        }
    }
}

fn nearest(near: &[String]) -> String {
    let quoted = near.iter().map(|name| format!("{name:?}"));
    nearest_of(&quoted.collect::<Vec<_>>())
}

fn nearest_tasks(near: &[(String, String)]) -> String {
    let named = near.iter().map(|(name, title)| match name == title {
        true => format!("{name:?}"),
        false => format!("{name:?} ({title})"),
    });
    nearest_of(&named.collect::<Vec<_>>())
}

fn nearest_of(near: &[String]) -> String {
    match near {
        [] => String::new(),
        [one] => format!("; the nearest is {one}"),
        several => format!("; the nearest are {}", several.join(", ")),
    }
}
