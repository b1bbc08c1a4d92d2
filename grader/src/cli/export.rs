//! `export`: from the gradebook to a table or file that another program reads.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

use crate::gradebook::{Gradebook, Reading};
use crate::report::{self, Chosen, Draft, Notices, Results, Roster};

/// What `export` was asked for.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The folder that `grade` wrote
    dir: PathBuf,
    /// Who will read it
    #[arg(long)]
    format: Format,
    /// The file, or for gradescope without --student the folder, to write;
    /// without it, standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only this notebook
    #[arg(long, value_name = "NAME")]
    notebook: Option<String>,
    /// csv: a row for each student and task, with answers and comments
    #[arg(long)]
    items: bool,
    /// canvas: the gradebook exported from Canvas, to find its students by
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    /// moodle: what the names of the students' folders are in Moodle [default:
    /// username]
    #[arg(long, value_name = "WHAT")]
    id: Option<Identifier>,
    /// gradescope: one student's results.json
    #[arg(long, value_name = "NAME")]
    student: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table: a row for each student, a column for each notebook
    Csv,
    /// Canvas's gradebook import
    Canvas,
    /// Moodle's grade import
    Moodle,
    /// results.json of Gradescope's autograder
    Gradescope,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Identifier {
    #[default]
    Username,
    Email,
    Idnumber,
    Id,
}

impl Identifier {
    fn column(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::Idnumber => "idnumber",
            Self::Id => "id",
        }
    }
}

impl Export {
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        self.refuse_what_means_nothing()?;
        let book = Gradebook::existing(&self.dir)?;
        let reading = book.read()?;
        let chosen = Chosen::of(&reading, self.notebook.as_deref())?;
        match (self.format, &self.student, &self.out) {
            (Format::Gradescope, None, None) => {
                bail!("give the folder for the files with --out, or one student with --student")
            }
            (Format::Gradescope, None, Some(folder)) => everybody(&reading, &chosen, folder)?,
            (_, _, None) => self.write(&reading, &chosen, io::stdout().lock())?,
            (_, _, Some(path)) => {
                let mut draft = Draft::begin(path)?;
                self.write(&reading, &chosen, &mut draft)?;
                draft.finish()?;
            }
        }
        let mut waiting = 0;
        for notebook in &chosen.notebooks {
            waiting += reading.pending_in(&notebook.name)?;
        }
        match waiting {
            0 => {}
            1 => eprintln!("1 answer waits for a person, and counts 0 until then"),
            many => eprintln!("{many} answers wait for a person, and count 0 until then"),
        }
        Ok(ExitCode::SUCCESS)
    }

    /// An option of another format was meant for something.
    fn refuse_what_means_nothing(&self) -> anyhow::Result<()> {
        let given = [
            ("--items", self.items, Format::Csv),
            ("--roster", self.roster.is_some(), Format::Canvas),
            ("--id", self.id.is_some(), Format::Moodle),
            ("--student", self.student.is_some(), Format::Gradescope),
        ];
        for (option, is_given, format) in given {
            if is_given && self.format != format {
                let name = format.to_possible_value();
                let name = name.as_ref().map_or("another", |value| value.get_name());
                bail!("{option} means something for --format {name} only");
            }
        }
        Ok(())
    }

    fn write(
        &self,
        reading: &Reading<'_>,
        chosen: &Chosen<'_>,
        mut out: impl Write,
    ) -> anyhow::Result<()> {
        match self.format {
            Format::Csv if self.items => report::items(reading, chosen, out),
            Format::Csv => report::wide(reading, chosen, out),
            Format::Canvas => {
                let roster = self.roster.as_deref().map(read_roster).transpose()?;
                say(&report::canvas(reading, chosen, roster.as_ref(), out)?);
                Ok(())
            }
            Format::Moodle => {
                let identifier = self.id.unwrap_or_default().column();
                say(&report::moodle(reading, chosen, identifier, out)?);
                Ok(())
            }
            Format::Gradescope => {
                let name = self.student.as_deref().unwrap_or_default();
                let results = Results::of(&reading.student(name)?, chosen);
                out.write_all(results.to_json()?.as_bytes())
                    .and_then(|()| out.flush())
                    .context("cannot write results.json")
            }
        }
    }
}

fn say(Notices(notices): &Notices) {
    for notice in notices {
        eprintln!("{notice}");
    }
}

/// One file for each student.
fn everybody(reading: &Reading<'_>, chosen: &Chosen<'_>, folder: &Path) -> anyhow::Result<()> {
    for student in reading.students() {
        let student = student?;
        let name = report::file_stem(&student.name) + ".json";
        let mut draft = Draft::begin(&folder.join(name))?;
        let json = Results::of(&student, chosen).to_json()?;
        draft
            .write_all(json.as_bytes())
            .context("cannot write results.json")?;
        draft.finish()?;
    }
    Ok(())
}

fn read_roster(path: &Path) -> anyhow::Result<Roster> {
    let cannot = || format!("cannot read the roster {}", path.display());
    let text = fs::read_to_string(path).with_context(cannot)?;
    Roster::read(&text).with_context(cannot)
}
