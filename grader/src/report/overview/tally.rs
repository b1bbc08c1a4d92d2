//! Counting a class, one student at a time. What is kept grows with the number
//! of tasks, and by a name and a few numbers for each student.

use std::collections::HashMap;

use super::scores::Scores;
use crate::gradebook::{Entry, Notebook, Student, Submission};
use crate::report::Chosen;
use crate::results::{Task, Verdict};

/// Sentences for the instructor that are listed; more are counted.
const MOST_LISTED: usize = 1_000;
/// Different wrong answers to one question, and characters of one. Whoever
/// answers with novels shall not fill the memory.
const MOST_ANSWERS: usize = 500;
const LONGEST_ANSWER: usize = 80;

/// What a class did.
#[derive(Debug)]
pub(in crate::report) struct Tally<'a> {
    pub notebooks: Vec<NotebookTally<'a>>,
    /// Of all notebooks that somebody has handed in; what others did not is 0.
    pub scores: Scores,
    /// The most points in these.
    pub possible: f64,
    pub students: Vec<Row>,
    pub submissions: u64,
    /// Submissions that could not be graded.
    pub problems: Said,
    /// What else the instructor should know about submissions.
    pub remarks: Said,
}

#[derive(Debug)]
pub(in crate::report) struct NotebookTally<'a> {
    pub notebook: &'a Notebook,
    /// Of those that were handed in.
    pub scores: Scores,
    pub tasks: Vec<TaskTally<'a>>,
}

#[derive(Debug)]
pub(in crate::report) struct TaskTally<'a> {
    pub task: &'a Task,
    /// What was handed in and could be graded.
    pub handed_in: u64,
    /// Of these, what was not left as it was.
    pub answered: u64,
    /// Those whose points are known, and the sum of these, before lateness.
    pub graded: u64,
    pub earned: f64,
    /// Answers that wait for a person.
    pub pending: u64,
    wrong: HashMap<String, u64>,
    /// Wrong answers beyond those that are kept apart.
    pub other_wrong: u64,
}

/// A student in the list.
#[derive(Debug, PartialEq)]
pub(in crate::report) struct Row {
    pub name: String,
    pub points: f64,
    pub pending: usize,
    pub handed_in: usize,
    pub problems: usize,
    /// For each notebook, in the order of the tally.
    pub notebooks: Vec<Option<Points>>,
}

/// What a student has of a notebook.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Points {
    pub points: f64,
    /// How late it was, in seconds.
    pub late: u64,
}

/// Sentences about submissions, as many as are listed.
#[derive(Debug, Default)]
pub(in crate::report) struct Said {
    /// Student, notebook and sentence.
    pub listed: Vec<(String, String, String)>,
    pub count: u64,
}

impl Said {
    fn add(&mut self, student: &str, submission: &Submission, sentence: &str) {
        self.count += 1;
        if self.listed.len() < MOST_LISTED {
            let (student, notebook) = (student.to_owned(), submission.notebook.clone());
            self.listed.push((student, notebook, sentence.to_owned()));
        }
    }
}

impl<'a> Tally<'a> {
    pub(in crate::report) fn new(chosen: &Chosen<'a>) -> Self {
        let notebooks = chosen.notebooks.iter().copied();
        let notebooks = notebooks.map(|notebook| NotebookTally {
            notebook,
            scores: Scores::default(),
            tasks: notebook.tasks.iter().map(TaskTally::new).collect(),
        });
        let notebooks: Vec<NotebookTally<'a>> = notebooks.collect();
        Self {
            possible: chosen.possible(),
            notebooks,
            scores: Scores::default(),
            students: Vec::new(),
            submissions: 0,
            problems: Said::default(),
            remarks: Said::default(),
        }
    }

