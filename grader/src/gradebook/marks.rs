//! What persons give and say, and what waits for them.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::changes::{self, State, Why};
use super::stored::Stored;
use super::tasks::{self, Known};
use super::{Gradebook, GradebookError, Reading, near, now, points};
use crate::results::Verdict;

/// What a person gave for an answer, and said about it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mark {
    /// The points, before lateness; `None` leaves those that were found.
    pub points: Option<f64>,
    /// For the student; empty for none.
    pub comment: String,
}

impl Mark {
    /// Whether it says nothing, so that it takes back an earlier one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_none() && self.comment.is_empty()
    }
}

/// A mark, and the answer that it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Marking {
    pub student: String,
    pub notebook: String,
    /// The task's name.
    pub task: String,
    pub mark: Mark,
    /// Where it stands in a table, for messages; empty for nowhere.
    pub place: String,
}

/// How many marks were given and taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Given {
    pub given: usize,
    /// Earlier marks that were taken back, with nothing in their places.
    pub withdrawn: usize,
    /// Answers without a mark that could be taken back.
    pub nothing: usize,
}

/// An answer that waits for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    pub student: String,
    pub notebook: String,
    /// The task's name.
    pub task: String,
    /// For people; the name where there is nothing better.
    pub title: String,
    /// What is asked, in Markdown; may be empty.
    pub prompt: String,
    /// The most points.
    pub possible: f64,
    pub answer: String,
    /// What a person gave for an earlier answer, which lapsed with it.
    pub earlier: Option<Mark>,
}

impl Gradebook {
    /// Gives a student's answer a person's points, a comment, or both, instead
    /// of an earlier mark. Points go before those that were found; an empty
    /// mark takes the earlier one back.
    ///
    /// # Errors
    /// When the names are not in the gradebook, there is no answer, or the
    /// points are not between 0 and those of the task. Nothing changes then.
    pub fn mark(
        &mut self,
        student: &str,
        notebook: &str,
        task: &str,
        mark: &Mark,
    ) -> Result<Given, GradebookError> {
        self.mark_all(&[Marking {
            student: student.to_owned(),
            notebook: notebook.to_owned(),
            task: task.to_owned(),
            mark: mark.clone(),
            place: String::new(),
        }])
    }

    /// Gives several marks, all of them or none.
    ///
    /// # Errors
    /// As [`mark`](Self::mark), for the first one that cannot be given, with its
    /// place.
    pub fn mark_all(&mut self, marks: &[Marking]) -> Result<Given, GradebookError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut given = Given::default();
        for one in marks {
            give(&transaction, one, &mut given).map_err(|error| match one.place.as_str() {
                "" => error,
                place => GradebookError::At {
                    place: place.to_owned(),
                    error: Box::new(error),
                },
            })?;
        }
        transaction.commit()?;
        Ok(given)
    }

    /// What waits for a person, by student, notebook and task.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn pending(&self) -> Result<Vec<Pending>, GradebookError> {
        self.read()?.pending()
    }
}

/// Gives one mark, and counts it.
fn give(connection: &Connection, one: &Marking, given: &mut Given) -> Result<(), GradebookError> {
    let found = Marked::find(connection, &one.student, &one.notebook, &one.task)?;
    if let Some(points) = one.mark.points
        && !points::possible(points, found.possible)
    {
        return Err(GradebookError::MarkOutOfRange {
            points,
            student: one.student.clone(),
            task: one.task.clone(),
            possible: found.possible,
        });
    }
    match (one.mark.is_empty(), found.marked) {
        (true, false) => {
            given.nothing += 1;
            return Ok(());
        }
        (true, true) => given.withdrawn += 1,
        (false, _) => given.given += 1,
    }
    Ok(found.give(connection, &one.mark)?)
}

/// Items without points, whose submission counts and could be graded, with the
/// last that became of a person's mark.
const WAITING: &str = "FROM items
    JOIN submissions ON submissions.id = items.submission
    JOIN tasks ON tasks.id = items.task
    JOIN students ON students.id = submissions.student
    JOIN notebooks ON notebooks.id = submissions.notebook
    LEFT JOIN marks ON marks.student = submissions.student AND marks.task = items.task
    LEFT JOIN changes AS former ON former.id =
        (SELECT max(id) FROM changes
         WHERE student = submissions.student AND task = items.task
             AND why IN ('lapsed', 'marked'))
    WHERE items.earned IS NULL AND current AND problem IS NULL
        AND position IS NOT NULL AND marks.points IS NULL";

