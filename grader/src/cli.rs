//! The command line: one subcommand for each thing an instructor does.

mod bundle;
mod cluster;
mod export;
mod grade;
mod marks;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::course::{self, Course, Difference};
use crate::format;
use crate::release::{self, Student};

/// What a shell sees when `--check` finds a difference.
const DIFFERS: u8 = 1;
/// What a shell sees when a command could not be carried out.
const FAILED: u8 = 2;

#[derive(Debug, Parser)]
#[command(name = "twoaxes-grader", version, about, long_about = None)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the students' notebooks from the instructor's source
    Release {
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
        /// Write nothing; exit with 1 if DIR is not what would be made
        #[arg(long)]
        check: bool,
    },
    /// Bring source notebooks into form: questions as the bank has them, roles
    /// and points of cells, no outputs, no stray metadata
    Format {
        /// The folder with the source notebooks, and question files beside them
        source: PathBuf,
        /// Write nothing; exit with 1 if a notebook is not in form
        #[arg(long)]
        check: bool,
    },
    /// List the answers that wait for a person's marks
    Pending(marks::Pending),
    /// Give points or a comment for a student's answer
    Mark(marks::Marks),
    /// Grade what students handed in, and record it in the gradebook
    Grade(grade::Grade),
    /// Grade what comes in line by line, for `grade --dask` on another machine
    #[command(hide = true)]
    Work {
        /// The kernel; by default that beside this program
        #[arg(long, value_name = "FILE", env = "TWOAXES_KERNEL")]
        kernel: Option<PathBuf>,
    },
    /// Write the grades for a spreadsheet or a learning platform
    Export(export::Export),
    /// Pack an autograder for Gradescope
    Bundle(bundle::Bundle),
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("twoaxes-grader: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    match &cli.command {
        Command::Release {
            source,
            out,
            students,
            seed,
            check,
        } => {
            let course = Course::read(source)?;
            let made = match students {
                None => release::course(&course)?,
                Some(list) => release::course_for(&course, &read_students(list)?, *seed)?,
            };
            if *check {
                return Ok(report(&course::differences(&made, out)?));
            }
            let written = course::write(&made, out, Some(source))?;
            println!(
                "{} notebooks released to {}, {written} of them new or changed",
                made.len(),
                out.display()
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Format { source, check } => {
            let course = Course::read(source)?;
            let made = format::course(&course)?;
            if *check {
                return Ok(report(&course::differences(&made, source)?));
            }
            let written = course::write(&made, source, None)?;
            println!(
                "{} notebooks in form, {written} of them changed",
                made.len()
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Pending(pending) => pending.run(),
        Command::Grade(grade) => grade.run().map(|()| ExitCode::SUCCESS),
        Command::Work { kernel } => {
            let (input, output) = (std::io::stdin().lock(), std::io::stdout());
            crate::grade::serve(kernel.as_deref(), input, output).map(|()| ExitCode::SUCCESS)
        }
        Command::Mark(marks) => marks.run(),
        Command::Export(export) => export.run(),
        Command::Bundle(bundle) => bundle.run(),
    }
}

fn read_students(list: &Path) -> anyhow::Result<Vec<Student>> {
    let text = std::fs::read_to_string(list)
        .with_context(|| format!("cannot read the list of students {}", list.display()))?;
    Student::list(&text).with_context(|| list.display().to_string())
}

fn report(differences: &[Difference]) -> ExitCode {
    for difference in differences {
        println!("{difference}");
    }
    if differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DIFFERS)
    }
}
