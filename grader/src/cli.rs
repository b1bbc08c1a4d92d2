//! The command line: one subcommand for each thing an instructor does.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::release;

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
        /// The folder with the source notebooks
        source: PathBuf,
        /// The folder that receives the students' notebooks
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Write nothing; exit with 1 if DIR is not what would be made
        #[arg(long)]
        check: bool,
    },
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
        Command::Release { source, out, check } => {
            let made = release::folder(source)?;
            if *check {
                return Ok(report(&release::differences(&made, out)?));
            }
            let written = release::write(&made, source, out)?;
            println!(
                "{} notebooks released to {}, {written} of them new or changed",
                made.len(),
                out.display()
            );
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn report(differences: &[release::Difference]) -> ExitCode {
    for difference in differences {
        println!("{difference}");
    }
    if differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DIFFERS)
    }
}
