//! Reading the gradebook for reports: one state of it, one student at a time.

use rusqlite::{Connection, OptionalExtension as _, Transaction};

use super::stored::Stored;
use super::{Gradebook, GradebookError, Mark, points};
use crate::results::{Item, Task};

impl Gradebook {
    /// The gradebook as it is now. What is recorded meanwhile does not show, so
    /// that one report never mixes two states.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self) -> Result<Reading<'_>, GradebookError> {
        // Only reads, so that it never waits for a writer.
        let transaction = self.connection.unchecked_transaction()?;
        let notebooks = notebooks(&transaction)?;
        Ok(Reading {
            transaction,
            notebooks,
        })
    }
}

/// One state of a gradebook.
#[derive(Debug)]
pub struct Reading<'a> {
    transaction: Transaction<'a>,
    notebooks: Vec<(i64, Notebook)>,
}

/// A notebook with its tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct Notebook {
    /// Without `.ipynb`.
    pub name: String,
    /// In the order of the notebook.
    pub tasks: Vec<Task>,
    /// Whether anybody has handed it in. As long as nobody has, nobody has
    /// missed anything.
    pub handed_in: bool,
}

impl Notebook {
    /// The most points.
    #[must_use]
    pub fn possible(&self) -> f64 {
        self.tasks.iter().map(|task| task.possible).sum()
    }
}

/// A student with everything that counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Student {
    pub name: String,
    /// By notebook, in the order of names; not those that were not handed in.
    pub submissions: Vec<Submission>,
}

impl Student {
    /// What the student handed in as that notebook.
    #[must_use]
    pub fn submission(&self, notebook: &str) -> Option<&Submission> {
        let mut submissions = self.submissions.iter();
        submissions.find(|submission| submission.notebook == notebook)
    }
}

/// A submission that counts, with its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    pub notebook: String,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
    /// When it was handed in, as RFC 3339 in UTC; `None` if nobody knows.
    pub submitted: Option<String>,
    /// When it was graded, as RFC 3339 in UTC.
    pub graded: String,
    /// Why nothing of it could be graded, in a sentence.
    pub problem: Option<String>,
    /// For the instructor.
    pub remarks: Vec<String>,
    /// What lateness leaves of the points.
    pub share: f64,
    /// How late it was, in seconds.
    pub late: u64,
    /// How long grading took, in seconds.
    pub seconds: f64,
    /// One for each task that the notebook has now, in its order.
    pub entries: Vec<Entry>,
}

impl Submission {
    /// The points after lateness. What waits for a person counts nothing yet.
    #[must_use]
    pub fn points(&self) -> f64 {
        let points = self.entries.iter().filter_map(|entry| self.before(entry));
        points.sum::<f64>() * self.share
    }

    /// The points of an entry before lateness; `None` while it waits for a
    /// person.
    #[must_use]
    pub fn before(&self, entry: &Entry) -> Option<f64> {
        let marked = entry.mark.as_ref().and_then(|mark| mark.points);
        // The task may give less than when it was marked.
        let marked = marked.map(|points| points.min(entry.possible));
        match &entry.item {
            Some(item) => points::counted(self.problem.is_some(), marked, item.earned),
            None => Some(0.0),
        }
    }

    /// The points of an entry after lateness; `None` while it waits for a
    /// person.
    #[must_use]
    pub fn after(&self, entry: &Entry) -> Option<f64> {
        self.before(entry).map(|points| points * self.share)
    }

    /// How many entries wait for a person.
    #[must_use]
    pub fn pending(&self) -> usize {
        let entries = self.entries.iter();
        entries.filter(|entry| self.before(entry).is_none()).count()
    }
}

/// What became of one task in a submission.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The task's name.
    pub task: String,
    /// The most points.
    pub possible: f64,
    /// `None` where nothing was graded: a problem, or the task is newer.
    pub item: Option<Item>,
    /// What a person gave for this answer.
    pub mark: Option<Mark>,
}

