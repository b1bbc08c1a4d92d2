//! Recording what came of grading a submission: one transaction, which also
//! says what it changed.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::changes::{self, State, Why};
use super::points;
use super::stored::Stored;
use super::tasks::{self, Known};
use super::{Gradebook, GradebookError, Mark, now};
use crate::results::{Graded, Item};

/// What a result was made from. While it is the same, there is nothing to
/// grade again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// SHA-256 of the submitted file.
    pub digest: String,
    /// The rules of [`Gradebook::record`].
    pub rules: String,
    /// When it was handed in, on which lateness depends.
    pub submitted: Option<String>,
}

/// What recording a result brought about.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recorded {
    /// What persons gave for answers that are others now, in the order of the
    /// items.
    pub lapsed: Vec<Lapsed>,
}

/// A person's mark that counts no longer: it was for another answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Lapsed {
    /// The task's name.
    pub task: String,
    /// What the person gave.
    pub mark: Mark,
}

impl Gradebook {
    /// From what the result that counts for a student in a notebook was made;
    /// `None` where there is no result.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn basis(&self, student: &str, notebook: &str) -> Result<Option<Basis>, GradebookError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT digest, rules, submitted FROM submissions
             JOIN students ON students.id = student
             JOIN notebooks ON notebooks.id = notebook
             WHERE current AND students.name = ?1 AND notebooks.name = ?2",
        )?;
        let found = statement.query_row([student, notebook], |row| {
            Ok(Basis {
                digest: row.get(0)?,
                rules: row.get(1)?,
                submitted: row.get(2)?,
            })
        });
        Ok(found.optional()?)
    }

    /// Records a result, which counts from now on. `rules` stands for all that
    /// it depends on besides the file: the course and how it was graded.
    ///
    /// What a person gave for an answer holds as long as that answer is the
    /// same; for another answer it lapses. The changes remember it, and what is
    /// returned says it.
    ///
    /// When this returns, the result is on the disk.
    ///
    /// # Errors
    /// When the notebook's tasks are not those of the items
    /// ([`set_tasks`](Self::set_tasks)), points are out of range, or the file
    /// cannot be written. Nothing is recorded then.
    pub fn record(&mut self, graded: &Graded, rules: &str) -> Result<Recorded, GradebookError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(notebook) = tasks::notebook_id(&transaction, &graded.notebook)? else {
            return Err(unsound(graded, "its notebook has no tasks yet".to_owned()));
        };
        let known = tasks::known(&transaction, notebook)?;
        let items = matched(graded, &known)?;
        let recording = Recording {
            connection: &transaction,
            student: student_id(&transaction, &graded.student)?,
            notebook,
            at: now(),
        };
        let lapsed = recording.replace(graded, rules, &items)?;
        transaction.commit()?;
        Ok(Recorded { lapsed })
    }
}

/// The items of a result with the keys of their tasks.
type Items<'a> = Vec<(i64, &'a Item)>;

fn matched<'a>(graded: &'a Graded, known: &[Known]) -> Result<Items<'a>, GradebookError> {
    if !(0.0..=1.0).contains(&graded.share) {
        let why = format!("its share is {}, and should be from 0 to 1", graded.share);
        return Err(unsound(graded, why));
    }
    if graded.student.is_empty() {
        return Err(unsound(graded, "its student has no name".to_owned()));
    }
    let mut open: HashMap<&str, &Known> = known
        .iter()
        .map(|task| (task.name.as_str(), task))
        .collect();
    let matched = graded.items.iter().map(|item| {
        let Some(task) = open.remove(item.name.as_str()) else {
            let why = format!("{:?} is no task of the notebook, or there twice", item.name);
            return Err(unsound(graded, why));
        };
        match item.earned {
            Some(earned) if !points::possible(earned, task.possible) => {
                let (name, most) = (&item.name, task.possible);
                let why = format!("{earned} points for {name:?}, which gives from 0 to {most}");
                Err(unsound(graded, why))
            }
            _ => Ok((task.id, item)),
        }
    });
    let matched = matched.collect::<Result<_, _>>()?;
    match open.into_keys().min() {
        Some(missing) if graded.problem.is_none() => {
            Err(unsound(graded, format!("the task {missing:?} is missing")))
        }
        _ => Ok(matched),
    }
}

fn unsound(graded: &Graded, why: String) -> GradebookError {
    GradebookError::Unsound {
        student: graded.student.clone(),
        notebook: graded.notebook.clone(),
        why,
    }
}

fn student_id(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("INSERT INTO students (name) VALUES (?1) ON CONFLICT DO NOTHING")?
        .execute([name])?;
    connection
        .prepare_cached("SELECT id FROM students WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
}

/// A person's mark, and the answer that it was given for.
struct Standing {
    mark: Mark,
    answer: String,
}

/// A transaction under way.
struct Recording<'a> {
    connection: &'a Connection,
    student: i64,
    notebook: i64,
    at: String,
}

