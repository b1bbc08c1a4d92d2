//! `pending` and `mark`: what waits for a person, and what the person gives.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;

use super::say;
use crate::gradebook::{self, Gradebook, Mark, Marking};
use crate::report::{self, Draft};

/// What `pending` was asked for.
#[derive(Debug, Args)]
pub(super) struct Pending {
    /// The folder that `grade` wrote
    dir: PathBuf,
    /// Write a table to fill in points and comments, for `mark --from`
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
}

impl Pending {
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let pending = Gradebook::existing(&self.dir)?.pending()?;
        if let Some(path) = &self.table {
            let mut draft = Draft::begin(path)?;
            report::marking_table(&pending, &mut draft)?;
            draft.finish()?;
            let answers = match pending.len() {
                1 => "1 answer".to_owned(),
                many => format!("{many} answers"),
            };
            say(format_args!("{answers} to mark in {}", path.display()));
            return Ok(ExitCode::SUCCESS);
        }
        for one in &pending {
            show(one);
        }
        match pending.len() {
            0 => say("Nothing waits for a person."),
            1 => say("1 answer waits for a person."),
            many => say(format_args!("{many} answers wait for a person.")),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(one: &gradebook::Pending) {
    let title = match one.title == one.task {
        true => String::new(),
        false => format!(" ({})", one.title),
    };
    let heading = format!("{}, {}, {}{title}:", one.student, one.notebook, one.task);
    say(format_args!("{}", report::printable(&heading)));
    // No answer can pass for another heading, or steer a terminal.
    let indented = |text: &str| {
        for line in text.lines() {
            say(format_args!("    {}", report::printable(line)));
        }
    };
    if !one.prompt.is_empty() {
        say("  asked:");
        indented(&one.prompt);
    }
    say("  answered:");
    indented(&one.answer);
    if let Some(mark) = &one.earlier {
        let points = match mark.points {
            Some(points) => format!(" {points} of {} points", one.possible),
            None => String::new(),
        };
        say(format_args!("  given for an earlier answer:{points}"));
        indented(&mark.comment);
    }
}

/// What `mark` was asked for.
#[derive(Debug, Args)]
pub(super) struct Marks {
    /// The folder that `grade` wrote
    dir: PathBuf,
    #[arg(required_unless_present = "from")]
    student: Option<String>,
    /// Without .ipynb
    #[arg(required_unless_present = "from")]
    notebook: Option<String>,
    /// The question's name, or the grade_id of the cell
    #[arg(required_unless_present = "from")]
    task: Option<String>,
    /// The points, before lateness, like 4.5 or 4,5; without them, those that
    /// were found stay
    #[arg(allow_negative_numbers = true, value_parser = report::points_in)]
    points: Option<f64>,
    /// What the student will read
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Take back what was given and said
    #[arg(long, conflicts_with_all = ["points", "comment"])]
    withdraw: bool,
    /// A table as `pending --table` writes it; its rows with points or a
    /// comment are given, all of them or none
    #[arg(long, value_name = "FILE", conflicts_with_all = ["student", "comment", "withdraw"])]
    from: Option<PathBuf>,
}

impl Marks {
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let mut book = Gradebook::existing(&self.dir)?;
        let marked = match &self.from {
            None => vec![self.one()?],
            Some(path) if path.as_os_str() == "-" => {
                report::read_marking_table(io::stdin().lock())?
            }
            Some(path) => {
                let cannot = || format!("cannot read {}", path.display());
                let file = std::fs::File::open(path).with_context(cannot)?;
                report::read_marking_table(file).with_context(cannot)?
            }
        };
        let given = book.mark_all(&marked)?;
        let reading = book.read()?;
        let mut students: Vec<&str> = marked.iter().map(|one| one.student.as_str()).collect();
        students.sort_unstable();
        students.dedup();
        for name in students {
            report::write_feedback(&self.dir, &reading, &reading.student(name)?)?;
        }
        report::write_overview(&self.dir, &reading)?;
        match given.given {
            0 => {}
            1 => say("1 mark given."),
            many => say(format_args!("{many} marks given.")),
        }
        // Only one at a time can be taken back.
        if given.withdrawn > 0 {
            say("The mark is taken back.");
        }
        if given.nothing > 0 {
            say("There is no mark to take back.");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn one(&self) -> anyhow::Result<Marking> {
        let mark = Mark {
            points: self.points,
            comment: self.comment.clone().unwrap_or_default(),
        };
        if mark.is_empty() && !self.withdraw {
            bail!("give points, a --comment, or --withdraw");
        }
        Ok(Marking {
            student: self.student.clone().unwrap_or_default(),
            notebook: self.notebook.clone().unwrap_or_default(),
            task: self.task.clone().unwrap_or_default(),
            mark,
            place: String::new(),
        })
    }
}