impl Reading<'_> {
    /// The notebooks, in the order of their names.
    pub fn notebooks(&self) -> impl ExactSizeIterator<Item = &Notebook> {
        self.notebooks.iter().map(|(_, notebook)| notebook)
    }

    /// All students, in the order of their names. Each is read when the
    /// iterator comes to it, so memory does not depend on how many there are.
    #[must_use]
    pub fn students(&self) -> Students<'_> {
        Students {
            reading: self,
            after: Some(String::new()),
        }
    }

    /// How many students there are.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn count(&self) -> Result<usize, GradebookError> {
        let count = "SELECT count(*) FROM students";
        let count: i64 = self.transaction.query_row(count, [], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// One student.
    ///
    /// # Errors
    /// [`GradebookError::UnknownStudent`] with near names; or when the file
    /// cannot be read.
    pub fn student(&self, name: &str) -> Result<Student, GradebookError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT id FROM students WHERE name = ?1")?;
        let id = statement.query_row([name], |row| row.get(0)).optional()?;
        match id {
            Some(id) => Ok(self.load(id, name.to_owned())?),
            None => Err(self.unknown_student(name)?),
        }
    }

    /// One notebook.
    ///
    /// # Errors
    /// [`GradebookError::UnknownNotebook`] with near names.
    pub fn notebook(&self, name: &str) -> Result<&Notebook, GradebookError> {
        let mut notebooks = self.notebooks();
        notebooks
            .find(|notebook| notebook.name == name)
            .ok_or_else(|| {
                let names = self.notebooks().map(|notebook| notebook.name.clone());
                GradebookError::UnknownNotebook {
                    name: name.to_owned(),
                    near: super::near::nearest(name, names),
                }
            })
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.transaction
    }

    fn unknown_student(&self, name: &str) -> rusqlite::Result<GradebookError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT name FROM students")?;
        let names = statement.query_map([], |row| row.get(0))?;
        let names = names.collect::<rusqlite::Result<Vec<String>>>()?;
        Ok(GradebookError::UnknownStudent {
            name: name.to_owned(),
            near: super::near::nearest(name, names),
        })
    }

    fn next_student(&self, after: &str) -> rusqlite::Result<Option<Student>> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT id, name FROM students WHERE name > ?1 ORDER BY name LIMIT 1",
        )?;
        let found = statement.query_row([after], |row| Ok((row.get(0)?, row.get(1)?)));
        let found = found.optional()?;
        found.map(|(id, name)| self.load(id, name)).transpose()
    }

    fn load(&self, id: i64, name: String) -> rusqlite::Result<Student> {
        let mut submissions = Vec::new();
        for (notebook, tasks) in &self.notebooks {
            submissions.extend(self.submission(id, *notebook, &tasks.name)?);
        }
        Ok(Student { name, submissions })
    }

    fn submission(
        &self,
        student: i64,
        notebook: i64,
        name: &str,
    ) -> rusqlite::Result<Option<Submission>> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT id, digest, submitted, graded, problem, remarks, share, late, seconds
             FROM submissions WHERE current AND student = ?1 AND notebook = ?2",
        )?;
        let found = statement.query_row((student, notebook), |row| {
            let submission = Submission {
                notebook: name.to_owned(),
                digest: row.get(1)?,
                submitted: row.get(2)?,
                graded: row.get(3)?,
                problem: row.get(4)?,
                remarks: row.get::<_, Stored<_>>(5)?.0,
                share: row.get(6)?,
                late: u64::try_from(row.get::<_, i64>(7)?).unwrap_or(0),
                seconds: row.get(8)?,
                entries: Vec::new(),
            };
            Ok((row.get(0)?, submission))
        });
        let Some((id, mut submission)) = found.optional()? else {
            return Ok(None);
        };
        submission.entries = self.entries(id, student, notebook)?;
        Ok(Some(submission))
    }

    fn entries(
        &self,
        submission: i64,
        student: i64,
        notebook: i64,
    ) -> rusqlite::Result<Vec<Entry>> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT tasks.name, possible, verdict, earned, items.answer, said, words, evidence,
                 marks.id, points, comment
             FROM tasks
             LEFT JOIN items ON items.submission = ?1 AND items.task = tasks.id
             LEFT JOIN marks ON marks.student = ?2 AND marks.task = tasks.id
             WHERE tasks.notebook = ?3 AND position IS NOT NULL ORDER BY position",
        )?;
        let rows = statement.query_map((submission, student, notebook), |row| {
            let task: String = row.get(0)?;
            let item = match row.get::<_, Option<Stored<_>>>(2)? {
                None => None,
                Some(Stored(verdict)) => Some(Item {
                    name: task.clone(),
                    earned: row.get(3)?,
                    verdict,
                    answer: row.get(4)?,
                    said: row.get(5)?,
                    words: row.get(6)?,
                    evidence: row.get(7)?,
                }),
            };
            let mark = match row.get::<_, Option<i64>>(8)? {
                None => None,
                Some(_) => Some(Mark {
                    points: row.get(9)?,
                    comment: row.get(10)?,
                }),
            };
            Ok(Entry {
                task,
                possible: row.get(1)?,
                item,
                mark,
            })
        })?;
        rows.collect()
    }
}

/// All students of a [`Reading`], one at a time.
#[derive(Debug)]
pub struct Students<'a> {
    reading: &'a Reading<'a>,
    /// The name before the next one; `None` at the end.
    after: Option<String>,
}

impl Iterator for Students<'_> {
    type Item = Result<Student, GradebookError>;

    fn next(&mut self) -> Option<Self::Item> {
        // An error is the end as well.
        let after = self.after.take()?;
        match self.reading.next_student(&after) {
            Ok(found) => {
                let student = found?;
                self.after = Some(student.name.clone());
                Some(Ok(student))
            }
            Err(error) => Some(Err(error.into())),
        }
    }
}

fn notebooks(connection: &Connection) -> rusqlite::Result<Vec<(i64, Notebook)>> {
    let mut statement =
        connection.prepare_cached("SELECT id, name FROM notebooks ORDER BY name")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let names = rows.collect::<rusqlite::Result<Vec<(i64, String)>>>()?;
    let notebooks = names.into_iter().map(|(id, name)| {
        let tasks = tasks(connection, id, &name)?;
        let handed_in = connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM submissions WHERE current AND notebook = ?1)",
            )?
            .query_row([id], |row| row.get(0))?;
        let notebook = Notebook {
            name,
            tasks,
            handed_in,
        };
        Ok((id, notebook))
    });
    notebooks.collect()
}

fn tasks(connection: &Connection, notebook: i64, name: &str) -> rusqlite::Result<Vec<Task>> {
    let mut statement = connection.prepare_cached(
        "SELECT name, kind, title, prompt, possible, options FROM tasks
         WHERE notebook = ?1 AND position IS NOT NULL ORDER BY position",
    )?;
    let rows = statement.query_map([notebook], |row| {
        Ok(Task {
            notebook: name.to_owned(),
            name: row.get(0)?,
            kind: row.get::<_, Stored<_>>(1)?.0,
            title: row.get(2)?,
            prompt: row.get(3)?,
            possible: row.get(4)?,
            options: row.get::<_, Stored<_>>(5)?.0,
        })
    })?;
    rows.collect()
}
