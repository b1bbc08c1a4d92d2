//! Lateness that is reckoned anew: when a notebook is due says nothing about its
//! answers, so their results stay.

use rusqlite::{OptionalExtension as _, TransactionBehavior};

use super::{Gradebook, GradebookError, now};

/// How late the result that counts was handed in.
#[derive(Debug, Clone, PartialEq)]
pub struct Late {
    /// When it was handed in, as RFC 3339 in UTC; `None` if nobody knows.
    pub submitted: Option<String>,
    /// In seconds.
    pub late: u64,
    /// What lateness leaves of the points, 0 to 1.
    pub share: f64,
}

impl Gradebook {
    /// How late a student's result in a notebook is; `None` where there is no
    /// result.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn late(&self, student: &str, notebook: &str) -> Result<Option<Late>, GradebookError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT submitted, late, share FROM submissions
             JOIN students ON students.id = student
             JOIN notebooks ON notebooks.id = notebook
             WHERE current AND students.name = ?1 AND notebooks.name = ?2",
        )?;
        let found = statement.query_row([student, notebook], |row| {
            Ok(Late {
                submitted: row.get(0)?,
                late: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
                share: row.get(2)?,
            })
        });
        Ok(found.optional()?)
    }

    /// From how many results that count lateness takes points, by notebook.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn taken_for_lateness(&self) -> Result<Vec<(String, usize)>, GradebookError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT notebooks.name, count(*) FROM submissions
             JOIN notebooks ON notebooks.id = notebook
             WHERE current AND share < 1 GROUP BY notebooks.name ORDER BY notebooks.name",
        )?;
        let rows = statement.query_map([], |row| {
            let count: i64 = row.get(1)?;
            Ok((row.get(0)?, usize::try_from(count).unwrap_or(0)))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Gives the result that counts another lateness. The history keeps the one
    /// that it had, as it keeps an earlier grading.
    ///
    /// # Errors
    /// When there is no such result, the share is none, or the file cannot be
    /// written. Nothing changes then.
    pub fn set_late(
        &mut self,
        student: &str,
        notebook: &str,
        late: &Late,
    ) -> Result<(), GradebookError> {
        let unsound = |why: String| GradebookError::Unsound {
            student: student.to_owned(),
            notebook: notebook.to_owned(),
            why,
        };
        if !(0.0..=1.0).contains(&late.share) {
            let why = format!("its share is {}, and should be from 0 to 1", late.share);
            return Err(unsound(why));
        }
        let change = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let former = change
            .prepare_cached(
                "SELECT submissions.id FROM submissions
                 JOIN students ON students.id = student
                 JOIN notebooks ON notebooks.id = notebook
                 WHERE current AND students.name = ?1 AND notebooks.name = ?2",
            )?
            .query_row([student, notebook], |row| row.get::<_, i64>(0))
            .optional()?;
        let Some(former) = former else {
            return Err(unsound("there is no result yet".to_owned()));
        };
        change
            .prepare_cached("UPDATE submissions SET current = 0 WHERE id = ?1")?
            .execute([former])?;
        let new = change
            .prepare_cached(
                "INSERT INTO submissions (student, notebook, current, digest, rules, submitted,
                     graded, problem, remarks, share, late, seconds)
                 SELECT student, notebook, 1, digest, rules, ?2, ?3, problem, remarks, ?4, ?5,
                     seconds
                 FROM submissions WHERE id = ?1",
            )?
            .insert((
                former,
                &late.submitted,
                now(),
                late.share,
                i64::try_from(late.late).unwrap_or(i64::MAX),
            ))?;
        change
            .prepare_cached("UPDATE items SET submission = ?2 WHERE submission = ?1")?
            .execute((former, new))?;
        change.commit()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Graded, Item, Task, TaskKind, Verdict};

    #[test]
    fn lateness_changes_and_answers_stay() {
        let folder = tempfile::tempdir().unwrap();
        let mut book = Gradebook::open(folder.path()).unwrap();
        let task = serde_json::json!({
            "notebook": "bar", "name": "q", "kind": TaskKind::Question, "title": "q",
            "prompt": "", "possible": 2.0, "options": [],
        });
        let task: Task = serde_json::from_value(task).unwrap();
        book.set_tasks("bar", &[task]).unwrap();
        let item = serde_json::json!({
            "name": "q", "earned": 2.0, "verdict": Verdict::Right, "answer": "B",
            "words": "w", "evidence": "e",
        });
        let item: Item = serde_json::from_value(item).unwrap();
        let graded = serde_json::json!({
            "student": "ada", "notebook": "bar", "digest": "d", "submitted": "2026-12-01T00:00:00Z",
            "problem": null, "remarks": ["r"], "items": [item], "share": 0.5, "late": 7,
            "seconds": 1.5,
        });
        let graded: Graded = serde_json::from_value(graded).unwrap();
        book.record(&graded, "rules").unwrap();
        assert_eq!(book.taken_for_lateness().unwrap(), [("bar".to_owned(), 1)]);
        let basis = book.basis("ada", "bar").unwrap();

        let late = Late {
            submitted: graded.submitted.clone(),
            late: 0,
            share: 1.0,
        };
        book.set_late("ada", "bar", &late).unwrap();
        assert_eq!(book.late("ada", "bar").unwrap(), Some(late.clone()));
        assert_eq!(book.basis("ada", "bar").unwrap(), basis);
        assert_eq!(book.taken_for_lateness().unwrap(), []);
        let reading = book.read().unwrap();
        let student = reading.student("ada").unwrap();
        assert_eq!(student.submissions[0].points(), 2.0);
        assert_eq!(student.submissions[0].entries[0].item, Some(item));
        let history = reading.history("ada").unwrap();
        let current: Vec<bool> = history.iter().map(|one| one.current).collect();
        assert_eq!(current, [false, true]);
        drop(reading);

        let nobody = book.set_late("ben", "bar", &late).unwrap_err().to_string();
        assert!(nobody.contains("there is no result yet"), "{nobody}");
        let more = Late { share: 1.5, ..late };
        assert!(book.set_late("ada", "bar", &more).is_err());
    }
}
