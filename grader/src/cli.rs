//! The command line: one subcommand for each thing an instructor does.

mod bundle;
mod cluster;
mod export;
mod grade;
mod marks;
mod release;

use std::fmt::Display;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::course::{self, Course, Difference};
use crate::format;

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
    Release(release::Release),
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
        Command::Release(release) => release.run(),
        Command::Format { source, check } => {
            let course = Course::read(source)?;
            let made = format::course(&course)?;
            if *check {
                return Ok(report(&course::differences(&made, source)?));
            }
            let written = course::write(&made, source, None)?;
            say(format_args!(
                "{} notebooks in form, {written} of them changed",
                made.len()
            ));
            Ok(ExitCode::SUCCESS)
        }
        Command::Pending(pending) => pending.run(),
        Command::Grade(grade) => grade.run(),
        Command::Work { kernel } => {
            let (input, output) = (std::io::stdin().lock(), std::io::stdout());
            crate::grade::serve(kernel.as_deref(), input, output).map(|()| ExitCode::SUCCESS)
        }
        Command::Mark(marks) => marks.run(),
        Command::Export(export) => export.run(),
        Command::Bundle(bundle) => bundle.run(),
    }
}

/// Prints a line. That nobody reads any more, as behind `| head`, is no failure of
/// what is reported.
fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn report(differences: &[Difference]) -> ExitCode {
    for difference in differences {
        say(difference);
    }
    if differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DIFFERS)
    }
}