impl Recording<'_> {
    /// Records the items, and says which marks lapse.
    fn replace(
        &self,
        graded: &Graded,
        rules: &str,
        items: &Items<'_>,
    ) -> rusqlite::Result<Vec<Lapsed>> {
        let mut all_lapsed = Vec::new();
        let marks = self.marks()?;
        let former = self.former(&marks)?;
        let submission = self.submission(graded, rules)?;
        let why = match former {
            Some(_) => Why::Regraded,
            None => Why::Graded,
        };
        let mut former = former.unwrap_or_default();
        let problem = graded.problem.is_some();
        for &(task, item) in items {
            self.item(submission, task, item)?;
            let old = former.remove(&task).unwrap_or_default();
            let mark = marks.get(&task);
            // A problem has no answers, so it says nothing about them.
            let lapsed = mark.filter(|given| !problem && given.answer != item.answer);
            let marked = match lapsed {
                Some(_) => None,
                None => mark.and_then(|given| given.mark.points),
            };
            let new = State {
                points: points::counted(problem, marked, item.earned),
                verdict: Some(item.verdict),
            };
            if let Some(given) = lapsed {
                self.forget(task)?;
                self.change(task, Why::Lapsed, &old, &new, &given.mark.comment)?;
                all_lapsed.push(Lapsed {
                    task: item.name.clone(),
                    mark: given.mark.clone(),
                });
            } else if new != old {
                self.change(task, why, &old, &new, "")?;
            }
        }
        // What was there and is no longer: all of it after a problem, or a task
        // that the notebook has lost.
        for (task, old) in former {
            self.change(task, why, &old, &State::default(), "")?;
        }
        Ok(all_lapsed)
    }

    /// Takes the place of the submission that counted.
    fn submission(&self, graded: &Graded, rules: &str) -> rusqlite::Result<i64> {
        let place = (self.student, self.notebook);
        self.connection
            .prepare_cached(
                "DELETE FROM items WHERE submission =
                     (SELECT id FROM submissions WHERE current AND student = ?1 AND notebook = ?2)",
            )?
            .execute(place)?;
        self.connection
            .prepare_cached(
                "UPDATE submissions SET current = 0
                 WHERE current AND student = ?1 AND notebook = ?2",
            )?
            .execute(place)?;
        self.connection
            .prepare_cached(
                "INSERT INTO submissions (student, notebook, current, digest, rules, submitted,
                     graded, problem, remarks, share, late, seconds)
                 VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .insert((
                self.student,
                self.notebook,
                &graded.digest,
                rules,
                &graded.submitted,
                &self.at,
                &graded.problem,
                Stored(&graded.remarks),
                graded.share,
                i64::try_from(graded.late).unwrap_or(i64::MAX),
                graded.seconds,
            ))
    }

    fn item(&self, submission: i64, task: i64, item: &Item) -> rusqlite::Result<usize> {
        self.connection
            .prepare_cached(
                "INSERT INTO items (submission, task, earned, verdict, answer, said, words, evidence)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute((
                submission,
                task,
                item.earned,
                Stored(item.verdict),
                &item.answer,
                &item.said,
                &item.words,
                &item.evidence,
            ))
    }

    /// The marks of the student in the notebook, by task.
    fn marks(&self) -> rusqlite::Result<HashMap<i64, Standing>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT task, points, comment, answer FROM marks
             JOIN tasks ON tasks.id = task WHERE student = ?1 AND notebook = ?2",
        )?;
        let rows = statement.query_map((self.student, self.notebook), |row| {
            let given = Standing {
                mark: Mark {
                    points: row.get(1)?,
                    comment: row.get(2)?,
                },
                answer: row.get(3)?,
            };
            Ok((row.get(0)?, given))
        })?;
        rows.collect()
    }

    /// What the items counted until now, by task; `None` before the first
    /// result.
    fn former(
        &self,
        marks: &HashMap<i64, Standing>,
    ) -> rusqlite::Result<Option<HashMap<i64, State>>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, problem IS NOT NULL FROM submissions
             WHERE current AND student = ?1 AND notebook = ?2",
        )?;
        let current = statement.query_row((self.student, self.notebook), |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?))
        });
        let Some((submission, problem)) = current.optional()? else {
            return Ok(None);
        };
        let mut statement = self
            .connection
            .prepare_cached("SELECT task, earned, verdict FROM items WHERE submission = ?1")?;
        let rows = statement.query_map([submission], |row| {
            let task: i64 = row.get(0)?;
            let marked = marks.get(&task).and_then(|given| given.mark.points);
            let state = State {
                points: points::counted(problem, marked, row.get(1)?),
                verdict: Some(row.get::<_, Stored<_>>(2)?.0),
            };
            Ok((task, state))
        })?;
        rows.collect::<rusqlite::Result<_>>().map(Some)
    }

    fn forget(&self, task: i64) -> rusqlite::Result<usize> {
        self.connection
            .prepare_cached("DELETE FROM marks WHERE student = ?1 AND task = ?2")?
            .execute((self.student, task))
    }

    fn change(
        &self,
        task: i64,
        why: Why,
        old: &State,
        new: &State,
        comment: &str,
    ) -> rusqlite::Result<()> {
        let place = changes::Place {
            at: &self.at,
            student: self.student,
            task,
        };
        changes::append(self.connection, &place, why, old, new, comment)
    }
}
