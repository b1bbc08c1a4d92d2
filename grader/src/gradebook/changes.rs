//! What became of points, and which files were graded: kept for ever.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::stored::Stored;
use super::{GradebookError, Reading};
use crate::results::Verdict;

/// Why points or a verdict are others than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The first result.
    Graded,
    /// A new file, or new rules.
    Regraded,
    /// A person gave points or a comment, or took them back.
    Marked,
    /// What a person gave was for another answer than the one that is there
    /// now.
    Lapsed,
}

/// A change of what an item counts, before lateness.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// When, as RFC 3339 in UTC.
    pub at: String,
    pub notebook: String,
    pub task: String,
    pub why: Why,
    /// `None` where there was nothing, or a person had yet to mark it.
    pub old_points: Option<f64>,
    pub new_points: Option<f64>,
    pub old_verdict: Option<Verdict>,
    pub new_verdict: Option<Verdict>,
    /// What the person said who marked it, or whose mark lapsed.
    pub comment: String,
}

/// One grading of a submitted file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grading {
    pub notebook: String,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
    /// When it was handed in, as RFC 3339 in UTC.
    pub submitted: Option<String>,
    /// When it was graded, as RFC 3339 in UTC.
    pub graded: String,
    /// Whether it is the one that counts.
    pub current: bool,
}

impl Reading<'_> {
    /// Every change of a student's points, in the order in which they came.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn changes(&self, student: &str) -> Result<Vec<Change>, GradebookError> {
        let mut statement = self.connection().prepare_cached(
            "SELECT at, notebooks.name, tasks.name, why, old_points, new_points, old_verdict,
                 new_verdict, comment
             FROM changes JOIN tasks ON tasks.id = task JOIN notebooks ON notebooks.id = notebook
             WHERE student = (SELECT id FROM students WHERE name = ?1) ORDER BY changes.id",
        )?;
        let rows = statement.query_map([student], |row| {
            let verdict =
                |at| Ok::<_, rusqlite::Error>(row.get::<_, Option<Stored<_>>>(at)?.map(|v| v.0));
            Ok(Change {
                at: row.get(0)?,
                notebook: row.get(1)?,
                task: row.get(2)?,
                why: row.get::<_, Stored<_>>(3)?.0,
                old_points: row.get(4)?,
                new_points: row.get(5)?,
                old_verdict: verdict(6)?,
                new_verdict: verdict(7)?,
                comment: row.get(8)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Every grading of a student's files, in the order in which they came.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn history(&self, student: &str) -> Result<Vec<Grading>, GradebookError> {
        let mut statement = self.connection().prepare_cached(
            "SELECT notebooks.name, digest, submitted, graded, current
             FROM submissions JOIN notebooks ON notebooks.id = notebook
             WHERE student = (SELECT id FROM students WHERE name = ?1) ORDER BY submissions.id",
        )?;
        let rows = statement.query_map([student], |row| {
            Ok(Grading {
                notebook: row.get(0)?,
                digest: row.get(1)?,
                submitted: row.get(2)?,
                graded: row.get(3)?,
                current: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

/// What an item counts, and its verdict; of no item, neither.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct State {
    pub points: Option<f64>,
    pub verdict: Option<Verdict>,
}

/// Whose points changed, where and when.
pub(super) struct Place<'a> {
    pub at: &'a str,
    pub student: i64,
    pub task: i64,
}

pub(super) fn append(
    connection: &Connection,
    place: &Place<'_>,
    why: Why,
    old: &State,
    new: &State,
    comment: &str,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO changes (at, student, task, why, old_points, new_points, old_verdict,
                 new_verdict, comment)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            place.at,
            place.student,
            place.task,
            Stored(why),
            old.points,
            new.points,
            old.verdict.map(Stored),
            new.verdict.map(Stored),
            comment,
        ))?;
    Ok(())
}