    pub(in crate::report) fn add(&mut self, student: &Student) {
        let mut row = Row {
            name: student.name.clone(),
            points: 0.0,
            pending: 0,
            handed_in: 0,
            problems: 0,
            notebooks: Vec::with_capacity(self.notebooks.len()),
        };
        for tally in &mut self.notebooks {
            let submission = student.submission(&tally.notebook.name);
            row.notebooks.push(submission.map(|submission| Points {
                points: submission.points(),
                late: submission.late,
            }));
            let Some(submission) = submission else {
                continue;
            };
            self.submissions += 1;
            row.handed_in += 1;
            row.points += submission.points();
            row.pending += submission.pending();
            for remark in &submission.remarks {
                self.remarks.add(&student.name, submission, remark);
            }
            if let Some(problem) = &submission.problem {
                row.problems += 1;
                self.problems.add(&student.name, submission, problem);
            }
            tally.add(submission);
        }
        self.scores.add(row.points, self.possible);
        self.students.push(row);
    }

    /// How many answers wait for a person.
    pub(in crate::report) fn pending(&self) -> u64 {
        self.tasks().map(|(_, task)| task.pending).sum()
    }

    /// All tasks with their notebooks.
    pub(in crate::report) fn tasks(&self) -> impl Iterator<Item = (&Notebook, &TaskTally<'a>)> {
        let notebooks = self.notebooks.iter();
        notebooks.flat_map(|one| one.tasks.iter().map(|task| (one.notebook, task)))
    }

    /// Tasks by the share of their points that was earned, the smallest first.
    pub(in crate::report) fn hardest(&self) -> Vec<(&Notebook, &TaskTally<'a>, f64)> {
        let tasks = self.tasks();
        let shares = tasks.filter_map(|(notebook, task)| Some((notebook, task, task.share()?)));
        let mut shares: Vec<_> = shares.collect();
        // Of the same share, in the order of the course.
        shares.sort_by(|one, other| one.2.total_cmp(&other.2));
        shares
    }
}

impl NotebookTally<'_> {
    fn add(&mut self, submission: &Submission) {
        self.scores
            .add(submission.points(), self.notebook.possible());
        if submission.problem.is_none() {
            for (tally, entry) in self.tasks.iter_mut().zip(&submission.entries) {
                tally.add(submission, entry);
            }
        }
    }
}

impl<'a> TaskTally<'a> {
    fn new(task: &'a Task) -> Self {
        Self {
            task,
            handed_in: 0,
            answered: 0,
            graded: 0,
            earned: 0.0,
            pending: 0,
            wrong: HashMap::new(),
            other_wrong: 0,
        }
    }

    fn add(&mut self, submission: &Submission, entry: &Entry) {
        let Some(item) = &entry.item else {
            return;
        };
        self.handed_in += 1;
        self.answered += u64::from(item.verdict != Verdict::Unanswered);
        match submission.before(entry) {
            None => self.pending += 1,
            Some(points) => {
                self.graded += 1;
                self.earned += points;
            }
        }
        if matches!(item.verdict, Verdict::Wrong | Verdict::Partly) {
            let answer: String = item.answer.trim().chars().take(LONGEST_ANSWER).collect();
            if self.wrong.len() < MOST_ANSWERS || self.wrong.contains_key(&answer) {
                *self.wrong.entry(answer).or_default() += 1;
            } else {
                self.other_wrong += 1;
            }
        }
    }

    /// The share of the points that was earned; `None` where nobody has any
    /// yet.
    pub(in crate::report) fn share(&self) -> Option<f64> {
        let possible = self.task.possible * self.graded as f64;
        (possible > 0.0).then(|| self.earned / possible)
    }

    /// Wrong answers, the most chosen first.
    pub(in crate::report) fn wrong(&self) -> Vec<(&str, u64)> {
        let wrong = self.wrong.iter();
        let mut wrong: Vec<_> = wrong
            .map(|(answer, count)| (answer.as_str(), *count))
            .collect();
        wrong.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
        wrong
    }
}
