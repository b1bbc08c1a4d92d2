//! The tasks of a notebook, as the course has them now.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::stored::Stored;
use super::{Gradebook, GradebookError};
use crate::results::Task;

impl Gradebook {
    /// Keeps the tasks of a notebook, in this order, instead of those that it
    /// had. Results and marks of a task that is gone stay, and count again when
    /// the task comes back.
    ///
    /// # Errors
    /// When two tasks have the same name, or points that are no number from 0.
    pub fn set_tasks(&mut self, notebook: &str, tasks: &[Task]) -> Result<(), GradebookError> {
        check(notebook, tasks)?;
        let change = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        change
            .prepare_cached("INSERT INTO notebooks (name) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([notebook])?;
        let Some(id) = notebook_id(&change, notebook)? else {
            return Err(GradebookError::from(rusqlite::Error::QueryReturnedNoRows));
        };
        change
            .prepare_cached("UPDATE tasks SET position = NULL WHERE notebook = ?1")?
            .execute([id])?;
        for (position, task) in (0_i64..).zip(tasks) {
            change
                .prepare_cached(
                    "INSERT INTO tasks (notebook, name, position, kind, title, prompt, possible, options)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                     ON CONFLICT (notebook, name) DO UPDATE SET position = excluded.position,
                         kind = excluded.kind, title = excluded.title, prompt = excluded.prompt,
                         possible = excluded.possible, options = excluded.options",
                )?
                .execute((
                    id,
                    &task.name,
                    position,
                    Stored(task.kind),
                    &task.title,
                    &task.prompt,
                    task.possible,
                    Stored(&task.options),
                ))?;
        }
        change.commit()?;
        Ok(())
    }
}

fn check(notebook: &str, tasks: &[Task]) -> Result<(), GradebookError> {
    let unsound = |why: String| {
        Err(GradebookError::UnsoundTasks {
            notebook: notebook.to_owned(),
            why,
        })
    };
    let mut names = std::collections::HashSet::new();
    for task in tasks {
        if task.notebook != notebook {
            return unsound(format!("{:?} is a task of {:?}", task.name, task.notebook));
        }
        if !task.possible.is_finite() || task.possible < 0.0 {
            return unsound(format!("{:?} gives {} points", task.name, task.possible));
        }
        if !names.insert(&task.name) {
            return unsound(format!("two are called {:?}", task.name));
        }
    }
    Ok(())
}

pub(super) fn notebook_id(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM notebooks WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// A task's key in the file, with what checks of points need.
pub(super) struct Known {
    pub id: i64,
    pub name: String,
    pub title: String,
    pub possible: f64,
}

/// The tasks that a notebook has now.
pub(super) fn known(connection: &Connection, notebook: i64) -> rusqlite::Result<Vec<Known>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, name, title, possible FROM tasks
         WHERE notebook = ?1 AND position IS NOT NULL ORDER BY position",
    )?;
    let rows = statement.query_map([notebook], |row| {
        Ok(Known {
            id: row.get(0)?,
            name: row.get(1)?,
            title: row.get(2)?,
            possible: row.get(3)?,
        })
    })?;
    rows.collect()
}
