//! `twoaxes-grader release`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::{DIFFERS, report, say};
use crate::course::{self, Course, Made};
use crate::proof;
use crate::release::{self, Student};
use crate::run::{KernelCommand, Limits};

/// Time limits of the proof: an author's code is trusted to be slow for a reason.
const LIMITS: Limits = Limits {
    cell: 60.0,
    submission: 600.0,
};

#[derive(Debug, Args)]
pub(super) struct Release {
    /// The folder with the source notebooks, and question files beside them
    source: PathBuf,
    /// The folder that receives the students' notebooks
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// An edition for each student named in FILE, one name on a line, in
    /// DIR/STUDENT, with the options of questions in an order of their own
    #[arg(long, value_name = "FILE")]
    students: Option<PathBuf>,
    /// Another number gives other orders of the options
    #[arg(long, value_name = "N", default_value_t = 0, requires = "students")]
    seed: u64,
    /// Write nothing; exit with 1 if DIR is not what would be made, if a solution
    /// of the source earns less than all points, or if what students start from
    /// earns any
    #[arg(long)]
    check: bool,
    /// With --check: only compare, and run no code
    #[arg(long, requires = "check")]
    no_run: bool,
    /// The kernel that runs it; by default that beside this program
    #[arg(long, value_name = "FILE", env = "TWOAXES_KERNEL")]
    kernel: Option<PathBuf>,
}

impl Release {
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let course = Course::read(&self.source)?;
        let made = match &self.students {
            None => release::course(&course)?,
            Some(list) => release::course_for(&course, &read_students(list)?, self.seed)?,
        };
        if self.check {
            let code = report(&course::differences(&made, &self.out)?);
            return match self.no_run || code != ExitCode::SUCCESS {
                true => Ok(code),
                false => self.prove(&course, &made),
            };
        }
        let written = course::write(&made, &self.out, Some(&self.source))?;
        say(format_args!(
            "{} notebooks released to {}, {written} of them new or changed",
            made.len(),
            self.out.display()
        ));
        Ok(ExitCode::SUCCESS)
    }

    fn prove(&self, course: &Course, made: &[Made]) -> anyhow::Result<ExitCode> {
        let command = KernelCommand {
            program: KernelCommand::find(self.kernel.as_deref())?,
            sandbox: "auto".to_owned(),
            memory: 4096,
            cpu: 3600,
        };
        // Editions for students differ in the order of options alone.
        let everybodys = match &self.students {
            None => made.to_vec(),
            Some(_) => release::course(course)?,
        };
        let flaws = proof::flaws(course, &everybodys, &command, LIMITS)?;
        for flaw in &flaws {
            say(flaw);
        }
        if !flaws.is_empty() {
            return Ok(ExitCode::from(DIFFERS));
        }
        say(format_args!(
            "{} notebooks are as they would be made; their solutions earn all points, and what \
             students start from earns none",
            made.len()
        ));
        Ok(ExitCode::SUCCESS)
    }
}

fn read_students(list: &Path) -> anyhow::Result<Vec<Student>> {
    let text = std::fs::read_to_string(list)
        .with_context(|| format!("cannot read the list of students {}", list.display()))?;
    Student::list(&text).with_context(|| list.display().to_string())
}