impl Reading<'_> {
    /// What waits for a person, by student, notebook and task.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn pending(&self) -> Result<Vec<Pending>, GradebookError> {
        let mut statement = self.connection().prepare_cached(&format!(
            "SELECT students.name, notebooks.name, tasks.name, title, prompt, possible,
                 items.answer, former.why, former.old_points, former.comment {WAITING}
             ORDER BY students.name, notebooks.name, position"
        ))?;
        let rows = statement.query_map([], |row| {
            let earlier = match row.get::<_, Option<Stored<_>>>(7)? {
                Some(Stored(Why::Lapsed)) => Some(Mark {
                    points: row.get(8)?,
                    comment: row.get(9)?,
                }),
                _ => None,
            };
            Ok(Pending {
                student: row.get(0)?,
                notebook: row.get(1)?,
                task: row.get(2)?,
                title: row.get(3)?,
                prompt: row.get(4)?,
                possible: row.get(5)?,
                answer: row.get(6)?,
                earlier,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// How many answers in a notebook wait for a person.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn pending_in(&self, notebook: &str) -> Result<usize, GradebookError> {
        let count = format!("SELECT count(*) {WAITING} AND notebooks.name = ?1");
        let mut statement = self.connection().prepare_cached(&count)?;
        let count: i64 = statement.query_row([notebook], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}

/// An item that a person marks.
struct Marked {
    student: i64,
    task: i64,
    possible: f64,
    earned: Option<f64>,
    verdict: Verdict,
    answer: String,
    /// Whether there is a mark, and its points.
    marked: bool,
    former: Option<f64>,
}

impl Marked {
    fn find(
        connection: &Connection,
        student: &str,
        notebook: &str,
        task: &str,
    ) -> Result<Self, GradebookError> {
        let all = |sql| names(connection, sql);
        let id = "SELECT id FROM students WHERE name = ?1";
        let id = connection.query_row(id, [student], |row| row.get(0));
        let Some(student_id) = id.optional()? else {
            return Err(GradebookError::UnknownStudent {
                name: student.to_owned(),
                near: near::nearest(student, all("SELECT name FROM students")?),
            });
        };
        let Some(notebook_id) = tasks::notebook_id(connection, notebook)? else {
            return Err(GradebookError::UnknownNotebook {
                name: notebook.to_owned(),
                near: near::nearest(notebook, all("SELECT name FROM notebooks")?),
            });
        };
        let known = tasks::known(connection, notebook_id)?;
        let Some(found) = known.iter().find(|known| known.name == task) else {
            return Err(GradebookError::UnknownTask {
                name: task.to_owned(),
                notebook: notebook.to_owned(),
                near: near::nearest_tasks(
                    task,
                    known.into_iter().map(|known| (known.name, known.title)),
                ),
            });
        };
        let answer = Self::answered(connection, student_id, notebook_id, found)?;
        answer.map_err(|problem| match problem {
            None => GradebookError::NotHandedIn {
                student: student.to_owned(),
                notebook: notebook.to_owned(),
            },
            Some(problem) => GradebookError::NotGraded {
                student: student.to_owned(),
                notebook: notebook.to_owned(),
                problem,
            },
        })
    }

    /// The item, or why there is none: a problem with the submission, if there
    /// is a submission.
    fn answered(
        connection: &Connection,
        student: i64,
        notebook: i64,
        task: &Known,
    ) -> rusqlite::Result<Result<Self, Option<String>>> {
        let current = connection
            .query_row(
                "SELECT id, problem FROM submissions
                 WHERE current AND student = ?1 AND notebook = ?2",
                (student, notebook),
                |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?)),
            )
            .optional()?;
        let submission = match current {
            None => return Ok(Err(None)),
            Some((_, Some(problem))) => return Ok(Err(Some(problem))),
            Some((submission, None)) => submission,
        };
        let item = connection
            .query_row(
                "SELECT earned, verdict, items.answer, marks.points, marks.id IS NOT NULL
                 FROM items LEFT JOIN marks ON marks.student = ?3 AND marks.task = items.task
                 WHERE submission = ?1 AND items.task = ?2",
                (submission, task.id, student),
                |row| {
                    Ok(Self {
                        student,
                        task: task.id,
                        possible: task.possible,
                        earned: row.get(0)?,
                        verdict: row.get::<_, Stored<_>>(1)?.0,
                        answer: row.get(2)?,
                        former: row.get(3)?,
                        marked: row.get(4)?,
                    })
                },
            )
            .optional()?;
        // The task is newer than the result.
        Ok(item.ok_or(None))
    }

    fn give(&self, connection: &Connection, mark: &Mark) -> rusqlite::Result<()> {
        let at = now();
        if mark.is_empty() {
            connection.execute(
                "DELETE FROM marks WHERE student = ?1 AND task = ?2",
                (self.student, self.task),
            )?;
        } else {
            connection.execute(
                "INSERT INTO marks (student, task, points, comment, answer, marked)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (student, task) DO UPDATE SET points = excluded.points,
                     comment = excluded.comment, answer = excluded.answer,
                     marked = excluded.marked",
                (
                    self.student,
                    self.task,
                    mark.points,
                    &mark.comment,
                    &self.answer,
                    &at,
                ),
            )?;
        }
        let place = changes::Place {
            at: &at,
            student: self.student,
            task: self.task,
        };
        let state = |marked| State {
            points: points::counted(false, marked, self.earned),
            verdict: Some(self.verdict),
        };
        let (old, new) = (state(self.former), state(mark.points));
        changes::append(connection, &place, Why::Marked, &old, &new, &mark.comment)
    }
}

fn names(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.collect()
}
